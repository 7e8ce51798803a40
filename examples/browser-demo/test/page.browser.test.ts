import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackend } from '@rddpm/backend/onnx';
import { createRng, encodeSafetensors, toHost } from '@rddpm/core';
import { MODEL_INFO, modelInfoIn } from '@rddpm/core/model-info';
import { preparationOf } from '@rddpm/data';
import { infernoScale } from '@rddpm/report/pictures';
import { createUNet, decodeModel, encodeModel } from '@rddpm/unet';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { detectWith, type Model, trainAndDetect } from '../../train.ts';
import { choicesFrom, settingsOf } from '../src/choices.ts';
import { toSet } from '../src/worker/images.ts';
import { prepare } from '../src/worker/prepare.ts';
import {
  type Demo,
  heatColors,
  LONG,
  longestTaskDuring,
  type Settings,
  scoresOn,
  serveDemo,
  startTraining,
  storedCheckpoints,
  TINY,
  textOf,
  untilPhase,
  type Visitor,
  visitDemo,
} from './demo-page.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 }); // a browser and a build, on machines that may be busy

let demo: Demo;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rddpm-demo-'));
  demo = await serveDemo();
});

afterAll(async () => {
  await demo?.close();
  if (folder) rmSync(folder, { recursive: true });
});

const visit = (settings: Settings = {}, options: Visitor = {}) => visitDemo(demo, settings, options);

/** What the page with the tiny settings trains on and judges, made here. */
async function tinyRun() {
  const choices = choicesFrom(new URLSearchParams(Object.entries(TINY).map(([name, value]) => [name, String(value)])), (text) => {
    throw new Error(text);
  });
  const signal = new AbortController().signal;
  const preparation = preparationOf('the tests', { size: choices.size, channels: 3 });
  const data = await prepare({ choices, files: null, preparation, progress: () => {}, signal });
  return { settings: settingsOf(choices), data };
}

