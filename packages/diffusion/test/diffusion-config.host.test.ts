import { ConfigError } from '@rddpm/core';
import { LOSS_NAMES } from '@rddpm/losses/config';
import { describe, expect, test } from 'vitest';
import {
  askingConfigOf,
  DIFFUSION_METHODS,
  DIFFUSION_STUDIES,
  diffusionMethodName,
  RECIPES,
  untrained,
  upgradeRunConfig,
} from '../src/index.ts';

const named = (name: string) => DIFFUSION_METHODS.find((method) => method.name === name)!.config;
const ddpm = named('ddpm');

/** Of `untrained`: the same rules, and no training. */
const detecting = (detection: object, before?: object) =>
  untrained.config.parse({ detection }, before && untrained.config.parse({ detection: before })).detection;

describe('defaults', () => {
  test('are those of the design', () => {
    expect(ddpm.parse({})).toEqual({
      loss: { name: 'mse' },
      selection: null,
      network: expect.objectContaining({ blockOutChannels: [16, 32, 64], layersPerBlock: 1, addAttention: false }),
      diffusion: {
        schedule: { name: 'linear', steps: 1000, betaStart: 1e-4, betaEnd: 0.02 },
        prediction: 'epsilon',
        noise: { name: 'gaussian' },
      },
      training: {
        steps: 1500,
        batchSize: 8,
        learningRate: 2e-3,
        warmupSteps: null,
        learningRateSchedule: 'cosine',
        timesteps: 'asked',
        weighting: 'none',
        augment: [],
        weightDecay: 0.01,
        maxGradientNorm: 1,
        emaDecay: 0.99,
        reportEvery: 10,
        checkpointEvery: 500,
      },
      detection: {
        reading: 'steps',
        timesteps: null,
        forwardSteps: 200,
        reverseSteps: 200,
        evaluations: 12,
        spacing: 'linspace',
        sampler: { name: 'ddim', eta: 0, clip: true },
        encode: 'noise',
        draws: 4,
        error: 'noise',
        channelReduction: 'mean',
      },
    });
  });

  test('of a method are those of its loss and of its selection, whose options may be others', () => {
    expect(named('rddpm-huber').parse({}).loss).toEqual({ name: 'huber', delta: 0.2 });
    expect(named('rddpm-lts').parse({}).loss).toEqual({ name: 'lts', keep: 0.8, over: 'samples' });
    expect(named('rddpm-barron').parse({ loss: { alpha: 0.5, scale: 0.3 } }).loss).toEqual({
      name: 'barron',
      alpha: 0.5,
      scale: 0.3,
      adaptive: false,
    });
    const concentrated = named('rddpm-concentrated');
    const selection = {
      name: 'concentrated',
      by: 'peak',
      firstChoice: 50,
      every: null,
      timesteps: null,
      draws: 2,
      keep: 'mad',
      deviations: 2.5,
    };
    const config = concentrated.parse({ selection: { firstChoice: 50 } });
    expect(config.selection).toEqual(selection);
    expect(concentrated.parse({ selection: { keep: 0.5 } }, config).selection).toEqual({ ...selection, keep: 0.5 });
  });
});

test('what is left out is as before; what is said is read back', () => {
  const huber = named('rddpm-huber-concentrated');
  const before = huber.parse({
    selection: { firstChoice: 100, every: 50 },
    loss: { delta: 0.3 },
    network: { blockOutChannels: [8, 16], dropout: 0.1 },
    diffusion: { schedule: { name: 'cosine' }, prediction: 'v_prediction', noise: { name: 'simplex', octaves: 3 } },
    training: { steps: 500, learningRate: 1e-3, learningRateSchedule: 'constant' },
    detection: { forwardSteps: 50, sampler: { name: 'ddpm' }, encode: 'inversion' },
  });
  expect(before.diffusion.schedule).toMatchObject({ name: 'cosine', steps: 1000 });
  expect(huber.parse(JSON.parse(JSON.stringify(before)))).toEqual(before);
  expect(huber.parse({}, before)).toEqual(before);
  expect(huber.parse({ training: { steps: 900 } }, before)).toEqual({ ...before, training: { ...before.training, steps: 900 } });
});

