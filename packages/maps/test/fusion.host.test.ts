import { ConfigError, createRng, FormatError, imageSet } from '@rddpm/core';
import type { FileReader, FitEvent, FitRun, InputShape, Method, ModelInfo } from '@rddpm/core/contracts';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { type FusedConfig, type FusedModel, fusedMethod, rowMajor } from '../src/index.ts';

const SIDE = 8;
const STEPS = 4;
const INPUT: InputShape = { width: SIDE, height: SIDE, channels: 1 };
const run: FitRun = { backend: () => Promise.reject(new Error('no backend')), rng: createRng(0) };

const images = (n: number, seed: string) => {
  const rng = createRng(seed);
  return ndarray(
    Float32Array.from({ length: n * SIDE * SIDE }, () => 0.1 + 0.8 * rng.uniform()),
    [n, SIDE, SIDE, 1],
  );
};
const training = imageSet(images(24, 'training'));

type Toy = { readonly times?: number; readonly power?: number; readonly reconstructs?: boolean } & Partial<Method>;

/** Pixels to some power are the map. Four steps, with a checkpoint behind the second that says how far it is. */
function toy(name: string, { times = 1, power = 1, reconstructs, ...others }: Toy = {}): Method {
  return {
    name,
    role: 'method',
    accepts: ['image'],
    config: {
      parse: (value, before) => ({ level: 1, ...(before as object), ...(value as object) }),
      json: { type: 'object', properties: { level: { type: 'number' } } },
      affects: () => 'score',
    },
    input: (_, offered) => offered,
    async *fit(_set, _config, { signal, resume }) {
      const first = resume ? resume.bytes[0]! : 0;
      if (resume) yield { kind: 'resumed', step: first };
      for (let step = first + 1; step <= STEPS; step++) {
        if (signal?.aborted) return undefined;
        yield { kind: 'progress', step, steps: STEPS, measures: { loss: 1 / step } };
        if (step === 2 || step === STEPS) yield { kind: 'checkpoint', step, bytes: Uint8Array.of(step, 1, 2) };
      }
      yield { kind: 'selection', step: STEPS, kept: new Uint8Array(training.count).fill(1) };
      return `model of ${name}`;
    },
    scorer: async () => ({
      async score({ values }) {
        const maps = ndarray(
          rowMajor(values).map((value) => times * value ** power),
          [values.shape[0]!, SIDE, SIDE],
        );
        return reconstructs ? { maps, pictures: { reconstruction: values } } : { maps };
      },
      dispose() {},
    }),
    files: {
      encode: (model) => [{ path: 'model.txt', parts: [new TextEncoder().encode(model as string)] }],
      async decode(read) {
        const file = await read.open('model.txt');
        return new TextDecoder().decode(await file!.read(0, file!.size));
      },
    },
    curves: (progress) => [{ name: 'loss', x: 'step', points: progress.map(({ step, measures }) => [step, measures.loss as number]) }],
    ...others,
  };
}

type Fused = ReturnType<typeof fusedMethod>;

async function fitted(method: Fused, options: Partial<FitRun> = {}) {
  const config = method.config.parse(undefined);
  const events: FitEvent[] = [];
  const fit = method.fit(training, config, { ...run, ...options });
  let next = await fit.next();
  for (; !next.done; next = await fit.next()) events.push(next.value);
  return { config, events, model: next.value };
}

async function mapsOf(method: Fused, model: FusedModel, config: FusedConfig) {
  const scorer = await method.scorer(model, config, run);
  const { maps, pictures } = await scorer.score({ values: images(2, 'test'), range: 'pixels' });
  return { maps: rowMajor(maps), pictures };
}

const fusedMaps = async (...parts: Method[]) => {
  const method = fusedMethod(parts);
  const { model, config } = await fitted(method);
  return mapsOf(method, model!, config);
};

test('the unit of a part and the order of the parts do not matter', async () => {
  const { maps } = await fusedMaps(toy('a'), toy('b', { power: 4 }));
  expect(new Set(maps).size).toBeGreaterThan(100);
  const { maps: scaled } = await fusedMaps(toy('b', { power: 4, times: 100 }), toy('a'));
  scaled.forEach((value, at) => {
    expect(value / maps[at]!).toBeCloseTo(1, 4);
  });
});

test('a part more that sees the same changes nothing', async () => {
  const { maps } = await fusedMaps(toy('a'), toy('b', { times: 7 }));
  const { maps: thrice } = await fusedMaps(toy('a'), toy('b', { times: 3 }), toy('c'));
  maps.forEach((value, at) => {
    expect(thrice[at]! / value).toBeCloseTo(1, 4);
  });
});

