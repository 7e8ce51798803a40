/** `rddpm.json`: how a model is used, whatever its method. It lies beside a model's files; a file that holds a whole model carries it as metadata. */
import * as z from 'zod/mini';
import type { Calibration, ModelInfo, Preparation, Threshold, ValueRanges } from './contracts.ts';
import { FormatError } from './errors.ts';
import { withoutFields } from './fields.ts';
import { parseJson } from './schema.ts';

/** The name of the file, and of the metadata. */
export const MODEL_INFO = 'rddpm.json';

/** What a file that holds a whole model is called where it is read as a folder's only one. */
export const MODEL_FILE = 'model.safetensors';

const count = z.int().check(z.gte(1));
const channels = z.literal([1, 3]);
const positive = z.number().check(z.positive());
const threshold = z.nullable(
  z
    .strictObject({
      value: z.number(),
      quantile: z.optional(z.number()),
      falseAlarms: z.optional(z.number().check(z.gt(0), z.lt(0.5))),
      tail: z.optional(z.strictObject({ median: z.number().check(z.gte(0)), scale: positive })),
      images: z.int(),
    })
    .check(
      z.refine(
        ({ quantile, falseAlarms, tail }) => (quantile === undefined) === (tail !== undefined) && !falseAlarms === !tail,
        'a threshold has falseAlarms and a tail, or a quantile',
      ),
    ),
);

const sigma = z.number().check(z.gte(0));

export const smoothingSchema = z.strictObject({
  sigma: z.union([sigma, z.array(sigma).check(z.minLength(1))]),
  unit: z.enum(['pixels', 'side/64']),
});

const position = { floor: positive, median: z.string() };
const numbers = (count: number) => z.array(z.number()).check(z.length(count));
const appearance = { floor: positive, weights: numbers(55), means: numbers(9), deviations: numbers(9) };
const calibration = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal(['position', 'half-position']), ...position }),
  z.strictObject({ kind: z.literal('appearance'), ...appearance }),
  z.strictObject({ kind: z.literal('both'), position: z.strictObject(position), appearance: z.strictObject(appearance) }),
]) satisfies z.ZodMiniType<Calibration>;

const share = z.optional(z.number().check(z.gte(0)));

const size = { width: count, height: count };
const place = z.int().check(z.gte(0));
const range = z
  .strictObject({ black: z.number(), white: z.number() })
  .check(z.refine(({ black, white }) => black < white, 'black must be below white'));

/** As `rddpm.json` and a run's config hold it. */
export const preparationSchema = z.strictObject({
  crop: z.optional(z.strictObject({ x: place, y: place, ...size })),
  size: z.strictObject(size),
  fit: z.enum(['pad', 'crop', 'stretch']),
  channels,
  ranges: z.optional(z.strictObject({ uint16: z.optional(range), float: z.optional(range) })),
  tiles: z.optional(z.strictObject({ ...size, overlap: place })),
}) satisfies z.ZodMiniType<Preparation>;

const current = z.strictObject({
  version: z.literal(2),
  method: z.string(),
  input: z.strictObject({ ...size, channels }),
  preparation: z.optional(preparationSchema),
  config: z.unknown(),
  calibration: z.optional(calibration),
  criteria: z.optional(z.strictObject({ position: share, 'half-position': share, appearance: share, both: share })),
  smoothing: smoothingSchema,
  threshold,
  seed: z.int(),
});

/** Of version 1 all models were diffusion models, and square. What they were trained with isn't known, and doesn't matter any more. */
const first = z.pipe(
  z.strictObject({
    version: z.literal(1),
    size: count,
    channels,
    diffusion: z.unknown(),
    detection: z.looseObject({ smoothing: z.number().check(z.gte(0)) }),
    threshold,
    seed: z.int(),
    steps: z.nullable(z.int()),
  }),
  z.transform(({ size, channels, diffusion, detection: { smoothing, ...detection }, threshold, seed, steps }): ModelInfo => {
    return {
      version: 2,
      method: 'ddpm',
      input: { width: size, height: size, channels },
      config: { diffusion, detection, training: { steps: steps ?? undefined, timesteps: null } }, // version 1 trained all timesteps
      smoothing: { sigma: smoothing, unit: 'side/64' },
      threshold: threshold as Threshold | null,
      seed,
      upgraded: true,
    };
  }),
);

/** What `rddpm.json` is to hold. @param indent Spaces by level; on one line without. */
export function modelInfoText(info: ModelInfo, indent?: number): string {
  return JSON.stringify(withoutFields(info, 'upgraded'), null, indent);
}

/** @throws {FormatError} if the text is not what `rddpm.json` holds. @param source Named in errors, such as the file's path. */
export function parseModelInfo(text: string, source: string): ModelInfo {
  const { version } = parseJson(z.looseObject({ version: z.literal([1, 2]) }), text, source); // so that errors are those of its own version
  return parseJson(version === 1 ? first : current, text, source) as ModelInfo;
}

/**
 * A model's info out of the metadata of its file.
 *
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} if it is missing or not what it should be.
 */
export function modelInfoIn(metadata: Readonly<Record<string, string>>, source: string): ModelInfo {
  const text = metadata[MODEL_INFO];
  if (text === undefined) {
    throw new FormatError(`${source}: a network, but nothing says how images are prepared: its metadata lacks '${MODEL_INFO}'`);
  }
  return parseModelInfo(text, `${source}: the metadata's '${MODEL_INFO}'`);
}

/** All that the numbers of a type can be: of floats, what pictures usually have. */
export const WHOLE_RANGES = { uint16: { black: 0, white: 65535 }, float: { black: 0, white: 1 } } as const satisfies ValueRanges;

/** How pictures are prepared for a model. Those of earlier versions were stretched, and 16 bits and floats taken as they are. */
export function preparationOfModel({
  input: { width, height, channels },
  preparation,
}: Pick<ModelInfo, 'input' | 'preparation'>): Preparation {
  return preparation ?? { size: { width, height }, fit: 'stretch', channels, ranges: WHOLE_RANGES };
}