describe('from the first visit to heat maps', () => {
  test('on ONNX Runtime, without a long task or an error', async () => {
    const { page, errors } = await visit();
    const longest = await longestTaskDuring(page, async () => {
      await page.reload(); // the first load counts, too
      await page.locator('.strip canvas').first().waitFor();
      await startTraining(page);
      await untilPhase(page, 'done');
    });
    expect(await textOf(page.locator('.device'))).toMatch(/Runs on: CPU, \d+ threads? \(ONNX Runtime Web/);
    const scores = Object.values(await scoresOn(page));
    expect(scores).toHaveLength(4);
    for (const score of scores) expect(score).toBeGreaterThan(0);
    const [path] = Object.keys(await scoresOn(page));
    expect(new Set(await heatColors(page, path!)).size).toBeGreaterThan(10);
    for (const method of ['ddpm', 'rddpm-huber']) {
      const [auroc, averagePrecision] = await page.locator(`tr[data-method="${method}"] td`).allTextContents();
      for (const metric of [auroc, averagePrecision]) expect(metric).toMatch(/^[01]\.\d{3}$/);
    }
    expect(longest).toBeLessThan(LONG);
    expect(errors).toEqual([]);
  });

  test('on WebGPU', async () => {
    const { page, errors } = await visit({ backend: 'webgpu', steps: 1, losses: 'ddpm', evaluations: 1 }, { webgpu: true });
    await startTraining(page);
    await untilPhase(page, 'done', 150_000);
    expect(await textOf(page.locator('.device'))).toMatch(/Runs on: WebGPU, /);
    expect(Object.values(await scoresOn(page))).toHaveLength(4);
    expect(errors).toEqual([]);
  });
});

test('stopped, reloaded and resumed, a run has the losses of one that was not', async () => {
  const settings = { steps: 24, losses: 'rddpm-lts' };
  const whole = await visit(settings);
  await startTraining(whole.page);
  await untilPhase(whole.page, 'done');
  const expected = (await storedCheckpoints(whole.page))['rddpm-lts']!;
  expect(expected.curve.loss).toHaveLength(24);

  const { page } = await visit(settings);
  await startTraining(page);
  await untilPhase(page, 'training');
  await page.getByRole('button', { name: 'Stop' }).click();
  await untilPhase(page, 'stopped');
  const { step } = (await storedCheckpoints(page))['rddpm-lts']!;
  expect(step).toBeGreaterThan(0);
  expect(step).toBeLessThan(24);
  await page.reload();
  await page.locator('.strip canvas').first().waitFor();
  await expect.poll(() => textOf(page.locator('.earlier'))).toContain(`safe up to step ${step} of 24`);
  await page.getByRole('button', { name: 'Go on where it was' }).click();
  await untilPhase(page, 'done');
  expect((await storedCheckpoints(page))['rddpm-lts']).toEqual(expected);
});

describe('models', () => {
  test('that Node trained give the same maps here', async () => {
    const { settings, data } = await tinyRun();
    const backend = await createBackend();
    const images = { training: toSet(data.training, data.trainingInfo, data), test: toSet(data.test, data.testInfo, data) };
    let model: Model | undefined;
    const maps = new Float32Array(data.masks.length);
    const scores: number[] = [];
    for await (const event of trainAndDetect({ settings: { ...settings, methods: settings.methods.slice(1) }, backend, ...images })) {
      if (event.kind === 'model') model = event.model;
      if (event.kind === 'detection') {
        maps.set(event.detection.maps.data, event.first * data.size ** 2);
        scores.push(...event.detection.scores);
      }
    }
    const { network, weights, info } = model!;
    const file = join(folder, 'node.safetensors');
    writeFileSync(file, encodeModel({ config: network.config, weights, metadata: { [MODEL_INFO]: JSON.stringify(info) } }));

    const { page, errors } = await visit();
    await page.locator('#model').setInputFiles(file);
    await untilPhase(page, 'done');
    const shown = await scoresOn(page);
    const scale = infernoScale(0, 0.05);
    for (const [row, { path }] of data.testInfo.entries()) {
      expect(shown[path]! / scores[row]!).toBeCloseTo(1, 3); // float32 sums in another order, through two network evaluations
      const expected = [...maps.subarray(row * data.size ** 2, (row + 1) * data.size ** 2)].flatMap((value) => [...scale.rgb(value)]);
      const colors = await heatColors(page, path);
      expect(colors).toHaveLength(expected.length);
      // neighbouring shades differ by a few units
      for (const [i, color] of colors.entries()) expect(Math.abs(color - expected[i]!)).toBeLessThanOrEqual(8);
    }
    expect(errors).toEqual([]);
  });

  test('that Python trained, without a threshold, mark half of the images until the threshold is moved', async () => {
    const { settings, data } = await tinyRun();
    const network = createUNet({ sampleSize: data.size, blockOutChannels: [8, 16] });
    await createBackend();
    const weights = network.init(createRng(0));
    const info = {
      version: 1, // as they were written before methods had names
      size: data.size,
      channels: 3,
      diffusion: { schedule: { name: 'cosine' }, prediction: 'v_prediction', noise: { name: 'gaussian' } },
      detection: { ...settings.detection, smoothing: 2, sampler: { name: 'dpm-solver++' }, encode: 'inversion', draws: 1 },
      threshold: null,
      seed: 0,
      steps: null,
    };
    const file = join(folder, 'python.safetensors');
    writeFileSync(
      file,
      encodeModel({ config: network.config, weights: await toHost(weights), metadata: { [MODEL_INFO]: JSON.stringify(info) } }),
    );
    const { page, errors } = await visit();
    await page.locator('#model').setInputFiles(file);
    await untilPhase(page, 'done');
    expect(Object.values(await scoresOn(page)).every((score) => score > 0)).toBe(true);
    expect(await textOf(page.locator('#threshold-hint'))).toMatch(/This model brings none of its own/);
    expect(await page.getByRole('button', { name: "The model's own" }).count()).toBe(0);
    expect(errors).toEqual([]);
  });

  test('that were saved here load in Node, and give the same maps there', async () => {
    const { page } = await visit();
    await startTraining(page);
    await untilPhase(page, 'done');
    const shown = await scoresOn(page);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the L2 model' }).click()]);
    expect(download.suggestedFilename()).toBe('ddpm.safetensors');
    const { network, weights, metadata } = decodeModel(readFileSync((await download.path())!));
    const model = { network, weights, info: modelInfoIn(metadata, 'ddpm.safetensors') };
    expect(model.info).toMatchObject({
      method: 'ddpm',
      input: { width: 16, height: 16 },
      preparation: { size: { width: 16, height: 16 }, fit: 'pad', channels: 3 },
      config: { training: { steps: TINY.steps } },
    });
    const { data } = await tinyRun();
    const backend = await createBackend();
    for await (const { first, detection } of detectWith(model, { backend, images: toSet(data.test, data.testInfo, data) })) {
      for (const [i, score] of detection.scores.entries()) expect(shown[data.testInfo[first + i]!.path]! / score).toBeCloseTo(1, 3);
    }
  });

  test('a file that is none, or of another architecture: the page says so and stays usable', async () => {
    const { page, errors } = await visit({ losses: 'ddpm', steps: 1 });
    const offer = (buffer: Buffer) =>
      page.locator('#model').setInputFiles({ name: 'other.safetensors', mimeType: 'application/octet-stream', buffer });
    await offer(Buffer.from('no tensors, but a text of some length'));
    await expect.poll(() => textOf(page.locator('.notices'))).toMatch(/other\.safetensors: not a safetensors file/);
    await offer(Buffer.from(encodeSafetensors({}, { 'unet/config.json': '{"_class_name":"UNet2DConditionModel"}' })));
    await expect.poll(() => textOf(page.locator('.notices'))).toMatch(/_class_name is "UNet2DConditionModel"; it must be "UNet2DModel"/);
    await startTraining(page);
    await untilPhase(page, 'done');
    expect(errors).toEqual([]);
  });
});

describe("the user's own files", () => {
  const picture = (shade: number) =>
    sharp({ create: { width: 20, height: 20, channels: 3, background: { r: shade, g: 90, b: 120 } } })
      .png()
      .toBuffer();

  test('what is no image is named and left out, and the others are used', async () => {
    const { page } = await visit({ losses: 'ddpm' });
    const files = await Promise.all(
      [1, 2, 3].map(async (i) => ({ name: `${i}.png`, mimeType: 'image/png', buffer: await picture(60 * i) })),
    );
    const others = ['notes.txt', 'broken.png'].map((name) => ({ name, mimeType: 'image/png', buffer: Buffer.from('nothing to see') }));
    await page.locator('#pictures').setInputFiles([...files, ...others]);
    await page.getByText('Your images: what is learnt from').waitFor();
    const text = await textOf(page.locator('main'));
    expect(text).toContain('3 training images, 3 to be judged');
    expect(text).toContain('no pictures by their endings (.txt 1): notes.txt');
    expect(text).toContain('not images that can be used here: broken.png');
    await startTraining(page);
    await untilPhase(page, 'done');
    expect(Object.keys(await scoresOn(page)).sort()).toEqual(['1.png', '2.png', '3.png']);
  });

  test('a folder in MVTec AD layout is contaminated, trained on and judged by its masks', async () => {
    const root = join(folder, 'plate');
    const write = async (path: string, image: Promise<Buffer>) => {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), await image);
    };
    const mask = sharp({ create: { width: 20, height: 20, channels: 3, background: '#000' } })
      .composite([{ input: { create: { width: 6, height: 6, channels: 3, background: '#fff' } }, left: 5, top: 5 }])
      .png();
    for (let i = 0; i < 8; i++) await write(`train/good/${i}.png`, picture(100 + i));
    for (let i = 0; i < 3; i++) {
      await write(`test/dent/${i}.png`, picture(200 + i));
      await write(`ground_truth/dent/${i}_mask.png`, mask.clone().toBuffer());
    }
    await write('test/good/0.png', picture(104));
    const { page, errors } = await visit({ losses: 'ddpm' });
    await page.locator('#folder').setInputFiles(root);
    await page.getByText('plate: what is learnt from').waitFor();
    expect(await textOf(page.locator('main'))).toContain('1 of the training images are defective');
    await startTraining(page);
    await untilPhase(page, 'done');
    expect(Object.keys(await scoresOn(page))).toHaveLength(3);
    expect(await textOf(page.locator('tr[data-method="ddpm"]'))).toMatch(/[01]\.\d{3}/);
    expect(errors).toEqual([]);
  });
});

