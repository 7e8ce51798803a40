import { ConfigError } from '@rddpm/core';
import { assertSameRun, parseRunConfig, type Registry, type RunConfig } from '@rddpm/study';
import { beforeAll, describe, expect, test } from 'vitest';
import { size, smoothing, smoothingText } from '../src/options.ts';
import { CHOICES, openRegistry } from '../src/registry.ts';
import { type RunFlags, resolveRows, resolveRun, rowOfLoss } from '../src/resolve-run.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry(CHOICES);
});

type Own = {
  readonly loss: object;
  readonly selection: object | null;
  readonly network: object;
  readonly training: { steps: number };
  readonly detection: object;
  readonly diffusion: object;
};

const resolve = (flags: RunFlags, stored?: RunConfig) => resolveRun('/data/bottle', flags, registry, stored).config;
const own = (flags: RunFlags, stored?: RunConfig) => resolve(flags, stored).config as Own;

describe('resolveRun', () => {
  test('has the defaults of the design, and is what it reads back', () => {
    const config = resolve({});
    expect(config).toMatchObject({
      version: 2,
      seed: 0,
      method: 'rddpm-concentrated',
      data: { size: { width: 64, height: 64 }, channels: 3, contamination: 0, of: 'normals', overlap: false },
      calibration: 'auto',
      smoothing: { sigma: [1, 3], unit: 'side/64' },
      falseAlarms: 0.05,
    });
    expect(parseRunConfig(JSON.stringify(config), 'config.json', registry)).toEqual(config);
    const { calibration: _, falseAlarms: __, ...earlier } = config;
    expect(parseRunConfig(JSON.stringify(earlier), 'config.json', registry)).toEqual({ ...config, calibration: 'none', falseAlarms: 0.05 });
  });

  test.each<[RunFlags, string]>([
    [{ loss: { name: 'huber' } }, 'rddpm-huber'],
    [{ selection: { name: 'concentrated' } }, 'rddpm-concentrated'],
    [{ loss: { name: 'lts' }, selection: { name: 'concentrated' } }, 'rddpm-lts-concentrated'],
    [{ loss: { name: 'mse' }, selection: null }, 'ddpm'],
    [{ method: 'mean-image' }, 'mean-image'],
  ])('%j is the method %s', (flags, method) => {
    expect(resolve(flags).method).toBe(method);
  });

  test('options set fields of the config', () => {
    expect(own({ loss: { name: 'barron', alpha: 0.5, scale: 0.3 } }).loss).toEqual({
      name: 'barron',
      alpha: 0.5,
      scale: 0.3,
      adaptive: false,
    });
    expect(own({ loss: { name: 'smooth-l1' }, delta: 0.5 }).loss).toMatchObject({ name: 'smooth-l1', delta: 0.5 });
    expect(own({ schedule: 'cosine', zeroTerminalSnr: true }).diffusion).toMatchObject({
      schedule: { name: 'cosine', steps: 1000, zeroTerminalSnr: true },
    });
    expect(own({ zeroTerminalSnr: true }).diffusion).toMatchObject({ schedule: { name: 'linear', steps: 1000, zeroTerminalSnr: true } });
    expect(own({ sampler: 'ddim', eta: 1 }).detection).toMatchObject({ sampler: { name: 'ddim', eta: 1 } });
    expect(own({ set: [{ path: 'training.emaDecay', value: 0.9 }] }).training).toMatchObject({ emaDecay: 0.9 });
  });

  test('takes a named network with its size, unless told otherwise', () => {
    expect(resolve({ network: 'rddpm-256' }).data.size).toEqual({ width: 256, height: 256 });
    expect(own({ network: 'rddpm-256' }).network).toMatchObject({ blockOutChannels: [32, 32, 64, 64, 128, 128] });
    expect(resolve({ network: 'rddpm-256', size: { width: 128, height: 64 } }).data.size).toEqual({ width: 128, height: 64 });
    expect(resolve({ network: 'rddpm-small' })).toEqual(resolve({}));
  });

  test('goes on as before where no option is given', () => {
    const before = resolve({
      loss: { name: 'huber' },
      delta: 0.3,
      widths: [8, 16],
      contamination: 0.1,
      seed: 4,
      steps: 100,
      forwardSteps: 50,
    });
    expect(resolve({}, before)).toEqual(before);
    expect(own({ steps: 200 }, before)).toEqual({
      ...(before.config as Own),
      training: { ...(before.config as Own).training, steps: 200 },
    });
    expect(
      resolve({ network: 'ablated', size: { width: 32, height: 32 } }, resolve({ network: 'ablated', size: { width: 32, height: 32 } })),
    ).toEqual(resolve({ network: 'ablated', size: { width: 32, height: 32 } }));
    expect(resolve({ selection: null }, resolve({ loss: { name: 'huber' }, selection: { name: 'concentrated' } })).method).toBe(
      'rddpm-huber',
    );
  });

  test.each<[string, RunFlags, RegExp]>([
    [
      '--delta without huber',
      { delta: 0.2 },
      /^--delta sets loss\.delta, which rddpm-concentrated has not; it belongs to rddpm-huber, rddpm-smooth-l1, /,
    ],
    [
      '--keep without lts',
      { loss: { name: 'huber' }, keep: 0.5 },
      /^--keep sets loss\.keep, which rddpm-huber has not; it belongs to rddpm-lts, /,
    ],
    [
      'a field by the name that it had in an earlier version',
      { set: [{ path: 'training.gradientNorm', value: 1 }] },
      /which rddpm-concentrated has not; it is called training\.maxGradientNorm now$/,
    ],
    [
      'a field of the features of a file, without --backbone',
      { method: 'padim', set: [{ path: 'features.order', value: 'bgr' }] },
      /which padim has not; it belongs to features 'onnx' \(--backbone\)$/,
    ],
    [
      'the same of a method without features',
      { method: 'ddpm', set: [{ path: 'features.order', value: 'bgr' }] },
      /which ddpm has not; it belongs to padim, .*, and softpatch, with features 'onnx' \(--backbone\)$/,
    ],
    ['a size that can not be halved', { size: { width: 64, height: 50 } }, /sampleSize 50,64 is not divisible by 4 .*try 48 or 52/],
    [
      'widths of another network',
      { widths: [16, 32], network: 'ablated' },
      /--widths are the default network's, but --network is ablated; leave one of them out/,
    ],
    ['widths that the groups do not divide', { widths: [12] }, /not divisible by normNumGroups 8/],
    ['more noise than the schedule has', { forwardSteps: 1001 }, /^--forward-steps is 1001, but the schedule has 1000/],
    ['several draws of an inversion', { encode: 'inversion', draws: 2 }, /^--draws is 2, but an inversion draws no noise/],
    ['more evaluations than steps', { forwardSteps: 10, evaluations: 11 }, /^--evaluations is 11, but there are 10 reverse steps/],
    ['--eta without ddim', { sampler: 'ddpm', eta: 1 }, /Unrecognized key: "eta"\s+→ at detection\.sampler/],
    ['an unknown loss', { loss: { name: 'tuckey' } }, /unknown loss "tuckey"; did you mean 'tukey'/],
    ['a field of another loss', { loss: { name: 'huber', scale: 1 } }, /unknown field 'scale' of the loss 'huber'/],
    [
      'blocks that do not divide the size',
      { loss: { name: 'block-lts' }, size: { width: 60, height: 64 } },
      /blocks of 8 pixels don't divide the size, which is 60/,
    ],
    [
      'a method and a loss',
      { method: 'ddpm', loss: { name: 'huber' } },
      /--method names the whole method; leave --loss and --selection out/,
    ],
    ['an unknown method', { method: 'padimm' }, /--method: 'padimm' is unknown; the methods are ddpm, /],
    ['an unknown part', { method: 'ddpm+padimm' }, /--method: 'padimm' of 'ddpm\+padimm' is unknown; the methods are ddpm, /],
    ['a part too few', { method: 'ddpm+' }, /--method: 'ddpm\+' lacks a name beside its '\+'; the methods are ddpm, /],
    ['a part twice', { method: 'ddpm+ddpm' }, /ddpm\+ddpm: 'ddpm' is there twice/],
    [
      'what no part has',
      { method: 'variation+patch-gaussian', steps: 7 },
      /--steps sets training\.steps, which variation\+patch-gaussian has not; it belongs to ddpm, /,
    ],
    [
      'what a part refuses',
      { ...{ forwardSteps: 1001 }, method: 'ddpm+mean-image' },
      /^--forward-steps is 1001, but the schedule has 1000/,
    ],
  ])('refuses %s', (_, flags, message) => {
    expect(() => resolve(flags)).toThrow(ConfigError);
    expect(() => resolve(flags)).toThrow(message);
  });
});

