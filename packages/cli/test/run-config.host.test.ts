import { ConfigError, FormatError } from '@rddpm/core';
import { parseSelection } from '@rddpm/diffusion';
import { describe, expect, test } from 'vitest';
import { assertSameRun, parseRunConfig, resolveDetection, resolveRunConfig } from '../src/run-config.ts';

const DIFFUSION = { schedule: { name: 'linear', steps: 1000 }, prediction: 'epsilon' } as const;

describe('resolveRunConfig', () => {
  test('has the defaults of the design', () => {
    const config = resolveRunConfig('/data/bottle', {});
    expect(config).toMatchObject({
      seed: 0,
      data: { size: 64, channels: 3, contamination: 0, of: 'normals', overlap: false },
      loss: { name: 'mse' },
      network: { sampleSize: 64, blockOutChannels: [32, 64, 128], layersPerBlock: 1, addAttention: false },
      diffusion: {
        schedule: { name: 'linear', steps: 1000, betaStart: 1e-4, betaEnd: 0.02 },
        prediction: 'epsilon',
        noise: { name: 'gaussian' },
      },
      training: { steps: 4000, batchSize: 8, learningRate: 2e-4, gradientNorm: 1, emaDecay: 0.999 },
      detection: { forwardSteps: 200, reverseSteps: 200, evaluations: 12, draws: 2, error: 'squared', channels: 'mean', smoothing: 2 },
    });
    expect(resolveRunConfig('/x', { loss: { name: 'huber' } }).loss).toEqual({ name: 'huber', delta: 0.2 });
    expect(resolveRunConfig('/x', { loss: { name: 'lts' } }).loss).toEqual({ name: 'lts', keep: 0.8, over: 'samples' });
  });

  test('what it resolves to is what it reads back', () => {
    const config = resolveRunConfig('/data/bottle', { loss: { name: 'huber' }, delta: 0.5, widths: [16, 32], channels: 1 });
    expect(parseRunConfig(JSON.stringify(config), 'config.json')).toEqual(config);
  });

  test('takes any loss, with its defaults filled in, and goes on with it', () => {
    const config = resolveRunConfig('/x', { loss: { name: 'barron', alpha: 0.5, scale: 0.3 } });
    expect(config.loss).toEqual({ name: 'barron', alpha: 0.5, scale: 0.3, adaptive: false });
    expect(parseRunConfig(JSON.stringify(config), 'config.json')).toEqual(config);
    expect(resolveRunConfig('/x', {}, config)).toEqual(config);
    expect(resolveRunConfig('/x', { loss: { name: 'barron' } }, config)).toEqual(config);
    expect(resolveRunConfig('/x', { loss: { name: 'tukey' } }, config).loss).toEqual({ name: 'tukey', scale: 1 });
    expect(resolveRunConfig('/x', { loss: { name: 'smooth-l1' }, delta: 0.5 }).loss).toMatchObject({ name: 'smooth-l1', delta: 0.5 });
  });

  test('selects no images unless told to, and goes on as it did', () => {
    expect(resolveRunConfig('/x', {}).selection).toBeNull();
    const selection = parseSelection({ name: 'concentrated', warmupSteps: 50 });
    expect(selection).toEqual({ name: 'concentrated', warmupSteps: 50, every: 200, timesteps: [20, 50, 100], draws: 2, keep: 'mad' });
    const config = resolveRunConfig('/x', { selection });
    expect(parseRunConfig(JSON.stringify(config), 'config.json')).toEqual(config);
    expect(resolveRunConfig('/x', {}, config).selection).toEqual(selection);
    expect(resolveRunConfig('/x', { selection: null }, config).selection).toBeNull();
    const { selection: _, ...older } = resolveRunConfig('/x', {});
    expect(parseRunConfig(JSON.stringify(older), 'config.json').selection).toBeNull();
  });

  test('takes a named network with its size, unless told otherwise', () => {
    const config = resolveRunConfig('/x', { network: 'rddpm-256' });
    expect(config).toMatchObject({ data: { size: 256 }, network: { sampleSize: 256, blockOutChannels: [32, 32, 64, 64, 128, 128] } });
    expect(parseRunConfig(JSON.stringify(config), 'config.json')).toEqual(config);
    expect(resolveRunConfig('/x', { network: 'rddpm-256', size: 128, channels: 1 })).toMatchObject({
      data: { size: 128 },
      network: { sampleSize: 128, inChannels: 1, outChannels: 1, blockOutChannels: [32, 32, 64, 64, 128, 128] },
    });
    expect(resolveRunConfig('/x', { network: 'rddpm-64' })).toEqual(resolveRunConfig('/x', {}));
  });

  test('goes on with a named network where its name is left out, and where it is not', () => {
    const before = resolveRunConfig('/x', { network: 'ablated', size: 32 });
    expect(resolveRunConfig('/x', {}, before)).toEqual(before);
    expect(resolveRunConfig('/x', { network: 'ablated' }, before)).toEqual(before);
    expect(() => assertSameRun(before, resolveRunConfig('/x', { network: 'rddpm-64' }, before), 'run/config.json')).toThrow(
      /network\.blockOutChannels is \[128,256,512,512\] in run\/config\.json but \[32,64,128\] here/,
    );
  });

  test('walks back as far as the image was noised, unless told otherwise', () => {
    expect(resolveRunConfig('/x', { forwardSteps: 100 }).detection).toMatchObject({ forwardSteps: 100, reverseSteps: 100 });
    expect(resolveRunConfig('/x', { forwardSteps: 100, reverseSteps: 250 }).detection).toMatchObject({
      forwardSteps: 100,
      reverseSteps: 250,
    });
    expect(resolveRunConfig('/x', { forwardSteps: 5 }).detection.evaluations).toBe(5);
  });

  test('takes schedule, prediction and noise by name', () => {
    const config = resolveRunConfig('/x', { schedule: 'cosine', prediction: 'v_prediction', noise: 'simplex' });
    expect(config.diffusion).toMatchObject({
      schedule: { name: 'cosine', steps: 1000 },
      prediction: 'v_prediction',
      noise: { name: 'simplex' },
    });
    expect(parseRunConfig(JSON.stringify(config), 'config.json')).toEqual(config);
    expect(resolveRunConfig('/x', { schedule: 'cosine' }, config)).toEqual(config);
    const zero = resolveRunConfig('/x', { zeroTerminalSnr: true });
    expect(zero.diffusion.schedule).toEqual({ name: 'linear', steps: 1000, betaStart: 1e-4, betaEnd: 0.02, zeroTerminalSnr: true });
    expect(resolveRunConfig('/x', {}, zero)).toEqual(zero);
  });

  test('another way of sampling keeps the range of the images', () => {
    const stored = { sampler: { name: 'ddpm', variance: 'fixed_large', clip: false } } as const;
    expect(resolveDetection({ sampler: 'ddim' }, DIFFUSION, stored).sampler).toEqual({ name: 'ddim', eta: 0, clip: false });
    expect(resolveDetection({ sampler: 'ddpm' }, DIFFUSION, stored).sampler).toEqual(stored.sampler);
    expect(resolveDetection({}, DIFFUSION).sampler).toEqual({ name: 'ddim', eta: 0, clip: true });
    expect(resolveDetection({ eta: 1 }, DIFFUSION).sampler).toEqual({ name: 'ddim', eta: 1, clip: true });
    expect(resolveDetection({ eta: 0, sampler: 'ddim' }, DIFFUSION)).toEqual(resolveDetection({}, DIFFUSION));
  });

  test('an inversion has one draw', () => {
    expect(resolveDetection({ encode: 'inversion' }, DIFFUSION)).toMatchObject({ encode: 'inversion', draws: 1 });
    expect(resolveDetection({ encode: 'inversion' }, DIFFUSION, { encode: 'noise', draws: 4 }).draws).toBe(1);
    expect(resolveDetection({}, DIFFUSION, { encode: 'noise', draws: 4 }).draws).toBe(4);
  });

  test('a short schedule is walked whole', () => {
    const short = { ...DIFFUSION, schedule: { name: 'linear', steps: 100 } } as const;
    expect(resolveDetection({}, short)).toMatchObject({ forwardSteps: 100, reverseSteps: 100, evaluations: 12 });
  });

  test('goes on as before where no option is given', () => {
    const before = resolveRunConfig('/x', {
      loss: { name: 'huber' },
      delta: 0.3,
      size: 32,
      widths: [8, 16],
      contamination: 0.1,
      seed: 4,
      steps: 100,
      forwardSteps: 50,
    });
    expect(resolveRunConfig('/x', {}, before)).toEqual(before);
    expect(resolveRunConfig('/x', { steps: 200 }, before)).toEqual({ ...before, training: { ...before.training, steps: 200 } });
  });

  test.each([
    ['--delta without huber', { delta: 0.2 }, /--delta belongs to huber, smooth-l1, and pseudo-huber, but the loss is mse/],
    [
      '--keep without lts',
      { loss: { name: 'huber' }, keep: 0.5 } as const,
      /--keep belongs to lts, block-lts, and winsorized, but the loss is huber/,
    ],
    ['a size that can not be halved', { size: 50 }, /sampleSize 50 is not divisible by 4 .*try 48 or 52/],
    [
      'widths of another network',
      { widths: [16, 32], network: 'ablated' as const },
      /--widths are the default network's, but --network is ablated; leave one of them out/,
    ],
    ['widths that the groups do not divide', { widths: [12] }, /not divisible by normNumGroups 8/],
    ['more noise than the schedule has', { forwardSteps: 1001 }, /--forward-steps is 1001, but the schedule has 1000/],
    [
      'an inversion of what implies no noise',
      { encode: 'inversion' as const, prediction: 'sample' as const },
      /--encode inversion needs a network that predicts noise or v/,
    ],
    ['--eta without ddim', { sampler: 'ddpm' as const, eta: 1 }, /--eta belongs to --sampler ddim, but the sampler is ddpm/],
    ['an unknown loss', { loss: { name: 'tuckey' } }, /unknown loss "tuckey"; did you mean 'tukey'/],
    ['a field of another loss', { loss: { name: 'huber', scale: 1 } }, /unknown field 'scale' of the loss 'huber'/],
    [
      'a selection after the end',
      { selection: parseSelection({ name: 'concentrated' }), steps: 300 },
      /warmupSteps are 300, but there are 300 steps/,
    ],
    [
      'timesteps that the schedule lacks',
      { selection: parseSelection({ name: 'concentrated', timesteps: [1000] }) },
      /timesteps hold 1000/,
    ],
    [
      'blocks that do not divide the size',
      { loss: { name: 'block-lts' }, size: 60 },
      /blocks of 8 pixels don't divide the size, which is 60/,
    ],
    ['several draws of an inversion', { encode: 'inversion' as const, draws: 2 }, /--draws is 2, but --encode inversion draws no noise/],
    ['more evaluations than steps', { forwardSteps: 10, evaluations: 11 }, /--evaluations is 11, but there are 10 reverse steps/],
  ])('refuses %s', (_, flags, message) => {
    const resolve = () => resolveRunConfig('/x', flags);
    expect(resolve).toThrow(ConfigError);
    expect(resolve).toThrow(message);
  });
});

