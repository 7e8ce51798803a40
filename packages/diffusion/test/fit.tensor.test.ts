/** The two calls against the loop that examples/train.ts spells out: the same weights, threshold and maps, to the bit. */
import { backend, expectNoLeak } from '@rddpm/conformance';
import { ConfigError, createRng, FormatError, type ImageBatch, imageSet, ShapeError } from '@rddpm/core';
import { DEFAULT_SMOOTHING, encodeCalibration } from '@rddpm/maps';
import { decodeState, encodeState, type TrainState } from '@rddpm/trainer';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { type Model, type Settings, trainAndDetect } from '../../../examples/train.ts';
import {
  askingConfigOf,
  DIFFUSION_DEFAULTS,
  DIFFUSION_METHODS,
  decodeModelFile,
  detect,
  type FitOptions,
  fit,
  MODEL_FILES,
  modelFiles,
  readModelFolder,
} from '../src/index.ts';

const [SIZE, WIDTHS] = [8, [8, 8]];

function images(n: number, seed: string): ImageBatch {
  const data = createRng(seed)
    .normal(new Float32Array(n * SIZE * SIZE))
    .map((value) => 1 / (1 + Math.exp(-value)));
  return ndarray(data, [n, SIZE, SIZE, 1]);
}

const [training, judged] = [images(16, 'training'), images(3, 'judged')];
const detection = { evaluations: 2, draws: 1, forwardSteps: 50, reverseSteps: 50 };
const network = { blockOutChannels: WIDTHS };
/** What `train` does unless told otherwise, as the example leaves it. */
const plain = { learningRateSchedule: 'constant', warmupSteps: 0, timesteps: null, emaDecay: 0.999 } as const;
const options: FitOptions = {
  backend,
  loss: { name: 'huber', delta: 0.2 },
  network,
  steps: 4,
  batchSize: 2,
  detection,
  seed: 3,
  checkpointEvery: 2,
};

test('fit, then detect, is the loop that the example spells out', async () => {
  const settings: Settings = {
    seed: 3,
    methods: [{ name: 'own', loss: { name: 'huber', delta: 0.2 } }],
    widths: WIDTHS,
    steps: 4,
    batchSize: 2,
    learningRate: DIFFUSION_DEFAULTS.training.learningRate,
    reportEvery: 1,
    checkpointEvery: 4,
    detection: { ...DIFFUSION_DEFAULTS.detection, reading: 'walk', error: 'squared', ...detection },
    calibration: 'both',
    smoothing: DEFAULT_SMOOTHING,
  };
  let spelled: Model | undefined;
  const maps: number[] = [];
  for await (const event of trainAndDetect({ settings, backend, training: imageSet(training), test: imageSet(judged) })) {
    if (event.kind === 'model') spelled = event.model;
    if (event.kind === 'detection') maps.push(...event.detection.maps.data);
  }
  const model = await fit(training, { ...options, ...plain, calibration: 'both' });
  expect(model.weights).toEqual(spelled!.weights);
  const { config: said, ...about } = spelled!.info;
  expect(model.info).toEqual({
    ...about,
    config: expect.objectContaining({
      ...(said as object),
      training: expect.anything(),
      detection: askingConfigOf(spelled!.info).detection,
    }),
  });
  const found = await detect(model, judged, { backend });
  expect([...found.maps.data]).toEqual(maps);
  expect(found.threshold).toBe(model.info.threshold!.value);
});

test('what happens is told; a run that was stopped goes on from its last checkpoint and ends with the same bits', async () => {
  const kinds = new Set<string>();
  const whole = await fit(training, { ...options, onEvent: ({ kind }) => kinds.add(kind), reportEvery: 1 });
  expect([...kinds]).toEqual(['progress', 'checkpoint', 'threshold']);
  expect(Object.keys(whole.info.criteria!)).toEqual(['position', 'appearance', 'both']); // by default it chooses
  const controller = new AbortController();
  let state: Uint8Array | undefined;
  const stopped = fit(training, {
    ...options,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.kind !== 'checkpoint') return;
      state = event.bytes;
      controller.abort(new Error('enough'));
    },
  });
  await expect(stopped).rejects.toThrow('enough');
  expect(decodeState(state!, 'state').step).toBeLessThan(4);
  expect((await fit(training, { ...options, resume: state! })).weights).toEqual(whole.weights);
});