describe('detection', () => {
  test('walks back as far as images were noised, unless told otherwise', () => {
    expect(detecting({ forwardSteps: 100 })).toMatchObject({ forwardSteps: 100, reverseSteps: 100 });
    expect(detecting({ forwardSteps: 100, reverseSteps: 250 })).toMatchObject({ forwardSteps: 100, reverseSteps: 250 });
    const apart = { forwardSteps: 100, reverseSteps: 250 };
    expect(detecting({}, apart)).toMatchObject(apart);
    expect(detecting({ forwardSteps: 80 }, apart)).toMatchObject({ forwardSteps: 80, reverseSteps: 80 });
  });

  test('asks the network at most once a step', () => {
    expect(detecting({ forwardSteps: 5 }).evaluations).toBe(5);
    expect(detecting({ forwardSteps: 5 }, { evaluations: 20 }).evaluations).toBe(5);
  });

  test('walks a short schedule whole', () => {
    const { detection } = ddpm.parse({ diffusion: { schedule: { steps: 100 } } });
    expect(detection).toMatchObject({ forwardSteps: 100, reverseSteps: 100, evaluations: 12 });
  });

  test('draws once for an inversion, which has nothing to draw', () => {
    expect(detecting({ encode: 'inversion' }).draws).toBe(1);
    expect(detecting({ encode: 'inversion' }, { draws: 4 }).draws).toBe(1);
    expect(detecting({ encode: 'noise' }, { encode: 'inversion' }).draws).toBe(2);
    expect(detecting({}, { draws: 4 }).draws).toBe(4);
  });

  test('another sampler keeps the range of the images, and nothing else; its options can be changed without its name', () => {
    const before = { sampler: { name: 'ddpm', variance: 'fixed_large', clip: false } };
    expect(detecting({ sampler: { name: 'ddim' } }, before).sampler).toEqual({ name: 'ddim', eta: 0, clip: false });
    expect(detecting({ sampler: { name: 'ddpm' } }, before).sampler).toEqual(before.sampler);
    expect(detecting({ sampler: { name: 'dpm-solver++', clip: 2 } }, before).sampler).toEqual({ name: 'dpm-solver++', clip: 2 });
    expect(detecting({ sampler: { eta: 1 } }).sampler).toEqual({ name: 'ddim', eta: 1, clip: true });
    expect(detecting({ sampler: { name: 'ddim', eta: 0 } })).toEqual(detecting({ reading: 'walk' }));
  });

  test('whoever says something of walks wants one; another reading has its own draws and error, unless they are given', () => {
    const [steps, walk] = [
      { reading: 'steps', draws: 4, error: 'noise' },
      { reading: 'walk', draws: 2, error: 'squared' },
    ];
    expect(detecting({})).toMatchObject(steps);
    expect(detecting({ forwardSteps: 100 })).toMatchObject(walk);
    expect(detecting({ reading: 'walk', draws: 7 }, { draws: 3, error: 'absolute' })).toMatchObject({ ...walk, draws: 7 });
    expect(detecting({ draws: 3 }, { forwardSteps: 100, error: 'absolute' })).toMatchObject({
      reading: 'walk',
      draws: 3,
      error: 'absolute',
    });
    expect(detecting({ reading: 'steps' }, { forwardSteps: 100 })).toMatchObject({ ...steps, forwardSteps: 100 });
    expect(detecting({ reading: 'steps' }, { encode: 'inversion' })).toMatchObject(steps);
    expect(detecting({ timesteps: [30] }, { forwardSteps: 100 })).toMatchObject({ ...steps, timesteps: [30] });
  });

  test('undefined is as good as left out', () => {
    expect(detecting({ error: undefined, draws: undefined, sampler: undefined }, { error: 'absolute' })).toEqual(
      detecting({}, { error: 'absolute' }),
    );
  });
});