describe('a recipe', () => {
  test('is what the method has of it, and options go before it', () => {
    const recipe = 'paper';
    expect(resolve({ recipe, loss: { name: 'huber' } })).toMatchObject({ calibration: 'none', smoothing: { sigma: 2, unit: 'side/64' } });
    const { selection, training, detection } = own({ recipe, steps: 7, loss: { name: 'huber' } });
    expect(selection).toBeNull();
    expect(training).toMatchObject({ steps: 7, learningRate: 2e-4, timesteps: null });
    expect(detection).toMatchObject({ reading: 'walk', forwardSteps: 100, reverseSteps: 250 });
    const selection2026 = { by: 'mean', every: 200, timesteps: [20, 50, 100] };
    expect(own({ recipe: '2026-11' }).selection).toMatchObject(selection2026);
    expect(own({ recipe: '2026-11', selection: { name: 'concentrated', keep: 0.8 } }).selection).toMatchObject({
      ...selection2026,
      keep: 0.8,
    });
    const stopped = resolve({ recipe, steps: 7, loss: { name: 'huber' } });
    expect(resolve({ recipe }, stopped)).toEqual(stopped); // it doesn't begin anew
    expect(resolve({ recipe, method: 'mean-image' }).config).toEqual(resolve({ method: 'mean-image' }).config);
    expect(resolveRows([{ method: 'ddpm' }], { recipe }, registry)[0]!.config).toMatchObject({ training: { timesteps: null } });
  });

  test('that is unknown is refused with those there are', () => {
    expect(() => resolve({ recipe: 'papper' })).toThrow("--recipe: 'papper' is unknown; the recipes are paper, 2026-11");
  });
});

