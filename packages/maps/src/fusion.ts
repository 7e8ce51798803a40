/** Several methods as one: each learns from the same images, and their maps, brought to one scale, become one map. */
import { ConfigError, decodeSafetensors, encodeSafetensors, FormatError, shown } from '@rddpm/core';
import type {
  Checkpoint,
  FileParts,
  FileReader,
  FitEvent,
  FitRun,
  InputShape,
  ItemKind,
  Method,
  ModelInfo,
  Schema,
  Scored,
  Scorer,
  TrainingSet,
} from '@rddpm/core/contracts';
import { MODEL_INFO, parseModelInfo } from '@rddpm/core/model-info';
import { parseJson } from '@rddpm/core/schema';
import ndarray, { type NdArray } from 'ndarray';
import * as z from 'zod/mini';
import { calibrated, decodeCalibration } from './calibration.ts';
import { type Judging, judgingInfo, judgingOf, type Residuals, trainingResiduals } from './judging.ts';
import { rowMajor } from './row-major.ts';
import { assertScored } from './score-set.ts';
import { DEFAULT_SMOOTHING, smoothMaps } from './smoothing.ts';
import type { TailThreshold } from './threshold.ts';

/** Between the names of the parts in the name of a fused method: 'rddpm-concentrated+patch-gaussian'. */
export const FUSION_SIGN = '+';

/** By name, the configs of the parts. */
export type FusedConfig = { readonly parts: Readonly<Record<string, unknown>> };

/** Of each part, in their order, its model, and what its maps are measured by. */
export type FusedModel = { readonly parts: readonly FusedPart[] };

export type FusedPart = Pick<Judging, 'calibration' | 'criteria'> & {
  readonly model: unknown;
  readonly threshold: TailThreshold;
  /** How much it has to say, in (0, 1]: of the variance of its smoothed maps of training images, the share within images. */
  readonly weight: number;
};

/**
 * One method made of several, named after them: 'rddpm-concentrated+patch-gaussian'.
 *
 * The parts are fitted one after the other, each as it would be alone. Then each has its maps of at most 128 training images calibrated, as `judgingFrom` does it
 * by default, and the median of these images' scores becomes its unit. The fused map is the weighted harmonic mean of the parts' maps in these units: a spot is as
 * anomalous as the parts agree that it is, and what only one of them takes offence at counts for little. A part's weight is the share of its maps' variance that lies within
 * images: maps that differ from image to image as a whole, as those of a mean image do on a texture, tell of the light or the pattern rather than of a spot, and have little
 * to say. No labels are needed, and the unit of a part's maps doesn't matter.
 *
 * Steps count on from part to part. Selections and suspects are passed on, so that the last part that names some has the last word. Pictures are those of the first part
 * that has any. Everything in a config calls for a new fit, as even settings of scoring decide what maps are measured by. A fit that is resumed goes on within the part
 * that it was in; parts before it are resumed at their end, and those that write no checkpoints are fitted anew.
 *
 * A model's files are those of each part, with an `rddpm.json` of its own, in a folder of the part's name, and `fusion.json` with the weights.
 *
 * @param parts Two or more, of different names, that take the same kind of items.
 * @throws {ConfigError} for fewer, two of one name, and parts that have no kind of items in common.
 */