test('a plan is the same config with as many steps as there is time for', async () => {
  const { config, complete, plan } = DIFFUSION_METHODS.find(({ name }) => name === 'rddpm-concentrated')!;
  const wanted = complete!(config.parse({ network, training: { batchSize: 2 } }), { width: SIZE, height: SIZE, channels: 1 });
  await expectNoLeak(async () => {
    const planned = await plan!(imageSet(training), wanted, { backend: async () => backend, rng: createRng(0), seconds: 600 });
    expect(planned).toEqual({ ...wanted, training: { ...wanted.training, steps: planned.training.steps } });
    expect(planned.training.steps).toBeGreaterThan(100);
  });
});

test('what a model was not trained for, it is not asked', async () => {
  const model = await fit(training, { ...options, detection: { timesteps: [5] } });
  const asking = (detection: object) => detect(model, judged, { backend, detection });
  await expect(asking({ forwardSteps: 600 })).rejects.toThrow(/training\.timesteps end at 8, but detection\.forwardSteps is 600/);
  expect((await asking({ timesteps: [2] })).maps.shape).toEqual([3, SIZE, SIZE]);
});

test('images that were left out have no say in the threshold', async () => {
  const selection = { name: 'concentrated', firstChoice: 1, every: 1, timesteps: [20], draws: 1, keep: 0.5 } as const;
  const { info } = await fit(training, { ...options, selection });
  expect(info.threshold).toMatchObject({ images: 8 });
});

test('a model goes to files and back, as a folder and as one file', async () => {
  const model = await fit(training, { ...options, steps: 1 });
  const files = new Map(modelFiles(model).map(({ path, parts }) => [path, Uint8Array.from(parts.flatMap((part) => [...part]))]));
  expect([...files.keys()].sort()).toEqual([...MODEL_FILES].sort());
  const folder = (without?: string) => ({
    name: 'folder',
    open: async (path: string) => {
      const bytes = path === without ? undefined : files.get(path);
      return bytes && { size: bytes.length, read: async (begin: number, end: number) => bytes.slice(begin, end) };
    },
  });
  const whole = await readModelFolder(folder());
  expect([whole.weights, whole.info]).toEqual([model.weights, model.info]);
  const one = decodeModelFile(files.get('unet/diffusion_pytorch_model.safetensors')!, 'a.safetensors');
  expect([one.weights, one.info]).toEqual([model.weights, model.info]);
  await expect(readModelFolder(folder('rddpm.json'))).rejects.toThrow(
    new FormatError('folder holds no trained model: rddpm.json is missing'),
  );
});

test('nothing is left behind', async () => {
  const model = await fit(training, { ...options, steps: 1 }); // what a backend keeps for good, it keeps now
  await detect(model, judged, { backend });
  await expectNoLeak(async () => {
    await fit(training, { ...options, steps: 1 });
    await detect(model, judged, { backend });
  });
  const onEvent = () => {
    throw new Error('no room');
  };
  await expectNoLeak(() => expect(fit(training, { ...options, onEvent })).rejects.toThrow('no room'));
});

test('maps are measured by what the model says is normal at each position', async () => {
  const model = await fit(training, { ...options, steps: 1, calibration: 'none', falseAlarms: 0.2 });
  expect(model.info).toMatchObject({ threshold: { falseAlarms: 0.2 } });
  const calibration = encodeCalibration({ kind: 'position', median: ndarray(new Float32Array(64).fill(2), [8, 8]), floor: 0.5 });
  const [plain, measured] = await Promise.all([
    detect(model, judged, { backend }),
    detect({ ...model, info: { ...model.info, calibration } }, judged, { backend }),
  ]);
  for (const [i, value] of measured.maps.data.entries()) expect(value).toBeCloseTo(plain.maps.data[i]! / 2.5, 6);
});