describe('a continuation', () => {
  const same = (before: RunConfig, flags: RunFlags) => () => {
    const { method, config } = resolveRun('/data/bottle', flags, registry, before);
    assertSameRun(before, config, 'run/config.json', method);
  };

  test('may have more steps, another rhythm and another backend, and nothing else', () => {
    const before = resolve({ loss: { name: 'huber' }, learningRateSchedule: 'constant' });
    expect(same(before, { steps: 9000, backend: 'cpu', checkpointEvery: 7 })).not.toThrow();
    expect(same(before, { delta: 0.5 })).toThrow(
      '--resume: config.loss.delta is 0.2 in run/config.json but 0.5 here; leave the option out to go on as before',
    );
    expect(same(before, { loss: { name: 'tukey' } })).toThrow('method is "rddpm-huber" in run/config.json but "rddpm-tukey" here');
    expect(same(before, { smoothing: { ...before.smoothing, unit: 'pixels' } })).toThrow(
      'smoothing.unit is "side/64" in run/config.json but "pixels" here',
    );
    expect(same(before, { size: { width: 64, height: 32 } })).toThrow('data.size.height is 64 in run/config.json but 32 here');
  });

  test('must end where it was to end, where that decides what was learnt from so far', () => {
    const [before, longer] = [100, 200].map((steps) => resolve({ selection: { name: 'concentrated' }, steps }));
    const { method } = resolveRun('/data/bottle', { method: 'rddpm-concentrated' }, registry);
    expect(() => assertSameRun(before!, longer!, 'run/config.json', method)).toThrow(
      '--resume: config.training.steps is 100 in run/config.json but 200 here',
    );
  });

  test('that differs in a whole option is told of both', () => {
    const mad = resolve({ loss: { name: 'huber', delta: { mad: 1 } } });
    expect(same(mad, { delta: 0.2 })).toThrow(/config\.loss\.delta is \{"mad":1\} in .* but 0.2 here/);
  });
});