describe('diffusion', () => {
  const parse = (diffusion: object, before?: object) =>
    untrained.config.parse({ diffusion }, before && untrained.config.parse({ diffusion: before })).diffusion;

  test('a schedule of another name has as many steps as usual, and the usual range of betas where it has one', () => {
    const usual = { steps: 1000, betaStart: 1e-4, betaEnd: 0.02 };
    expect(parse({ schedule: { name: 'cosine' } }).schedule).toEqual({ name: 'cosine', steps: 1000 });
    expect(parse({ schedule: { name: 'sigmoid' } }, { schedule: { steps: 500 } }).schedule).toEqual({ name: 'sigmoid', ...usual });
    expect(parse({ schedule: { name: 'scaled-linear', betaEnd: 0.012 } }).schedule).toEqual({
      name: 'scaled-linear',
      ...usual,
      betaEnd: 0.012,
    });
    const betas = Array.from({ length: 200 }, () => 0.01);
    expect(parse({ schedule: { name: 'betas', betas } }).schedule).toEqual({ name: 'betas', betas });
  });

  test('a schedule of the same name keeps its options, zero terminal SNR among them', () => {
    const cosine = { schedule: { name: 'cosine', steps: 400, offset: 0.01 } };
    expect(parse({ schedule: { name: 'cosine' } }, cosine).schedule).toEqual(cosine.schedule);
    const { schedule } = parse({ schedule: { zeroTerminalSnr: true } });
    expect(schedule).toEqual({ name: 'linear', steps: 1000, betaStart: 1e-4, betaEnd: 0.02, zeroTerminalSnr: true });
    expect(parse({ prediction: 'v_prediction' }, { schedule }).schedule).toEqual(schedule);
  });

  test('another noise has its own options', () => {
    const simplex = { name: 'simplex', octaves: 3 };
    expect(parse({ noise: { name: 'pyramid' } }, { noise: simplex }).noise).toEqual({ name: 'pyramid' });
    expect(parse({ noise: { name: 'simplex' } }, { noise: simplex }).noise).toEqual(simplex);
  });
});

describe('network', () => {
  const parse = (network: object, before?: object) =>
    untrained.config.parse({ network }, before && untrained.config.parse({ network: before })).network;

  test('blocks that were said for other widths do not outlive them', () => {
    const before = {
      blockOutChannels: [8, 16],
      downBlockTypes: ['DownBlock2D', 'AttnDownBlock2D'],
      upBlockTypes: ['AttnUpBlock2D', 'UpBlock2D'],
    };
    const wider = parse({ blockOutChannels: [8, 16, 32] }, { ...before, dropout: 0.1 });
    expect(wider).toEqual(parse({ blockOutChannels: [8, 16, 32], dropout: 0.1 }));
    expect(parse({ dropout: 0.1 }, before)).toEqual(parse({ ...before, dropout: 0.1 }));
  });

  test('what an older version did not write has its default', () => {
    const { actFn, dropout, timeEmbeddingType, ...older } = parse({});
    expect({ actFn, dropout, timeEmbeddingType }).toEqual({ actFn: 'silu', dropout: 0, timeEmbeddingType: 'positional' });
    expect(parse(older)).toEqual(parse({}));
  });
});

test('what is detected differently needs only new scores; more steps go on; all else is another fit', () => {
  const open = ddpm.parse({ training: { learningRateSchedule: 'constant' } });
  const affected = (...fields: string[]) => fields.map((field) => ddpm.affects(field, open));
  expect(affected('detection', 'detection.forwardSteps', 'detection.sampler.eta')).toEqual(['score', 'score', 'score']);
  expect(affected('training.steps', 'training.reportEvery', 'training.checkpointEvery')).toEqual(Array(3).fill('continuation'));
  expect(affected('training', 'training.batchSize', 'loss.delta', 'network.dropout', 'diffusion.prediction', 'detections')).toEqual(
    Array(6).fill('fit'),
  );
});

