import { access, constants, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { Backend } from '@rddpm/core';
import { square, tensor1d } from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import { type Context, printResult } from '../io.ts';

type Finding = {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly advice?: string;
  /** Whether rddpm works without it. */
  readonly optional?: boolean;
};

type Choice = {
  readonly backend: Backend['name'];
  readonly device: string;
  /** Backends that would be faster, with the reasons why they aren't used. */
  readonly passedOver: Readonly<Record<string, string>>;
};

const GIB = 2 ** 30;

export function define(command: Command, context: () => Context): void {
  command.option('--json', 'one JSON object').action((flags: { json?: boolean }) => doctor(flags, context()));
}

async function doctor(flags: { json?: boolean }, context: Context): Promise<void> {
  const backends = [
    await tryBackend('tensorflow', async () => (await import('@rddpm/backend/tensorflow')).createBackend()),
    await tryBackend('webgpu', async () => (await import('@rddpm/backend/webgpu')).createBackend()),
    await tryBackend('onnx', async () => (await import('@rddpm/backend/onnx')).createBackend()),
    await tryBackend('cpu', async () => (await import('@rddpm/backend/cpu')).createBackend()),
  ];
  const findings = [node(), processor(), memory(), await disk(context.cwd), ...backends];
  const auto = await choose().catch((error: Error) => error);
  const choice = auto instanceof Error ? [] : ['', ...choiceLines(auto)];
  const report = { findings, auto: auto instanceof Error ? null : auto };
  printResult(context, flags.json ? JSON.stringify(report) : [...findings.map(line), ...choice].join('\n'));
  if (auto instanceof Error) throw auto;
}

/** The backend that `--backend auto` chooses. @throws {BackendError} if no backend works: nothing can be trained or detected. */
async function choose(): Promise<Choice> {
  const passedOver: Record<string, string> = {};
  const { createBackend } = await import('@rddpm/backend/auto');
  const { name, device } = await createBackend({
    onSkip: (name, { message }) => {
      passedOver[name] = message.replace(`backend/${name}: `, '');
    },
  });
  return { backend: name, device, passedOver };
}

function choiceLines({ backend, device, passedOver }: Choice): string[] {
  const reasons = Object.entries(passedOver).map(([name, reason]) => `      not ${name}, which would be faster: ${reason}`);
  return [`--backend auto takes ${backend}: ${device}`, ...reasons];
}

function node(): Finding {
  const { node: version } = process.versions;
  const ok = Number(version.split('.')[0]) >= 20;
  return { what: 'Node.js', ok, detail: version, advice: ok ? undefined : 'install Node.js 20 or newer, https://nodejs.org' };
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
  return { what: 'memory', ok, detail: `${gib(freemem())} free of ${gib(totalmem())}`, advice: ok ? undefined : advice };
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
  return { what: 'disk', ok, detail: `${gib(free)} free in ${cwd}${writable ? '' : ', not writable'}`, advice: ok ? undefined : advice };
}

const ADVICE: Readonly<Record<Backend['name'], string | undefined>> = {
  tensorflow: undefined, // its errors say what to type
  webgpu: undefined,
  onnx: "see 'Installing ONNX Runtime' in the README of @rddpm/backend",
  cpu: 'reinstall @rddpm/cli',
};

/** Lets a backend compute something: only then is it known to work. */
async function tryBackend(name: Backend['name'], create: () => Promise<Backend>): Promise<Finding> {
  const what = `backend ${name}`;
  const advice = ADVICE[name];
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
    const detail = error instanceof Error ? error.message.replace(`backend/${name}: `, '') : String(error);
    return { what, ok: false, detail, ...(advice ? { advice } : { optional: true }) };
  }
}

function line({ what, ok, detail, advice, optional }: Finding): string {
  return `${ok ? 'ok  ' : optional ? '-   ' : 'FAIL'}  ${what.padEnd(20)}${detail}${advice ? `\n      ${advice}` : ''}`;
}

const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;
