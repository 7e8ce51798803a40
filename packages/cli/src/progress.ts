import type { Progress } from '@rddpm/study';
import { SingleBar } from 'cli-progress';
import type { Context } from './io.ts';

const SECONDS_BETWEEN_LINES = 10;

/** On stderr: a bar on a terminal, elsewhere a plain line every ten seconds and one at the end. Nothing with `--quiet`. */
export function startProgress(context: Context, options: { title: string; total: number; from?: number; unit?: string }): Progress {
  if (context.quiet) return { update() {}, note() {}, stop() {} };
  return context.stderr.isTTY ? bar(context, options) : lines(context, options);
}

type ProgressOptions = { title: string; total: number; from?: number; unit?: string };

function bar(context: Context, { title, total, from = 0, unit = 'steps' }: ProgressOptions): Progress {
  const rate = rateFrom(from);
  const single = new SingleBar({
    format: `${title} {bar} {value}/{total} {detail}| {rate} ${unit}/s | {left} left`,
    stream: context.stderr as NodeJS.WriteStream,
    hideCursor: true,
    barsize: 24,
  });
  single.start(total, from, { detail: '', rate: '-', left: '-' });
  return {
    update: (done, detail) => single.update(done, { detail: detail ? `| ${detail} ` : '', ...rate(done, total) }),
    note: (text) => context.stderr.write(`\r\x1b[K${text}\n`), // over the bar, which is drawn anew below
    stop: () => single.stop(),
  };
}

function lines(context: Context, { title, total, from = 0, unit = 'steps' }: ProgressOptions): Progress {
  const rate = rateFrom(from);
  let last = performance.now();
  let pending: string | undefined;
  const print = () => {
    if (pending) context.stderr.write(pending);
    pending = undefined;
    last = performance.now();
  };
  return {
    update(done, detail) {
      const { rate: perSecond, left } = rate(done, total);
      pending = `${title}: ${done}/${total} ${detail ? `| ${detail} ` : ''}| ${perSecond} ${unit}/s | ${left} left\n`;
      if (performance.now() - last >= SECONDS_BETWEEN_LINES * 1000) print();
    },
    note(text) {
      print();
      context.stderr.write(`${text}\n`);
    },
    stop: print,
  };
}

function rateFrom(from: number) {
  const start = performance.now();
  return (done: number, total: number) => {
    const perSecond = ((done - from) / (performance.now() - start)) * 1000;
    if (!(perSecond > 0)) return { rate: '-', left: '-' };
    return { rate: perSecond.toPrecision(3), left: duration((total - done) / perSecond) };
  };
}

/** `75` is `'1m 15s'`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return `${h}h ${m}m`;
  return m > 0 ? `${m}m ${s}s` : `${s}s`;
}
