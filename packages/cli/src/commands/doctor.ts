import { access, constants, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { Backend } from '@rddpm/core';
import { square, tensor1d } from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import { type Context, printResult } from '../io.ts';

type Finding = { readonly what: string; readonly ok: boolean; readonly detail: string; readonly advice?: string };

const GIB = 2 ** 30;

export function define(command: Command, context: () => Context): void {
  command.option('--json', 'one JSON object').action((flags: { json?: boolean }) => doctor(flags, context()));
}

async function doctor(flags: { json?: boolean }, context: Context): Promise<void> {
  const backends = [
    await tryBackend('onnx', async () => (await import('@rddpm/backend/onnx')).createBackend()),
    await tryBackend('cpu', async () => (await import('@rddpm/backend/cpu')).createBackend()),
  ];
  const findings = [node(), processor(), memory(), await disk(context.cwd), ...backends];
  printResult(context, flags.json ? JSON.stringify({ findings }) : findings.map(line).join('\n'));
  const { onnx, cpu } = Object.fromEntries(backends.map(({ what, ok }) => [what.split(' ').at(-1), ok]));
  if (!onnx && !cpu) throw new Error('no backend works here: nothing can be trained or detected');
}

function node(): Finding {
  const { node: version } = process.versions;
  const ok = Number(version.split('.')[0]) >= 20;
  return { what: 'Node.js', ok, detail: version, ...(ok ? {} : { advice: 'install Node.js 20 or newer, https://nodejs.org' }) };
}

function processor(): Finding {
  const threads = availableParallelism();
  return {
    what: 'processor',
    ok: true,
    detail: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
  };
}

function memory(): Finding {
  const ok = totalmem() >= 3 * GIB;
  const advice = 'training at 64 pixels wants about 3 GiB; try a smaller --size or --batch';
  return { what: 'memory', ok, detail: `${gib(freemem())} free of ${gib(totalmem())}`, ...(ok ? {} : { advice }) };
}

async function disk(cwd: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(cwd);
  const free = bavail * bsize;
  const writable = await access(cwd, constants.W_OK).then(
    () => true,
    () => false,
  );
  const ok = writable && free >= GIB;
  const advice = writable ? 'a run with its checkpoints takes about 0.2 GiB; free some space' : 'write runs elsewhere, with --out';
  return { what: 'disk', ok, detail: `${gib(free)} free in ${cwd}${writable ? '' : ', not writable'}`, ...(ok ? {} : { advice }) };
}

/** A backend works when it has computed something. */
async function tryBackend(name: string, create: () => Promise<Backend>): Promise<Finding> {
  const what = `backend ${name}`;
  try {
    const backend = await create();
    const x = tensor1d([1, 2, 3]);
    const y = await backend.compile((args: { x: typeof x }) => square(args.x))({ x });
    const values = await y.data();
    x.dispose();
    y.dispose();
    if (`${[...values]}` !== '1,4,9') throw new Error(`squares of 1, 2, 3 come out as ${[...values]}`);
    return { what, ok: true, detail: backend.device };
  } catch (error) {
    const advice = name === 'onnx' ? "see 'Installing ONNX Runtime' in the README of @rddpm/backend" : 'reinstall @rddpm/cli';
    return { what, ok: false, detail: error instanceof Error ? error.message : String(error), advice };
  }
}

function line({ what, ok, detail, advice }: Finding): string {
  return `${ok ? 'ok  ' : 'FAIL'}  ${what.padEnd(14)}${detail}${advice ? `\n      ${advice}` : ''}`;
}

const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;
