/** The built page in a real browser: what the tests of the page share. */
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { onTestFinished } from 'vitest';
import { launchOptions } from '../../../scripts/optional-tests.ts';

/** Small enough for a software GPU. One of the four defective images goes among the eight good ones. */
export const TINY = {
  size: 16,
  widths: '8,8',
  batch: 2,
  normals: 8,
  perDefect: 1,
  contamination: 0.125,
  evaluations: 2,
  draws: 1,
  steps: 2,
  losses: 'ddpm,rddpm-huber',
};

export type Visitor = {
  /** With SwiftShader, which computes on the CPU. */
  readonly webgpu?: boolean;
  readonly width?: number;
  /** Whether the page's clock is the test's, `page.clock`. */
  readonly clock?: boolean;
};

export type Settings = Readonly<Record<string, string | number>>;

export const LONG = 100; // milliseconds: from a task of this length on a page feels stuck

export type Demo = {
  /** A visitor of their own, with nothing stored. */
  visit(options?: Visitor): Promise<BrowserContext>;
  /** Process ids of the browser that such visitors use. */
  processes(type: 'renderer' | 'GPU', options?: Visitor): Promise<number[]>;
  close(): Promise<void>;
  readonly url: string;
};

export async function serveDemo(): Promise<Demo> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  await build({ root, logLevel: 'error' });
  const server: PreviewServer = await preview({ root, logLevel: 'error', preview: { port: 0, host: '127.0.0.1' } });
  const browsers = new Map<boolean, Promise<Browser>>();
  const browserWith = (webgpu: boolean) => {
    const launched = browsers.get(webgpu) ?? chromium.launch(launchOptions({ webgpu }));
    browsers.set(webgpu, launched);
    return launched;
  };
  return {
    url: server.resolvedUrls!.local[0]!,
    visit: async ({ webgpu = false, width = 1100 } = {}) => (await browserWith(webgpu)).newContext({ viewport: { width, height: 900 } }),
    async processes(type, { webgpu = false } = {}) {
      const session = await (await browserWith(webgpu)).newBrowserCDPSession();
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      await session.detach();
      return processInfo.filter((process) => process.type === type).map(({ id }) => id);
    },
    async close() {
      for (const browser of browsers.values()) await (await browser).close();
      await server.close();
    },
  };
}

/** A new visitor's page on ONNX Runtime, until the test is over. */
export async function visitDemo(demo: Demo, settings: Settings = {}, options: Visitor = {}) {
  const context = await demo.visit(options);
  onTestFinished(() => context.close());
  if (options.clock) await context.clock.install();
  return { context, ...(await open(demo, context, { backend: 'onnx', ...settings })) };
}

/** The page with these settings in its address, once its images are ready; what it should not have done is noted. */
export async function open(demo: Demo, context: BrowserContext, settings: Settings = {}) {
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  const address = new URLSearchParams(Object.entries({ ...TINY, ...settings }).map(([name, value]) => [name, String(value)]));
  await page.goto(`${demo.url}?${address}`);
  await page.locator('.strip canvas').first().waitFor();
  return { page, errors };
}

export async function untilPhase(page: Page, phase: string, timeout = 90_000): Promise<void> {
  await page.locator(`main[data-phase="${phase}"]`).waitFor({ timeout, state: 'attached' });
}

/**
 * The longest task of the page's main thread while `work` goes on, in milliseconds of its own computing: on a busy machine, how long
 * a task lasts says more about the others. PerformanceObserver's 'longtask' can't tell the two apart.
 */
export async function longestTaskDuring(page: Page, work: () => Promise<void>): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', { categories: 'toplevel,blink.user_timing', transferMode: 'ReportEvents' });
  await page.evaluate(() => performance.mark('rddpm-measured-here'));
  await work();
  await page.evaluate(() => performance.mark('rddpm-measured-here'));
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  const main = events.find(({ name }) => name === 'rddpm-measured-here');
  const tasks = events.filter(({ name, pid, tid, tdur }) => name.includes('RunTask') && pid === main?.pid && tid === main.tid && tdur);
  if (tasks.length === 0) throw new Error('the trace has no task of the page');
  return Math.max(...tasks.map(({ tdur }) => tdur! / 1000));
}

type TraceEvent = { name: string; pid: number; tid: number; tdur?: number };

export const textOf = async (locator: Locator) => (await locator.textContent()) ?? '';

export const startTraining = (page: Page) => page.getByRole('button', { name: /^Start (training|anew)$/ }).click();

/** By path: the highest value of each heat map on the page, in full precision. */
export async function scoresOn(page: Page): Promise<Record<string, number>> {
  const entries = await page
    .locator('figure.case')
    .evaluateAll((figures) =>
      figures.map((figure) => [figure.getAttribute('data-path')!, Number(figure.getAttribute('data-score'))] as const),
    );
  return Object.fromEntries(entries);
}

/** The pixels of a heat map on the page, RGB. */
export async function heatColors(page: Page, path: string): Promise<number[]> {
  return page
    .locator(`figure.case[data-path="${path}"] canvas`)
    .nth(2)
    .evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
      return [...data].filter((_, i) => i % 4 !== 3);
    });
}

export type StoredCheckpoint = { step: number; curve: { step: number[]; loss: number[]; meanSquaredError: number[] } };

/** What the page has put into the browser's database: each method's newest checkpoint. */
export async function storedCheckpoints(page: Page): Promise<Record<string, StoredCheckpoint>> {
  return page.evaluate(
    () =>
      new Promise<Record<string, StoredCheckpoint>>((resolve, reject) => {
        const request = indexedDB.open('rddpm-browser-demo');
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const store = request.result.transaction('checkpoints').objectStore('checkpoints');
          const keys = store.getAllKeys();
          const values = store.getAll();
          values.onsuccess = () => {
            const entries = keys.result.map((key, i) => [String(key), { step: values.result[i].step, curve: values.result[i].curve }]);
            request.result.close();
            resolve(Object.fromEntries(entries));
          };
        };
      }),
  );
}