describe('what can go wrong', () => {
  test('without WebGPU the page says so, and stays usable', async () => {
    const { page } = await visit({ backend: 'webgpu', losses: 'ddpm' });
    await startTraining(page);
    await untilPhase(page, 'stopped');
    expect(await textOf(page.locator('.notices'))).toMatch(/backend\/webgpu: .*(WebGPU|adapter)/);
    await page.getByRole('button', { name: 'Start anew' }).waitFor();
  });

  test('left to itself it takes ONNX Runtime where no GPU is, and says why', async () => {
    const { page } = await visit({ backend: 'auto', losses: 'ddpm', steps: 1 });
    await startTraining(page);
    await untilPhase(page, 'done');
    expect(await textOf(page.locator('.device'))).toMatch(/Runs on: CPU, .*Not on something faster, because: backend\/webgpu: /);
  });

  test('without storage training goes on, and the page says what is lost', async () => {
    const { context, page } = await visit({ losses: 'ddpm' });
    const session = await context.newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(demo.url).origin, quotaSize: 10 });
    await startTraining(page);
    await untilPhase(page, 'done');
    expect(await textOf(page.locator('.notices'))).toMatch(/no more storage.*a reload would lose it: free some disk space/);
  });

  test('a page that was put to sleep goes on where it was, and says so', async () => {
    const { page } = await visit({ losses: 'ddpm', steps: 400 }, { clock: true });
    await startTraining(page);
    await untilPhase(page, 'training');
    await page.clock.fastForward(6000); // timers fire once, as after a laptop's lid was opened
    await expect.poll(() => textOf(page.locator('.notices')), { timeout: 20_000 }).toMatch(/slept for [67] s.*nothing is lost/);
    await page.getByRole('button', { name: 'Stop' }).click();
    await untilPhase(page, 'stopped');
  });

  test('an address that makes no sense is named, and the defaults are used', async () => {
    const { page } = await visit({ size: 'large', losses: 'ddpm,l1' });
    const text = await textOf(page.locator('.notices'));
    expect(text).toMatch(/The address.*size=large; it must be a number from 16 to 128, so it is 32/);
    expect(text).toMatch(/the loss 'l1'; there are ddpm, rddpm-huber, rddpm-lts/i);
  });
});