export function fusedMethod(parts: readonly Method[]): Method<FusedConfig, FusedModel> {
  const names = parts.map(({ name }) => name);
  const name = names.join(FUSION_SIGN);
  if (parts.length < 2) throw new ConfigError(`fusedMethod: there are ${parts.length} parts; it takes two or more`);
  const twice = names.find((one, i) => names.indexOf(one) < i);
  if (twice !== undefined) throw new ConfigError(`${name}: '${twice}' is there twice; a method can be a part of it once`);
  const configured = (config: FusedConfig, change: (part: Method, own: unknown) => unknown): FusedConfig => ({
    parts: Object.fromEntries(parts.map((part) => [part.name, change(part, config.parts[part.name])])),
  });
  const planned = parts.filter(({ plan }) => plan);
  return {
    name,
    role: parts.every(({ role }) => role === 'reference') ? 'reference' : 'method',
    accepts: acceptedByAll(name, parts),
    config: fusedSchema(name, parts),
    input: (config, offered) => inputOfAll(name, parts, config, offered),
    complete: (config, input) => configured(config, (part, own) => part.complete?.(own, input) ?? own),
    ...(planned.length > 0 && {
      async plan(training, config, { seconds, ...run }) {
        const own = { ...config.parts };
        for (const part of planned)
          own[part.name] = await part.plan!(training, own[part.name], { ...run, seconds: seconds / planned.length });
        return { parts: own };
      },
    }),
    async *fit(training, config, run) {
      const fitted = yield* fitParts(parts, training, config, run);
      return fitted && measuredParts(parts, fitted, training, config, run);
    },
    scorer: (model, config, run) => fusedScorer(parts, model, config, run),
    files: {
      encode: (model, info) => [
        ...model.parts.flatMap((part, i) => encodedPart(parts[i]!, part, info)),
        textFile(FUSION_FILE, { weights: Object.fromEntries(model.parts.map(({ weight }, i) => [parts[i]!.name, weight])) }),
      ],
      async decode(read) {
        const { weights } = parseJson(fusionSchema(parts), await textOf(read, FUSION_FILE), `${read.name}/${FUSION_FILE}`);
        return { parts: await Promise.all(parts.map((part) => decodedPart(part, weights[part.name]!, read))) };
      },
    },
    facts: (model, config) =>
      Object.fromEntries(parts.map((part, i) => [part.name, part.facts?.(model.parts[i]!.model, config.parts[part.name]) ?? {}])),
    curves(progress, config) {
      let before = 0;
      return parts.flatMap((part, i) => {
        const own = progress
          .filter(({ measures }) => measures.part === i + 1)
          .map(({ step, ...rest }) => ({ ...rest, step: step - before }));
        before += own.at(-1)?.step ?? 0;
        return (part.curves?.(own, config.parts[part.name]) ?? []).map((curve) => ({ ...curve, name: `${curve.name}, ${part.name}` }));
      });
    },
  };
}

function acceptedByAll(name: string, [first, ...others]: readonly Method[]): readonly ItemKind[] {
  const common = first!.accepts.filter((kind) => others.every(({ accepts }) => accepts.includes(kind)));
  if (common.length > 0) return common;
  const kinds = [first!, ...others].map(({ name, accepts }) => `${name} takes ${accepts.join(', ')}`);
  throw new ConfigError(`${name}: its parts must take the same kind of items, but ${kinds.join('; ')}`);
}

function inputOfAll(name: string, parts: readonly Method[], config: FusedConfig, offered: InputShape): InputShape {
  const inputs = parts.map((part) => part.input(config.parts[part.name], offered));
  const texts = inputs.map(({ width, height, channels }, i) => `${parts[i]!.name} ${width}x${height}, ${channels} channels`);
  const [first] = inputs;
  if (inputs.every(({ width, height, channels }) => `${[width, height, channels]}` === `${[first!.width, first!.height, first!.channels]}`))
    return first!;
  throw new ConfigError(`${name}: its parts must be shown the same, but ask for other sizes or channels: ${texts.join('; ')}`);
}

function fusedSchema(name: string, parts: readonly Method[]): Schema<FusedConfig> {
  const names = parts.map(({ name }) => name);
  return {
    parse(value = {}, before) {
      const { parts: given = {} } = fieldsOf(name, value, 'its config', ['parts']);
      const own = fieldsOf(name, given, 'parts', names);
      return { parts: Object.fromEntries(parts.map(({ name, config }) => [name, config.parse(own[name], before?.parts[name])])) };
    },
    get json() {
      const properties = Object.fromEntries(parts.map(({ name, config }) => [name, config.json]));
      return objectOf({ parts: objectOf(properties) });
    },
    affects: () => 'fit',
  };
}

const objectOf = (properties: object) => ({ type: 'object', properties, additionalProperties: false });

function fieldsOf(name: string, value: unknown, what: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError(`${name}: ${what} is ${shown(value)}; it must be an object`);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return value as Readonly<Record<string, unknown>>;
  throw new ConfigError(`${name}: ${what} has no '${unknown}'; it has ${known.join(', ')}`);
}

/** @property kept Of its last selection, if there was one. */
type FittedPart = { readonly model: unknown; readonly kept: Uint8Array | undefined };

type Fitting = AsyncGenerator<FitEvent, readonly FittedPart[] | undefined>;

