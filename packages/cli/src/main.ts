/** The program `rddpm`: which commands there are, and what their errors mean to a shell. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCode } from './exit-code.ts';
import type { Context, Io } from './io.ts';
import { planIn, withPlan } from './plan-file.ts';
import { pluginsIn, withPlugins } from './plugin.ts';
import { CHOICES, type Choices } from './registry.ts';

export type DefineCommand = (command: Command, context: () => Context) => void | Promise<void>;

/** A command is loaded only when it is named: `rddpm --help` needs none of the libraries. */
const COMMANDS: Readonly<Record<string, { summary: string; load: () => Promise<{ define: DefineCommand }> }>> = {
  demo: {
    summary: 'train and compare DDPM, RDDPM-Huber and RDDPM-LTS on a small synthetic data set',
    load: () => import('./commands/demo.ts'),
  },
  synth: { summary: 'write the synthetic data set as a folder in MVTec AD layout', load: () => import('./commands/synth.ts') },
  verify: { summary: 'check a data set folder: counts, masks, sizes, pairing', load: () => import('./commands/verify.ts') },
  train: { summary: 'train a model on a folder of images that may hold defects', load: () => import('./commands/train.ts') },
  detect: { summary: 'anomaly maps, masks and scores of images', load: () => import('./commands/detect.ts') },
  evaluate: { summary: "pixel and image metrics of anyone's anomaly maps", load: () => import('./commands/evaluate.ts') },
  benchmark: {
    summary: 'compare methods, contamination ratios and seeds on the same batches and noise',
    load: () => import('./commands/benchmark.ts'),
  },
  export: { summary: 'write a trained model for other tools', load: () => import('./commands/export.ts') },
  import: { summary: 'take over a model that was trained in Python', load: () => import('./commands/import.ts') },
  doctor: { summary: 'what works on this machine, and what to install', load: () => import('./commands/doctor.ts') },
};

const EXAMPLES = `
Examples:
  $ rddpm demo
  $ rddpm train data/bottle --out runs/bottle --loss huber --contamination 0.2
  $ rddpm detect runs/bottle data/bottle --out runs/bottle/detect
  $ rddpm evaluate runs/bottle/detect data/bottle --min auroc=0.85

Exit codes: 0 ok, 1 failure, 2 usage or config, 3 bad data, 4 a --min not reached, 130 after Ctrl-C with a checkpoint written.`;

/**
 * Runs one command line and returns its exit code. Never ends the process, never throws.
 *
 * @param argv Without `node` and the script.
 * @param choices Methods, layouts and studies that there are, besides those of `--plugin`.
 */
export async function main(argv: readonly string[], io: Io, choices: Choices = CHOICES): Promise<number> {
  try {
    const program = await createProgram(argv, io, await withPlugins(choices, pluginsIn(argv), io.cwd));
    const plan = planIn(argv);
    const command = plan === undefined ? undefined : program.commands.find(({ options }) => options.some(({ long }) => long === '--plan'));
    const words = plan !== undefined && command ? await withPlan(argv, plan, command, io.cwd) : [...argv];
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has printed it
    io.stderr.write(`rddpm: ${describe(error, argv.includes('--verbose') || Boolean(process.env.DEBUG))}\n`);
    return exitCode(error);
  }
}

/** `main` with this process's arguments, streams and signals. The first Ctrl-C asks for an orderly end, the second ends the process at once. */
export async function runProcess(): Promise<number> {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort(signal));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error; // `rddpm … | head` has read enough
  });
  const { stdout, stderr } = process;
  return main(process.argv.slice(2), { stdout, stderr, cwd: process.cwd(), signal: controller.signal });
}

async function createProgram(argv: readonly string[], io: Io, choices: Choices): Promise<Command> {
  const program = new Command('rddpm')
    .description('Learn what normal looks like from images that may hold defects, and mark what is not.')
    .version(version(), '--version', 'print the version')
    .option('--quiet', 'no progress and no notes')
    .option('--verbose', 'errors with their stack')
    .option('--plugin <file>', 'a module whose default export is a method or a data set layout, or a list of them; repeatable')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.stdout.write(text), writeErr: (text) => void io.stderr.write(text) });
  const context = (): Context => ({ ...io, choices, argv, quiet: Boolean(program.opts().quiet) });
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(summary);
    if (argv.includes(name)) await (await load()).define(command, context);
  }
  return program;
}

function describe(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return String(error);
  return verbose ? (error.stack ?? error.message) : error.message;
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}