describe('refuses', () => {
  test.each<[string, string, object, RegExp]>([
    ['an unknown field', 'ddpm', { extra: 1 }, /Unrecognized key: "extra"/],
    ['an unknown field inside', 'ddpm', { training: { batch: 1 } }, /"batch"\n.*at training/],
    ['a number out of range', 'ddpm', { training: { batchSize: 0 } }, /at training\.batchSize/],
    ['a network of another kind', 'ddpm', { network: 7 }, /at network/],
    ["a network's unknown field", 'ddpm', { network: { widths: [8] } }, /unknown option 'widths'; .*→ at network/s],
    [
      "a network's value of another type",
      'ddpm',
      { network: { normEps: '1e-5' } },
      /normEps is "1e-5"; it must be a number above 0\n.*→ at network/,
    ],
    ['an unknown augmentation', 'ddpm', { training: { augment: ['flip', 'spin'] } }, /"quarter-turns".*at training\.augment\[1\]/s],
    ["a network's sides", 'ddpm', { network: { sampleSize: 64 } }, /sampleSize is that of the images; leave it out\n.*→ at network/],
    ['widths that the groups do not divide', 'ddpm', { network: { blockOutChannels: [12] } }, /not divisible by normNumGroups 8/],
    ['an unknown loss', 'ddpm', { loss: { name: 'tuckey' } }, /unknown loss "tuckey"; did you mean 'tukey'/],
    ['the loss of another method', 'rddpm-huber', { loss: { name: 'mse' } }, /loss\.name is mse; this method's is huber/],
    ['a field of another loss', 'rddpm-huber', { loss: { scale: 1 } }, /unknown field 'scale' of the loss 'huber'/],
    [
      'a selection where all images are taken',
      'ddpm',
      { selection: { name: 'concentrated' } },
      /selection is concentrated; this method takes all images/,
    ],
    ['no selection where images are selected', 'rddpm-concentrated', { selection: null }, /selection is null; this method selects/],
    [
      'a selection after the end',
      'rddpm-concentrated',
      { selection: { firstChoice: 300 }, training: { steps: 300 } },
      /firstChoice is 300, but there are 300 steps/,
    ],
    ['a selection of a single step', 'rddpm-concentrated', { training: { steps: 1 } }, /selection: there is 1 step/],
    [
      'timesteps that the schedule lacks',
      'rddpm-concentrated',
      { selection: { timesteps: [1000] } },
      /timesteps hold 1000; the schedule's last is 999/,
    ],
    ['an unknown schedule', 'ddpm', { diffusion: { schedule: { name: 'square' } } }, /at diffusion\.schedule/],
    ['a detection that is none', 'ddpm', { detection: 7 }, /expected object, received number\n.*at detection/],
    ['a detection of null', 'ddpm', { detection: null }, /expected object, received null\n.*at detection/],
    [
      'a sampler that is but its name',
      'ddpm',
      { detection: { sampler: 'ddpm' } },
      /one of ddim, ddpm, dpm-solver\+\+\n.*at detection\.sampler/,
    ],
    ['a sampler of null', 'ddpm', { detection: { sampler: null } }, /at detection\.sampler/],
    ['an unknown noise', 'ddpm', { diffusion: { noise: { name: 'salt' } } }, /at diffusion\.noise/],
    [
      'an unknown sampler',
      'ddpm',
      { detection: { sampler: { name: 'dim' } } },
      /one of ddim, ddpm, dpm-solver\+\+\n.*at detection\.sampler/,
    ],
    ['an option of another sampler', 'ddpm', { detection: { sampler: { name: 'ddpm', eta: 1 } } }, /"eta"\n.*at detection\.sampler/],
    [
      'more noise than the schedule has',
      'ddpm',
      { detection: { forwardSteps: 1001 } },
      /detection\.forwardSteps is 1001, but the schedule has 1000 steps/,
    ],
    [
      'more steps back than the schedule has',
      'ddpm',
      { detection: { reverseSteps: 1001 } },
      /detection\.reverseSteps is 1001, but the schedule has 1000 steps/,
    ],
    [
      'more evaluations than steps',
      'ddpm',
      { detection: { forwardSteps: 10, evaluations: 11 } },
      /detection\.evaluations is 11, but there are 10 reverse steps/,
    ],
    [
      'the error of the noise, of a walk',
      'ddpm',
      { detection: { reading: 'walk', error: 'noise' } },
      /detection\.error is noise, which a walk has none of/,
    ],
    [
      'several draws of an inversion',
      'ddpm',
      { detection: { encode: 'inversion', draws: 2 } },
      /detection\.draws is 2, but an inversion draws no noise/,
    ],
    [
      'an inversion of what implies no noise',
      'ddpm',
      { detection: { encode: 'inversion' }, diffusion: { prediction: 'sample' } },
      /detection\.encode is inversion, which needs a network that predicts noise or v/,
    ],
  ])('%s', (_, name, given, message) => {
    const parse = () => named(name).parse(given);
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(new RegExp(`^${name}: `));
    expect(parse).toThrow(message);
  });

  test('of the untrained network what only a training would need', () => {
    expect(() => untrained.config.parse({ training: { steps: 1 } })).toThrow(/^untrained: .*Unrecognized key: "training"/);
  });
});

describe('trained timesteps', () => {
  const concentrated = named('rddpm-concentrated');
  const training = { timesteps: { from: 0, to: 200 } };

  test('are those asked about unless others are said, which must hold what detection and selection ask for', () => {
    expect(ddpm.parse({ training: { timesteps: null } }).training.timesteps).toBeNull();
    expect(ddpm.parse({ training }).training.timesteps).toEqual({ from: 0, to: 200 });
    expect(() => ddpm.parse({ training, detection: { forwardSteps: 201 } })).toThrow(
      'ddpm: training.timesteps end at 200, but detection.forwardSteps is 201',
    );
    expect(() => concentrated.parse({ training: { timesteps: { from: 30, to: 200 } }, selection: { timesteps: [20, 50] } })).toThrow(
      'rddpm-concentrated: training.timesteps are from 30 to 200, but selection.timesteps hold 20',
    );
    expect(() => ddpm.parse({ training: { timesteps: { from: 200, to: 200 } } })).toThrow('from 200 to 200, which are none');
  });
});

test('fields that an earlier version called otherwise are read by their names of then', () => {
  const concentrated = named('rddpm-concentrated');
  const todays = { selection: { firstChoice: 50, every: 20 }, training: { steps: 200, maxGradientNorm: 2 } };
  const then = { selection: { warmupSteps: 50, every: 20 }, training: { steps: 200, gradientNorm: 2 } };
  expect(concentrated.parse(then)).toEqual(concentrated.parse(todays));
  expect(concentrated.parse({ training: { gradientNorm: 3 } }, concentrated.parse(todays)).training.maxGradientNorm).toBe(3);
  const both = { training: { gradientNorm: 2, maxGradientNorm: 2 } };
  expect(() => ddpm.parse(both)).toThrow(/Unrecognized key: "gradientNorm"/);
  expect(ddpm.parse({ detection: { channels: 'max' } })).toEqual(ddpm.parse({ detection: { channelReduction: 'max' } }));
});

test('what an older version did not write of its training is off', () => {
  const config = ddpm.parse({ training: { steps: 100 } });
  const { weighting, augment, ...training } = config.training;
  expect(ddpm.parse({ ...config, training })).toEqual(config);
});

test('a weighting that has no bound is refused, unless no such timestep is trained', () => {
  const diffusion = { schedule: { zeroTerminalSnr: true } };
  const training = { weighting: 'x0', timesteps: null };
  expect(() => ddpm.parse({ diffusion, training })).toThrow(
    'ddpm: training.weighting is x0, which has no bound for predicted noise at timestep 999, where nothing is left of the image',
  );
  for (const config of [
    { training },
    { diffusion: { ...diffusion, prediction: 'v_prediction' }, training },
    { diffusion, training: { weighting: 'min-snr' } },
    { diffusion, training: { ...training, timesteps: { from: 0, to: 999 } } },
  ])
    expect(ddpm.parse(config).training.weighting).toBe(config.training.weighting);
});

test('more steps are another fit where the learning rate falls, or images are chosen, at shares of all steps', () => {
  const selecting = named('rddpm-concentrated');
  const affected = (training: object, selection: object) => selecting.affects('training.steps', selecting.parse({ training, selection }));
  const [constant, given] = [{ learningRateSchedule: 'constant' }, { firstChoice: 20, every: 30 }];
  expect(affected(constant, given)).toBe('continuation');
  expect([affected({}, given), affected(constant, { every: 30 }), affected(constant, { firstChoice: 20 })]).toEqual(['fit', 'fit', 'fit']);
});

describe('what follows from the size of the images', () => {
  const concentrated = DIFFUSION_METHODS.find((method) => method.name === 'rddpm-concentrated')!;
  const complete = (side: number, config: object = {}) =>
    concentrated.complete!(concentrated.config.parse(config), { width: side, height: side, channels: 3 });

  test('timesteps that are read, that choose and that are trained grow with it', () => {
    const [small, usual] = [complete(32), complete(64)];
    expect([small.detection.timesteps, usual.detection.timesteps]).toEqual([
      [27, 48, 74, 105, 176],
      [60, 99, 146, 199, 301],
    ]);
    expect([small.selection!.timesteps, usual.selection!.timesteps]).toEqual([
      [27, 74, 176],
      [60, 146, 301],
    ]);
    expect([small.training.timesteps, usual.training.timesteps]).toEqual([
      { from: 0, to: 236 },
      { from: 0, to: 403 },
    ]); // and a third more
  });

  test('what is said stays, and a walk is trained as deep as it goes', () => {
    const said = {
      detection: { timesteps: [5] },
      selection: { timesteps: [7] },
      training: { timesteps: { from: 0, to: 9 }, warmupSteps: 3 },
    };
    expect(complete(64, said)).toMatchObject(said);
    expect(complete(64, { detection: { forwardSteps: 600 } }).training.timesteps).toEqual({ from: 0, to: 800 });
    expect(complete(64, { detection: { forwardSteps: 900 } }).training.timesteps).toEqual({ from: 0, to: 1000 });
  });

  test('the rate warms up for 50 steps, or a tenth of few', () => {
    expect([complete(64), complete(64, { training: { steps: 80 } })].map(({ training }) => training.warmupSteps)).toEqual([50, 8]);
  });
});

describe('recipes', () => {
  test.each(RECIPES)('$name is a config of its methods', ({ config: { selection, ...config } }) => {
    expect(ddpm.parse(config)).toMatchObject(config);
    expect(named('rddpm-concentrated').parse({ ...config, ...((selection as object | undefined) && { selection }) })).toMatchObject(config);
  });
});

describe('methods and studies', () => {
  test('every loss is a method, alone and with a selection; no name is there twice', () => {
    const names = DIFFUSION_METHODS.map(({ name }) => name);
    expect(new Set(names).size).toBe(2 * LOSS_NAMES.length);
    expect(names).toEqual([false, true].flatMap((selects) => LOSS_NAMES.map((loss) => diffusionMethodName(loss, selects))));
    const selecting = (['mse', 'huber'] as const).map((loss) => diffusionMethodName(loss, true));
    expect(selecting).toEqual(['rddpm-concentrated', 'rddpm-huber-concentrated']);
  });

  test('defaults of every method are read back as they are', () => {
    for (const { config } of DIFFUSION_METHODS) expect(config.parse(config.parse({}))).toEqual(config.parse({}));
  });

  test.each(DIFFUSION_STUDIES)('every row of the study $name is a config of its method, and rows differ in name', ({ rows }) => {
    for (const { method, config } of rows) expect(named(method).parse(config)).toMatchObject(config ?? {});
    expect(new Set(rows.map(({ name, method }) => name ?? method)).size).toBe(rows.length);
  });
});

test('what a model says of how it is asked has the defaults of an older version, and of a model that was trained elsewhere', () => {
  const info = {
    version: 2,
    method: 'ddpm',
    input: { width: 64, height: 64, channels: 3 },
    smoothing: { sigma: 2, unit: 'side/64' },
    threshold: null,
    seed: 0,
  } as const;
  const { network, diffusion, detection } = ddpm.parse({ detection: { draws: 3, timesteps: [60, 99, 146, 199, 301] } });
  expect(askingConfigOf({ ...info, config: { ...ddpm.parse({}), detection: { draws: 3 } } })).toEqual({ network, diffusion, detection });
});

describe('upgradeRunConfig', () => {
  /** As `rddpm train --loss huber --size 32 --widths 8,16` of version 1 wrote it. */
  const first = {
    version: 1,
    dataset: '/data/bottle',
    seed: 4,
    data: { size: 32, channels: 3, contamination: 0.1, of: 'normals', overlap: false, skipBroken: false },
    loss: { name: 'huber', delta: 0.3 },
    selection: null,
    network: {
      sampleSize: 32,
      inChannels: 3,
      outChannels: 3,
      blockOutChannels: [8, 16],
      layersPerBlock: 1,
      downBlockTypes: ['DownBlock2D', 'DownBlock2D'],
      upBlockTypes: ['UpBlock2D', 'UpBlock2D'],
      addAttention: false,
    },
    diffusion: {
      schedule: { name: 'linear', steps: 1000, betaStart: 1e-4, betaEnd: 0.02 },
      prediction: 'epsilon',
      noise: { name: 'gaussian' },
    },
    training: {
      steps: 100,
      batchSize: 8,
      learningRate: 2e-4,
      warmupSteps: 0,
      weightDecay: 0.01,
      gradientNorm: 1,
      emaDecay: 0.999,
      reportEvery: 10,
      checkpointEvery: 500,
    },
    detection: {
      forwardSteps: 50,
      reverseSteps: 50,
      evaluations: 12,
      spacing: 'linspace',
      sampler: { name: 'ddim', eta: 0, clip: true },
      encode: 'noise',
      draws: 2,
      error: 'squared',
      channelReduction: 'mean',
      smoothing: 1.5,
    },
    backend: 'auto',
  };
  type Upgraded = { readonly method: string; readonly config: { readonly selection: unknown; readonly detection: object } };
  const upgraded = (value: object) => upgradeRunConfig(value as Record<string, unknown>) as Upgraded;

  test('says the method, its config, and smoothing with its unit; images become as wide as high; the rest stays', () => {
    const { size: _, ...data } = first.data;
    const { smoothing: __, ...detection } = first.detection;
    const { sampleSize: ___, inChannels: ____, outChannels: _____, ...network } = first.network;
    expect(upgraded(first)).toEqual({
      version: 2,
      dataset: '/data/bottle',
      seed: 4,
      backend: 'auto',
      data: { ...data, size: { width: 32, height: 32 } },
      method: 'rddpm-huber',
      config: {
        loss: first.loss,
        selection: null,
        network,
        diffusion: first.diffusion,
        training: { ...first.training, learningRateSchedule: 'constant', timesteps: null },
        detection: { reading: 'walk', ...detection },
      },
      smoothing: { sigma: 1.5, unit: 'side/64' },
    });
  });

  test("its config is the method's own, said otherwise", () => {
    const { method, config } = upgraded(first);
    const said = {
      loss: { delta: 0.3 },
      network: { blockOutChannels: [8, 16] },
      training: { steps: 100, learningRate: 2e-4, warmupSteps: 0, learningRateSchedule: 'constant', timesteps: null, emaDecay: 0.999 },
      detection: { forwardSteps: 50 },
    };
    expect(named(method).parse(config)).toEqual(named(method).parse(said));
  });

  test('a run that selected has the method that selects; one from before there were selections has none', () => {
    const selection = { name: 'concentrated', warmupSteps: 50, every: 200, timesteps: [20, 50, 100], draws: 2, keep: 'mad' };
    const selecting = upgraded({ ...first, selection });
    expect(selecting.method).toBe('rddpm-huber-concentrated');
    expect(selecting.config.selection).toEqual({ ...selection, by: 'mean', deviations: 3 }); // as it was then
    const { selection: _, ...older } = first;
    expect(upgraded(older)).toEqual(upgraded(first));
    expect(upgraded({ ...first, loss: { name: 'mse' } }).method).toBe('ddpm');
  });

  test('what is missing, unknown or damaged is left for the schemas to say', () => {
    const { network: _, detection: __, data: ___, loss: ____, ...damaged } = first;
    expect(upgraded({ ...damaged, extra: 1 })).toMatchObject({ method: 'ddpm', extra: 1, config: { network: {}, detection: {} } });
    const misspelled = upgraded({ ...first, detection: { ...first.detection, draw: 3 } });
    expect(() => named(misspelled.method).parse(misspelled.config)).toThrow(/"draw"/);
  });
});