/** The parts in their order. */
async function* fitParts(parts: readonly Method[], training: TrainingSet, config: FusedConfig, run: FitRun): Fitting {
  const saved = run.resume ? decodedCheckpoint(run.resume, parts) : {};
  const resumedAt = parts.findLastIndex(({ name }) => saved[name]);
  const fitted: FittedPart[] = [];
  const before: FitEvent[] = []; // of the parts that were done when the fit stopped: 'resumed' comes first
  let done = 0;
  for (const [i, part] of parts.entries()) {
    const events = part.fit(training, config.parts[part.name], { ...run, resume: saved[part.name] });
    const from = done;
    let kept: Uint8Array | undefined;
    try {
      let next = await events.next();
      for (; !next.done; next = await events.next()) {
        const event = next.value;
        if ('step' in event) done = from + event.step;
        if (event.kind === 'selection') ({ kept } = event);
        if (event.kind === 'checkpoint') saved[part.name] = { bytes: event.bytes, source: part.name };
        const told = eventOfAll(event, { part: i + 1, from, saved });
        if (i > resumedAt) {
          if (told.kind !== 'resumed') yield told;
        } else if (i < resumedAt) {
          if (told.kind === 'selection' || told.kind === 'suspects') before.push(told);
        } else {
          yield told;
          if (told.kind === 'resumed') yield* before;
        }
      }
      if (next.value === undefined) return undefined;
      fitted.push({ model: next.value, kept });
    } finally {
      await events.return(undefined);
    }
  }
  return fitted;
}

/** What a part tells, in steps of all parts. */
function eventOfAll(event: FitEvent, { part, from, saved }: { part: number; from: number; saved: Saved }): FitEvent {
  switch (event.kind) {
    case 'suspects':
      return event;
    case 'progress':
      return { ...event, step: from + event.step, steps: from + event.steps, measures: { ...event.measures, part } };
    case 'checkpoint':
      return { ...event, step: from + event.step, bytes: encodedCheckpoint(saved) };
    default:
      return { ...event, step: from + event.step };
  }
}

/** By part, its newest checkpoint. */
type Saved = Record<string, Checkpoint | undefined>;

const WORD = 4; // bytes of a float32: what safetensors' tensors here are made of

/** A tensor of raw bytes for each part; metadata has how many there are. */
function encodedCheckpoint(saved: Saved): Uint8Array {
  const entries = Object.entries(saved).flatMap(([name, checkpoint]) => (checkpoint ? [[name, checkpoint.bytes] as const] : []));
  const tensors = entries.map(([name, bytes]) => {
    const data = new Float32Array(Math.ceil(bytes.length / WORD));
    new Uint8Array(data.buffer).set(bytes);
    return [name, { shape: [data.length], data }] as const;
  });
  const sizes = Object.fromEntries(entries.map(([name, bytes]) => [name, `${bytes.length}`]));
  return encodeSafetensors(Object.fromEntries(tensors), sizes);
}

function decodedCheckpoint({ bytes, source }: Checkpoint, parts: readonly Method[]): Saved {
  const { tensors, metadata } = decodeSafetensors(bytes, source);
  const names = parts.map(({ name }) => name).filter((name) => tensors[name]);
  if (names.length === 0) throw new FormatError(`${source} holds no checkpoint of ${parts.map(({ name }) => name).join(', ')}`);
  return Object.fromEntries(
    names.map((name) => {
      const { buffer, byteOffset } = tensors[name]!.data;
      return [name, { bytes: new Uint8Array(buffer, byteOffset, Number(metadata[name])), source }];
    }),
  );
}

/** What each part's maps are measured by. Undefined once the signal is aborted. */
async function measuredParts(
  parts: readonly Method[],
  fitted: readonly FittedPart[],
  training: TrainingSet,
  config: FusedConfig,
  run: FitRun,
): Promise<FusedModel | undefined> {
  const measured: FusedPart[] = [];
  for (const [i, part] of parts.entries()) {
    const { name: method } = part;
    const { model, kept } = fitted[i]!;
    const scorer = await part.scorer(model, config.parts[method], run);
    try {
      const residuals = await residualsOf({ method, scorer, training, kept, signal: run.signal });
      if (!residuals) return undefined;
      const { calibration, criteria, threshold } = judgingOf(residuals, { method, smoothing: DEFAULT_SMOOTHING });
      measured.push({ model, calibration, criteria, threshold, weight: shareWithin(residuals, calibration) });
    } finally {
      scorer.dispose();
    }
  }
  return { parts: measured };
}

async function residualsOf(options: Parameters<typeof trainingResiduals>[0]): Promise<Residuals | undefined> {
  const events = trainingResiduals(options);
  let next = await events.next();
  while (!next.done) next = await events.next();
  return next.value;
}

const LEAST_WEIGHT = 1e-3; // of maps that are the same everywhere in each image