describe('detect', () => {
  test('judges otherwise where it is told to, and then has no threshold', async () => {
    const model = await fit(training, { ...options, steps: 1 });
    const done: number[] = [];
    const other = await detect(model, judged, { backend, detection: { error: 'absolute' }, onProgress: (images) => done.push(images) });
    expect(other.threshold).toBeUndefined();
    expect(done).toEqual([3]);
    expect((await detect(model, judged, { backend, detection: { error: 'absolute' }, threshold: 0.5 })).threshold).toBe(0.5);
    const same = await detect(model, judged, { backend, detection: { draws: 1, error: undefined } as object });
    expect(same.threshold).toBe(model.info.threshold!.value);
    await expect(detect(model, images(1, 'x').transpose(0, 3, 1, 2), { backend })).rejects.toThrow(
      new ShapeError("detect: images is [1,1,8,8]; the model's are [n, 8, 8, 1]"),
    );
  });
});

const NOTHING: TrainState = {
  step: 0,
  weights: {},
  ema: {},
  moments: {},
  lossState: {},
  learned: {},
  learnedMoments: {},
};

test.each<[Partial<FitOptions>, string | RegExp]>([
  [{ steps: 0 }, /^rddpm-huber: .*expected number to be >=1\n.*training\.steps/s],
  [{ seed: 0.5 }, 'fit: seed is 0.5; it must be a whole number of at least 0'],
  [{ loss: 'hubert' as never }, /unknown loss "hubert"; did you mean 'huber'\?.*at loss/s],
  [{ selection: { name: 'concentrated', keep: 2 } }, /^rddpm-huber-concentrated: .*selection\.keep/s],
  [
    { selection: { name: 'concentrated', firstChoice: 300 } },
    'rddpm-huber-concentrated: selection: firstChoice is 300, but there are 4 steps; it would choose nothing',
  ],
  [{ detection: { error: 'cubed' as never } }, /detection\.error/],
  [{ detection: { evaluations: 60, forwardSteps: 50 } }, 'rddpm-huber: detection.evaluations is 60, but there are 50 reverse steps'],
  [{ diffusion: { prediction: 'x0' as never } }, /diffusion\.prediction/],
  [{ resume: encodeState({ ...NOTHING, step: 9 }) }, 'train: resume is at step 9; it must be a whole number from 0 to steps, which is 4'],
])('refuses what can not work before it trains: %#', async (wrong, message) => {
  const kinds: string[] = [];
  const fitting = fit(training, { ...options, ...wrong, onEvent: ({ kind }) => kinds.push(kind) });
  await expect(fitting).rejects.toThrow(ConfigError);
  await expect(fitting).rejects.toThrow(message);
  expect(kinds).toEqual([]);
});

test('a short schedule limits how far images are noised', async () => {
  const schedule = { name: 'linear', steps: 40, betaStart: 1e-4, betaEnd: 0.02 } as const;
  const { info } = await fit(training, { ...options, steps: 1, diffusion: { schedule }, detection: { draws: 1 } });
  expect(askingConfigOf(info).detection).toMatchObject({ forwardSteps: 40, reverseSteps: 40, evaluations: 12 });
});

test('learns from rectangles, and refuses what is neither in colour nor grey, or can not be halved', async () => {
  const wide = ndarray(training.data.slice(0, 4 * 8 * 16), [4, 8, 16, 1]);
  const model = await fit(wide, { ...options, steps: 1 });
  expect(model.info.input).toEqual({ width: 16, height: 8, channels: 1 });
  expect((await detect(model, wide, { backend })).maps.shape).toEqual([4, 8, 16]);
  const two = ndarray(new Float32Array(2 * 8 * 8 * 2), [2, 8, 8, 2]);
  await expect(fit(two, options)).rejects.toThrow(
    new ConfigError('fit: images is [2,8,8,2]; it must be [n, h, w, 1 or 3] with at least one image'),
  );
  await expect(fit(ndarray(new Float32Array(2 * 8 * 7), [2, 8, 7, 1]), options)).rejects.toThrow(/sampleSize 8,7 is not divisible by 2/);
});
