/** What holds of every method, whatever it learns: the promises of `Method` that one fit can show. */
import { ConfigError, createRng } from '@rddpm/core';
import type { FileParts, FileReader, FitEvent, FitRun, Method, ModelInfo, Scored, Scorer, TrainingSet } from '@rddpm/core/contracts';
import type { NdArray } from 'ndarray';
import { expect } from 'vitest';
import { backend } from './backend-under-test.ts';
import { expectClose, expectNoLeak } from './expectations.ts';

export type MethodTrial = {
  readonly training: TrainingSet;
  /** A few items of the same shape. */
  readonly test: TrainingSet;
  /** Fields that are other than the defaults. */
  readonly config?: unknown;
};

/** On the backend under test, and always with the same generator. */
const RUN = { backend: async () => backend, rng: createRng('method') };

/** Of an item that is scored in another batch: float32 sums in another order. */
const BATCH_TOLERANCE = 1e-5;

/**
 * Fits a method, asks it in different ways, and moves it to files and back.
 *
 * @returns The config with its defaults, and what came of the fit, for what is to be seen of this method alone.
 */
export async function expectMethod<Config, Model>(
  method: Method<Config, Model>,
  { training, test, config: given }: MethodTrial,
): Promise<{ readonly config: Config; readonly model: Model; readonly events: readonly FitEvent[] }> {
  const [height, width, channels] = training.shape as [number, number, 1 | 3];
  const open = expectConfig(method, given);
  const config = method.complete ? method.complete(open, { width, height, channels }) : open;
  expect(method.complete?.(config, { width, height, channels }) ?? config, 'a complete config stays as it is').toEqual(config);
  expect(method.input(config, { width, height, channels }), 'what it is shown, of this').toEqual({ width, height, channels });
  const aborted = await fitMethod(method, config, training, { signal: AbortSignal.abort() });
  expect(aborted.model === undefined, 'a fit that was aborted has no model').toBe(true);

  const { model, events } = await fitMethod(method, config, training);
  if (!model) return expect.fail('a fit that nobody stopped came to nothing');
  expectEvents(events, training);
  const told = [method.facts?.(model, config) ?? {}, method.curves?.(events.filter(isProgress), config) ?? []];
  expect(throughJson(told), 'facts and curves, through JSON').toEqual(told);

  const last = test.count - 1;
  const scorer = await method.scorer(model, config, RUN);
  const scored = await scoreRows(scorer, test, [...Array(test.count).keys()]);
  const alone = valuesOf((await scoreRows(scorer, test, [last])).maps);
  scorer.dispose();
  expectScored(scored, test);
  expectClose(alone, valuesOf(scored.maps).slice(-alone.length), BATCH_TOLERANCE);

  await expectNoLeak(async () => {
    const info: ModelInfo = {
      version: 2,
      method: method.name,
      input: { width, height, channels },
      config,
      smoothing: { sigma: 0, unit: 'pixels' },
      threshold: null,
      seed: 0,
    };
    const decoded = await method.files.decode(inMemory(method.files.encode(model, info)));
    const scorer = await method.scorer(decoded, config, RUN);
    const again = await scoreRows(scorer, test, [last]);
    scorer.dispose();
    expect(valuesOf(again.maps), 'the map of a model that was moved to files and back').toEqual(alone);
  });
  return { config, model, events };
}

/** A whole fit on the backend under test: what it told, and what it came to. */
export async function fitMethod<Config, Model>(
  method: Method<Config, Model>,
  config: Config,
  training: TrainingSet,
  run: Pick<FitRun, 'signal' | 'resume'> = {},
): Promise<{ readonly model: Model | undefined; readonly events: readonly FitEvent[] }> {
  const events: FitEvent[] = [];
  const fitting = method.fit(training, config, { ...RUN, ...run });
  while (true) {
    const { value, done } = await fitting.next();
    if (done) return { model: value, events };
    events.push(value);
  }
}

/** Files as a folder, without those that are named. */
export function inMemory(files: readonly FileParts[], without: readonly string[] = []): FileReader {
  const bytes = new Map(files.map(({ path, parts }) => [path, Uint8Array.from(parts.flatMap((part) => [...part]))]));
  expect(bytes.size, 'paths of files are unique').toBe(files.length);
  return {
    name: 'memory',
    async open(path) {
      const file = without.includes(path) ? undefined : bytes.get(path);
      return file && { size: file.length, read: async (begin, end) => file.slice(begin, end) };
    },
  };
}

function expectConfig<Config>({ config: schema }: Method<Config>, given: unknown): Config {
  const config = schema.parse(given);
  expect(schema.parse(throughJson(config)), 'a config that was parsed, through JSON').toEqual(config);
  expect(schema.parse({}, config), 'a config that nothing changes').toEqual(config);
  const misspelled = () => schema.parse({ ...(given as object | undefined), misspelled: 1 });
  expect(misspelled).toThrow(ConfigError);
  expect(misspelled).toThrow(/misspelled/);
  expect(throughJson(schema.json)).toMatchObject({ type: 'object', properties: expect.any(Object) });
  return config;
}

function expectEvents(events: readonly FitEvent[], { count: rows, shape: [height, width] }: TrainingSet): void {
  const progress = events.filter(isProgress);
  const names = new Set(progress.map(({ measures }) => Object.keys(measures).sort().join()));
  expect(names.size, `sets of names that progress measures: ${[...names].join(' | ')}`).toBeLessThanOrEqual(1);
  for (const event of events) {
    if (event.kind === 'progress') expect(event.step, 'steps done').toBeLessThanOrEqual(event.steps);
    if (event.kind === 'selection' || event.kind === 'suspects') expect(event.kept, 'of each row, whether it is kept').toHaveLength(rows);
    if (event.kind !== 'suspects' || !event.places) continue;
    for (const [places, side] of [
      [event.places.x, width],
      [event.places.y, height],
    ] as const) {
      expect(places, 'of each row, where it is worst').toHaveLength(rows);
      expect(
        places.every((at) => at >= 0 && at < side),
        'places lie in the picture',
      ).toBe(true);
    }
  }
}

function expectScored({ maps, pictures = {} }: Scored, { count, shape }: TrainingSet): void {
  const [h, w, c] = shape;
  expect(maps.shape).toEqual([count, h, w]);
  expect(valuesOf(maps).every(Number.isFinite), 'maps are finite').toBe(true);
  for (const [name, picture] of Object.entries(pictures)) {
    expect(picture.shape, name).toEqual([count, h, w, c]);
    const inRange = valuesOf(picture).every((value) => value >= 0 && value <= 1);
    expect(inRange, `${name} is in [0, 1]`).toBe(true);
  }
}

const scoreRows = async (scorer: Scorer, test: TrainingSet, rows: readonly number[]) =>
  scorer.score(await test.read(Int32Array.from(rows)));

/** Row-major, whatever view it is. */
function valuesOf(array: NdArray<Float32Array>): number[] {
  return Array.from({ length: array.size }, (_, at) => {
    const index = array.shape.map((side, axis) => Math.floor(at / product(array.shape.slice(axis + 1))) % side);
    return array.get(...index);
  });
}

const product = (sides: readonly number[]) => sides.reduce((total, side) => total * side, 1);

const isProgress = (event: FitEvent) => event.kind === 'progress';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