/** Of the variance of smoothed maps, how much lies within images. What isn't valid has no part in it. */
function shareWithin({ maps, reconstructions, valid }: Residuals, calibration: Judging['calibration']): number {
  const measured = calibration ? calibrated(maps, calibration, reconstructions) : maps;
  const { data } = smoothMaps(measured, DEFAULT_SMOOTHING);
  const [n] = maps.shape as [number];
  const size = data.length / n;
  const images = Array.from({ length: n }, (_, i) => {
    const isSeen = (_: number, at: number) => !valid || valid[i * size + at] === 1;
    const values = Float64Array.from(data.subarray(i * size, (i + 1) * size)).filter(isSeen);
    const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
    return { count: values.length, mean, within: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
  });
  const total = (of: (image: (typeof images)[number]) => number) => images.reduce((sum, image) => sum + of(image), 0);
  const mean = total(({ count, mean }) => count * mean) / total(({ count }) => count);
  const within = total(({ within }) => within);
  const between = total((image) => image.count * (image.mean - mean) ** 2);
  return within + between > 0 ? Math.max(LEAST_WEIGHT, within / (within + between)) : LEAST_WEIGHT;
}

async function fusedScorer(
  parts: readonly Method[],
  model: FusedModel,
  config: FusedConfig,
  run: Parameters<Method['scorer']>[2],
): Promise<Scorer> {
  const weights = model.parts.map(({ weight }) => weight);
  const scorers: Scorer[] = [];
  const dispose = () => {
    for (const scorer of scorers) scorer.dispose();
  };
  try {
    for (const [i, part] of parts.entries()) scorers.push(await part.scorer(model.parts[i]!.model, config.parts[part.name], run));
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    async score(batch, options) {
      const [n, h, w] = batch.values.shape as [number, number, number];
      const units: Float32Array[] = [];
      let pictures: Scored['pictures'];
      for (const [i, scorer] of scorers.entries()) {
        const scored = await scorer.score(batch, options);
        assertScored(parts[i]!.name, scored, [n, h, w], 0);
        units.push(inUnits(scored, model.parts[i]!));
        pictures ??= scored.pictures;
      }
      const maps = ndarray(harmonicMean(units, weights), [n, h, w]);
      return pictures ? { maps, pictures } : { maps };
    },
    dispose,
  };
}

/** Row-major: 1 is what the highest spot of a usual training image reaches, once it is smoothed. */
function inUnits({ maps, pictures }: Scored, { calibration, threshold }: FusedPart): Float32Array {
  const measured: NdArray<Float32Array> = calibration ? calibrated(maps, calibration, pictures?.reconstruction) : maps;
  const { median } = threshold.tail;
  return rowMajor(measured).map((value) => value / median);
}

/** Added to each map, so that where one part sees nothing at all, the others are still heard. */
const FLOOR = 0.03;

/** Pixel by pixel. */
function harmonicMean(maps: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float32Array.from(
    maps[0]!,
    (_, at) => total / maps.reduce((sum, map, i) => sum + weights[i]! / (Math.max(map[at]!, 0) + FLOOR), 0),
  );
}

function encodedPart(part: Method, { model, ...judging }: FusedPart, info: ModelInfo) {
  const { version, input, preparation, seed } = info;
  const own: ModelInfo = {
    version,
    method: part.name,
    input,
    ...(preparation && { preparation }),
    config: (info.config as FusedConfig).parts[part.name],
    smoothing: DEFAULT_SMOOTHING,
    ...judgingInfo(judging),
    seed,
  };
  const files = [...part.files.encode(model, own), textFile(MODEL_INFO, own)];
  return files.map(({ path, parts }) => ({ path: `${part.name}/${path}`, parts }));
}

async function decodedPart(part: Method, weight: number, read: FileReader): Promise<FusedPart> {
  const own: FileReader = { name: `${read.name}/${part.name}`, open: (path) => read.open(`${part.name}/${path}`) };
  const source = `${own.name}/${MODEL_INFO}`;
  const { calibration, criteria, threshold, input } = parseModelInfo(await textOf(own, MODEL_INFO), source);
  if (!threshold || !('tail' in threshold)) throw new FormatError(`${source}: its threshold has no tail, which maps are measured by`);
  const measured = calibration && decodeCalibration(calibration, input);
  return { model: await part.files.decode(own), calibration: measured, criteria, threshold, weight };
}

/** What the parts' folders don't hold. */
const FUSION_FILE = 'fusion.json';

function fusionSchema(parts: readonly Method[]) {
  const weight = z.number().check(z.gt(0), z.lte(1));
  return z.strictObject({ weights: z.strictObject(Object.fromEntries(parts.map(({ name }) => [name, weight]))) });
}

const textFile = (path: string, value: unknown): FileParts => ({
  path,
  parts: [new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)],
});

async function textOf(read: FileReader, path: string): Promise<string> {
  const file = await read.open(path);
  if (!file) throw new FormatError(`${read.name} is not whole: ${path} is missing`);
  return new TextDecoder().decode(await file.read(0, file.size));
}
