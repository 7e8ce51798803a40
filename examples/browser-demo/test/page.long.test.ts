/** The page under load and with parts of the browser gone: slow, and rarely broken. `npm run test:long` runs it. */
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Demo,
  LONG,
  longestTaskDuring,
  open,
  type Settings,
  serveDemo,
  startTraining,
  storedCheckpoints,
  textOf,
  untilPhase,
  type Visitor,
  visitDemo,
} from './demo-page.ts';

let demo: Demo;

beforeAll(async () => {
  demo = await serveDemo();
});

afterAll(() => demo?.close());

const visit = (settings: Settings = {}, options: Visitor = {}) => visitDemo(demo, settings, options);

test('of ten thousand images as many are used as memory is meant for, and reading them can be cancelled', async () => {
  const png = await sharp({ create: { width: 20, height: 20, channels: 3, background: { r: 120, g: 90, b: 120 } } })
    .png()
    .toBuffer();
  const { page } = await visit();
  await page.locator('#pictures').evaluate(
    (input, bytes) => {
      const list = new DataTransfer();
      for (let i = 0; i < 10_000; i++) list.items.add(new File([Uint8Array.from(bytes)], `${i}.png`, { type: 'image/png' }));
      (input as HTMLInputElement).files = list.files;
    },
    [...png],
  );
  const choose = () => page.locator('#pictures').evaluate((input) => input.dispatchEvent(new Event('change', { bubbles: true })));
  const longest = await longestTaskDuring(page, async () => {
    await choose();
    await expect.poll(() => textOf(page.locator('#status')), { timeout: 30_000 }).toMatch(/Reading images: \d+ of 2000/);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await untilPhase(page, 'idle');
    await choose();
    await page.getByText('10,000 training images are there; 2,000 of them, evenly spread, are used').waitFor({ timeout: 120_000 });
  });
  expect(longest).toBeLessThan(LONG);
});

test('two tabs share what is stored: only one of them trains', async () => {
  const { page, context } = await visit({ steps: 400, losses: 'ddpm' });
  await startTraining(page);
  await untilPhase(page, 'training');
  const { page: second } = await open(demo, context, { backend: 'onnx', steps: 2, losses: 'ddpm' });
  await startTraining(second);
  await expect.poll(() => textOf(second.locator('.notices'))).toMatch(/Another tab of this page is training: stop it there/);
  await page.getByRole('button', { name: 'Stop' }).click();
  await untilPhase(page, 'stopped');
  await startTraining(second);
  await untilPhase(second, 'done');
});

test('a graphics device that is lost is named, and the run goes on from its checkpoint', async () => {
  const { page } = await visit({ backend: 'webgpu', losses: 'ddpm', steps: 40 }, { webgpu: true });
  await startTraining(page);
  await expect.poll(async () => (await storedCheckpoints(page)).ddpm?.step ?? 0, { timeout: 60_000 }).toBeGreaterThan(0);
  for (const id of await demo.processes('GPU', { webgpu: true })) process.kill(id, 'SIGKILL');
  await untilPhase(page, 'stopped');
  expect(await textOf(page.locator('.notices'))).toMatch(/device.*What was saved is kept: go on/);
  await page.getByRole('button', { name: 'Go on' }).click();
  await untilPhase(page, 'training');
  await page.getByRole('button', { name: 'Stop' }).click();
  await untilPhase(page, 'stopped');
  const { step, curve } = (await storedCheckpoints(page)).ddpm!;
  expect(curve.step).toEqual(Array.from({ length: step }, (_, i) => i + 1));
});