describe('parseRunConfig', () => {
  const config = resolveRunConfig('/x', {});

  test.each([
    ['an unknown key', { ...config, extra: 1 }, /Unrecognized key: "extra"/],
    ['an unknown key inside', { ...config, data: { ...config.data, sise: 1 } }, /sise/],
    ['a missing key', { ...config, seed: undefined }, /seed/],
    ['a network of another kind', { ...config, network: 7 }, /network/],
    ['a network’s unknown key', { ...config, network: { ...config.network, widths: [8] } }, /unknown option 'widths'; .*→ at network/s],
    [
      'a network’s value of another type',
      { ...config, network: { ...config.network, normEps: '1e-5' } },
      /normEps is "1e-5"; it must be a number above 0\n.*→ at network/,
    ],
    ['a number out of range', { ...config, training: { ...config.training, batchSize: 0 } }, /training\.batchSize/],
  ])('refuses %s and names it', (_, value, message) => {
    const parse = () => parseRunConfig(JSON.stringify(value), 'run/config.json');
    expect(parse).toThrow(FormatError);
    expect(parse).toThrow(/^run\/config\.json /);
    expect(parse).toThrow(message);
  });

  test('what a run from before some options did not say about its network has their defaults', () => {
    const { actFn, dropout, timeEmbeddingType, ...network } = config.network;
    expect({ actFn, dropout, timeEmbeddingType }).toEqual({ actFn: 'silu', dropout: 0, timeEmbeddingType: 'positional' });
    expect(parseRunConfig(JSON.stringify({ ...config, network }), 'run/config.json')).toEqual(config);
  });

  test('refuses what is not JSON', () => {
    expect(() => parseRunConfig('{', 'run/config.json')).toThrow('run/config.json is not JSON');
  });
});