describe('for everybody', () => {
  test('with the keyboard alone', async () => {
    const { page } = await visit({ losses: 'ddpm' });
    const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim());
    const tabTo = async (wanted: string) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab');
        if ((await focused()) === wanted) return;
      }
      throw new Error(`60 tabs don't lead to '${wanted}'`);
    };
    await tabTo('contamination'); // 12.5 %, which the slider rounds to 15
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => textOf(page.locator('label[for="contamination"]'))).toBe('Contamination: 20 %');
    await page.locator('.strip canvas').first().waitFor();
    await tabTo('Start training');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
    expect(outline).toBe('solid');
    await page.keyboard.press('Enter');
    await untilPhase(page, 'done');
    expect(await textOf(page.getByRole('status'))).toMatch(/^Done/);
    await tabTo('threshold');
    const threshold = () => textOf(page.locator('label[for="threshold"]'));
    const before = await threshold();
    await page.keyboard.press('PageDown');
    await expect.poll(threshold).not.toBe(before);
  });

  test('on a phone of 360 pixels nothing is cut off; controls have names and pictures texts', async () => {
    const { page } = await visit({ losses: 'ddpm' }, { width: 360 });
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await page.getByText('More settings').click();
    expect(await overflow()).toBe(0);
    await startTraining(page);
    await untilPhase(page, 'done');
    expect(await overflow()).toBe(0);
    const nameless = await page.locator('input, select, button, canvas').evaluateAll((elements) =>
      elements.flatMap((element) => {
        const named = element.getAttribute('aria-label') || element.textContent?.trim() || (element as HTMLInputElement).labels?.length;
        return named || element.closest('[role="img"]') ? [] : [element.outerHTML];
      }),
    );
    expect(nameless).toEqual([]);
  });
});