test('a part whose maps differ from image to image as a whole has little weight', async () => {
  const scorer: Method['scorer'] = async () => ({
    async score({ values }) {
      const size = SIDE * SIDE;
      const [n] = values.shape as [number];
      const levels = Array.from({ length: n }, (_, i) =>
        Math.exp(
          20 *
            (rowMajor(values)
              .subarray(i * size, (i + 1) * size)
              .reduce((sum, value) => sum + value, 0) /
              size -
              0.5),
        ),
      );
      return {
        maps: ndarray(
          rowMajor(values).map((value, at) => levels[Math.floor(at / size)]! + 0.01 * value),
          [n, SIDE, SIDE],
        ),
      };
    },
    dispose() {},
  });
  const { model } = await fitted(fusedMethod([toy('a'), toy('b', { scorer })]));
  const [a, b] = model!.parts.map(({ weight }) => weight);
  expect(a).toBeGreaterThan(0.5);
  expect(b).toBeLessThan(0.05);
});

test('a part is measured by the images that it keeps', async () => {
  const rows: number[] = [];
  const scorer: Method['scorer'] = async (...args) => {
    const own = await toy('b').scorer(...args);
    const score: typeof own.score = (batch, options) => {
      rows.push(...(options?.trainingRows ?? []));
      return own.score(batch, options);
    };
    return { ...own, score };
  };
  const fit: Method['fit'] = async function* () {
    yield { kind: 'selection', step: 0, kept: Uint8Array.from({ length: training.count }, (_, row) => (row < 5 ? 0 : 1)) };
    return 'model';
  };
  await fitted(fusedMethod([toy('a'), toy('b', { fit, scorer })]));
  expect(Math.min(...rows)).toBe(5);
});

test('steps count on from part to part, and the last selection comes last', async () => {
  const { events } = await fitted(fusedMethod([toy('a'), toy('b')]));
  const progress = events.flatMap((event) => (event.kind === 'progress' ? [[event.step, event.steps, event.measures.part]] : []));
  expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((step) => [step, step <= STEPS ? 4 : 8, step <= STEPS ? 1 : 2]));
  expect(events.flatMap((event) => (event.kind === 'selection' ? [event.step] : []))).toEqual([4, 8]);
});

test('a fit that stopped in its second part goes on there', async () => {
  const method = fusedMethod([toy('a'), toy('b')]);
  const whole = await fitted(method);
  const checkpoint = (step: number) => whole.events.find((event) => event.kind === 'checkpoint' && event.step === step);
  const { bytes } = checkpoint(6) as { bytes: Uint8Array };
  const { events, model } = await fitted(method, { resume: { bytes, source: 'newest.safetensors' } });
  const told = events.map((event) => ('step' in event ? `${event.kind} ${event.step}` : event.kind));
  expect(told).toEqual(['resumed 6', 'selection 4', 'progress 7', 'progress 8', 'checkpoint 8', 'selection 8']);
  expect(model).toEqual(whole.model);
  expect(events.find((event) => event.kind === 'checkpoint')).toEqual(checkpoint(8));

  const early = await fitted(method, { resume: { ...(checkpoint(2) as { bytes: Uint8Array }), source: 'newest.safetensors' } });
  expect(early.events.map((event) => 'step' in event && event.step)).toEqual([2, 3, 4, 4, 4, 5, 6, 6, 7, 8, 8, 8]);
});

test('it ends without a model once the signal is aborted', async () => {
  const stop = new AbortController();
  const scorer: Method['scorer'] = (...args) => {
    stop.abort();
    return toy('b').scorer(...args);
  };
  const parts = [toy('a'), toy('b', { scorer })];
  expect((await fitted(fusedMethod(parts), { signal: stop.signal })).model).toBeUndefined();
  expect(await fitted(fusedMethod(parts), { signal: stop.signal })).toMatchObject({ events: [], model: undefined });
});

test('a damaged checkpoint is named at the first event', async () => {
  const method = fusedMethod([toy('a'), toy('b')]);
  const resume = (bytes: Uint8Array) => fitted(method, { resume: { bytes, source: 'newest.safetensors' } });
  await expect(resume(Uint8Array.of(1, 2))).rejects.toThrow(FormatError);
  const { events } = await fitted(fusedMethod([toy('c'), toy('d')]));
  const { bytes } = events.find((event) => event.kind === 'checkpoint')!;
  await expect(resume(bytes)).rejects.toThrow('newest.safetensors holds no checkpoint of a, b');
});

const infoOf = (method: Fused, config: FusedConfig): ModelInfo => ({
  version: 2,
  method: method.name,
  input: INPUT,
  config,
  smoothing: { sigma: [1, 3], unit: 'side/64' },
  threshold: null,
  seed: 0,
});