describe('a fused method', () => {
  const method = 'rddpm-concentrated+mean-image';
  type Parts = { readonly parts: { readonly [name: string]: Own & { error: string } } };
  const parts = (flags: RunFlags, stored?: RunConfig) => (resolve({ method, ...flags }, stored).config as Parts).parts;

  test('has its options in the parts that have them, and is what it reads back', () => {
    const flags = { steps: 7, set: [{ path: 'parts.mean-image.error', value: 'absolute' }] };
    expect(parts(flags)).toMatchObject({ 'rddpm-concentrated': { training: { steps: 7 } }, 'mean-image': { error: 'absolute' } });
    const config = resolve({ method, ...flags });
    expect(parseRunConfig(JSON.stringify(config), 'config.json', registry)).toEqual(config);
    expect(parts({}, config)).toEqual(parts(flags));
  });

  test('takes recipes and selections part by part', () => {
    expect(parts({ recipe: 'paper' })['rddpm-concentrated']!.training).toMatchObject({ learningRate: 2e-4 });
    const [row] = resolveRows([{ method }], { selection: { name: 'concentrated', keep: 0.7 } }, registry);
    expect((row!.config as Parts).parts).toMatchObject({
      'rddpm-concentrated': { selection: { keep: 0.7 } },
      'mean-image': { error: 'squared' },
    });
  });
});

describe('resolveRows', () => {
  test('gives options to the methods that have them', () => {
    const rows = resolveRows([{ method: 'ddpm' }, { method: 'rddpm-lts' }, { method: 'mean-image' }], { keep: 0.5, steps: 7 }, registry);
    expect(rows.map(({ config }) => config)).toMatchObject([
      { training: { steps: 7 } },
      { loss: { keep: 0.5 }, training: { steps: 7 } },
      { error: 'squared' },
    ]);
  });

  test('a row that varies a field keeps it; where all do, the option is refused', () => {
    const rows = [rowOfLoss('soft', { name: 'huber', delta: 1 }), { method: 'rddpm-huber' }];
    expect(resolveRows(rows, { delta: 0.4 }, registry).map(({ config }) => (config as Own).loss)).toMatchObject([
      { delta: 1 },
      { delta: 0.4 },
    ]);
    expect(() => resolveRows(rows.slice(0, 1), { delta: 0.4 }, registry)).toThrow(
      '--delta would change nothing: each row says its own loss.delta',
    );
  });

  test('a selection goes to the concentrated methods', () => {
    const rows = resolveRows(
      [{ method: 'ddpm' }, { method: 'rddpm-concentrated' }],
      { selection: { name: 'concentrated', keep: 0.7 } },
      registry,
    );
    expect(rows.map(({ config }) => (config as Own).selection)).toMatchObject([null, { keep: 0.7 }].map((value) => value ?? null));
    expect(() => resolveRows([{ method: 'rddpm-concentrated' }], { selection: null }, registry)).toThrow(
      /leave the concentrated methods out/,
    );
  });
});

test('sizes and smoothings are read with their units', () => {
  expect([size('64'), size('320x128')]).toEqual([
    { width: 64, height: 64 },
    { width: 320, height: 128 },
  ]);
  expect([smoothing('2'), smoothing('3px'), smoothing('0.5'), smoothing('1,3'), smoothing('1, 0.5px')]).toEqual([
    { sigma: 2, unit: 'side/64' },
    { sigma: 3, unit: 'pixels' },
    { sigma: 0.5, unit: 'side/64' },
    { sigma: [1, 3], unit: 'side/64' },
    { sigma: [1, 0.5], unit: 'pixels' },
  ]);
  for (const text of ['2', '3px', '1,0.5px']) expect(smoothingText(smoothing(text))).toBe(text);
  for (const text of ['0', '64x', 'x64', '64x0', '1.5', '-4']) expect(() => size(text), text).toThrow(/whole number/);
  for (const text of ['', 'px', '1,', '1px,2', '-1', 'two', 'Infinity'])
    expect(() => smoothing(text), text).toThrow(/number of at least 0/);
});