describe('assertSameRun', () => {
  const stored = resolveRunConfig('/x', { loss: { name: 'huber' } });

  test('names the field that differs, and both values', () => {
    const wanted = resolveRunConfig('/x', { delta: 0.5 }, stored);
    expect(() => assertSameRun(stored, wanted, 'run/config.json')).toThrow('loss.delta is 0.2 in run/config.json but 0.5 here');
  });

  test('lets the number of steps and the backend change', () => {
    assertSameRun(stored, resolveRunConfig('/x', { steps: 9000, backend: 'cpu', checkpointEvery: 7 }, stored), 'run/config.json');
  });
});

test('a continuation that differs in a whole option is told of both', () => {
  const [without, selecting] = [
    resolveRunConfig('/x', {}),
    resolveRunConfig('/x', { selection: parseSelection({ name: 'concentrated' }) }),
  ];
  expect(() => assertSameRun(without, selecting, 'config.json')).toThrow(/selection is null in config.json but \{"name":"concentrated"/);
  const mad = resolveRunConfig('/x', { loss: { name: 'huber', delta: { mad: 1 } } });
  const fixed = resolveRunConfig('/x', { loss: { name: 'huber', delta: 0.2 } });
  expect(() => assertSameRun(mad, fixed, 'config.json')).toThrow(/loss.delta is \{"mad":1\} in config.json but 0.2 here/);
});