function readerOf(files: ReturnType<Fused['files']['encode']>): FileReader {
  const open: FileReader['open'] = async (path) => {
    const found = files.find((file) => file.path === path);
    if (!found) return undefined;
    const bytes = Buffer.concat(found.parts);
    return { size: bytes.length, read: async (begin, end) => bytes.subarray(begin, end) };
  };
  return { name: 'model', open };
}

test('files give the same maps again', async () => {
  const method = fusedMethod([toy('a'), toy('b', { power: 4, reconstructs: true })]);
  const { model, config } = await fitted(method);
  const files = method.files.encode(model!, infoOf(method, config));
  expect(files.map(({ path }) => path)).toEqual(['a/model.txt', 'a/rddpm.json', 'b/model.txt', 'b/rddpm.json', 'fusion.json']);
  const read = await method.files.decode(readerOf(files));
  expect(await mapsOf(method, read, config)).toEqual(await mapsOf(method, model!, config));
  const without = (path: string) => method.files.decode(readerOf(files.filter((file) => file.path !== path)));
  await expect(without('b/rddpm.json')).rejects.toThrow('model/b is not whole: rddpm.json is missing');
  await expect(without('fusion.json')).rejects.toThrow('model is not whole: fusion.json is missing');
});

test('pictures are those of the first part that has some, curves of each', async () => {
  const method = fusedMethod([toy('a'), toy('b', { reconstructs: true })]);
  const { events, model, config } = await fitted(method);
  const { pictures } = await mapsOf(method, model!, config);
  expect(pictures?.reconstruction).toEqual(images(2, 'test'));
  const curves = method.curves!(
    events.flatMap((event) => (event.kind === 'progress' ? [event] : [])),
    config,
  );
  const points = [1, 2, 3, 4].map((step) => [step, 1 / step]);
  expect(curves).toEqual([
    { name: 'loss, a', x: 'step', points },
    { name: 'loss, b', x: 'step', points },
  ]);
});

test('a part whose maps are not numbers is named', async () => {
  await expect(fusedMaps(toy('a'), toy('b', { times: Number.NaN }))).rejects.toThrow(/^b: the map of item 0 is NaN at row 0, column 0/);
  const scorer: Method['scorer'] = async () => ({
    score: async ({ values }) => ({
      maps: ndarray(new Float32Array(values.size).fill(values.shape[0] === 2 ? Number.NaN : 1), [values.shape[0]!, SIDE, SIDE]),
    }),
    dispose() {},
  });
  await expect(fusedMaps(toy('a'), toy('b', { scorer }))).rejects.toThrow(/^b: the map of item 0 is NaN/);
});

test('time is planned for the parts that have steps to plan', async () => {
  const plan: Method['plan'] = async (_, config, { seconds }) => ({ ...(config as object), level: seconds });
  const planned = fusedMethod([toy('a', { plan }), toy('b'), toy('c', { plan })]);
  expect(await planned.plan!(training, planned.config.parse(undefined), { ...run, seconds: 60 })).toEqual({
    parts: { a: { level: 30 }, b: { level: 1 }, c: { level: 30 } },
  });
  expect(fusedMethod([toy('a'), toy('b')]).plan).toBeUndefined();
});

test('configs are those of the parts', () => {
  const { config, name } = fusedMethod([toy('a'), toy('b')]);
  expect(name).toBe('a+b');
  const before = config.parse({ parts: { b: { level: 2 } } });
  expect(before).toEqual({ parts: { a: { level: 1 }, b: { level: 2 } } });
  expect(config.parse({ parts: { a: { level: 3 } } }, before)).toEqual({ parts: { a: { level: 3 }, b: { level: 2 } } });
  expect(() => config.parse({ level: 2 })).toThrow("a+b: its config has no 'level'; it has parts");
  expect(() => config.parse({ parts: { c: {} } })).toThrow("a+b: parts has no 'c'; it has a, b");
  expect(() => config.parse({ parts: 2 })).toThrow('a+b: parts is 2; it must be an object');
});

test.each<[string, Method[], string]>([
  ['one part', [toy('a')], 'there are 1 parts'],
  ['a part twice', [toy('a'), toy('b'), toy('a')], "a+b+a: 'a' is there twice"],
  ['parts of different things', [toy('a'), toy('b', { accepts: ['series'] })], 'a takes image; b takes series'],
])('%s cannot be fused', (_, parts, message) => {
  expect(() => fusedMethod(parts)).toThrow(ConfigError);
  expect(() => fusedMethod(parts)).toThrow(message);
});

test('parts that must be shown different things cannot be fused', () => {
  const method = fusedMethod([toy('a'), toy('b', { input: () => ({ width: 32, height: 32, channels: 3 }) })]);
  expect(() => method.input(method.config.parse(undefined), INPUT)).toThrow('a 8x8, 1 channels; b 32x32, 3 channels');
});
