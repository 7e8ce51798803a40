/** Reads and checks `results.json`: version 2, and the files of before, which have no version and describe diffusion models only. */
import { parseJson } from '@rddpm/core/schema';
import { METRICS, type MetricInfo, type MetricPath } from '@rddpm/metrics';
import * as z from 'zod/mini';
import type {
  Cell,
  Comparison,
  Curve,
  DefectScores,
  Environment,
  FailedCell,
  Interval,
  MethodResult,
  Protocol,
  ReconstructionScores,
  ResultScores,
  Results,
} from './results.ts';

/**
 * Parses the text of a `results.json`. In a file without a version, the loss, the selection and the steps of a method become its `facts`,
 * and `size`, which was one number, becomes width and height.
 *
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} naming each field that is wrong, missing or unknown.
 */
export function parseResults(text: string, source: string): Results {
  const { version } = parseJson(z.looseObject({ version: z.optional(z.literal(2)) }), text, source); // first, so that errors speak of the file's own version alone
  return parseJson(version === 2 ? resultsSchema : unversionedSchema, text, source);
}

/** A schema for each field of `T`, optional ones too. The compiler rejects a table that lacks a field or has another one. */
type Fields<T> = { [Field in keyof Required<T>]: z.ZodMiniType<T[Field]> };

const metric = z.nullable(z.number());
const count = z.int().check(z.gte(0));
const side = z.int().check(z.gte(1));

/**
 * Metrics that every file of version 2 has. Those that joined the catalogue later are missing from older files, and are read as null;
 * so nothing may be added to this list.
 */
const ALWAYS: readonly MetricPath[] = [
  'pixel.auroc',
  'pixel.averagePrecision',
  'pixel.auPro30',
  'pixel.auPro05',
  'pixel.f1Max',
  'pixel.prevalence',
  'image.auroc',
  'image.averagePrecision',
];

function metricsOf<Values>(level: MetricInfo['level']): z.ZodMiniType<Values> {
  const fields = METRICS.filter((each) => each.level === level).map(({ name, path }) => [
    name,
    ALWAYS.includes(path) ? metric : z._default(metric, null),
  ]);
  return z.strictObject(Object.fromEntries(fields)) as unknown as z.ZodMiniType<Values>;
}

const scores = {
  pixel: metricsOf('pixel'),
  image: metricsOf('image'),
  reconstruction: z.optional(z.strictObject({ mse: metric, psnr: metric } satisfies Fields<ReconstructionScores>)),
  undefined: z.optional(z.record(z.string(), z.string())),
} satisfies Fields<ResultScores>;

const defects = z.array(z.strictObject({ ...scores, name: z.string(), seenInTraining: z.boolean(), count } satisfies Fields<DefectScores>));

const curve = z.strictObject({
  name: z.string(),
  x: z.string(),
  points: z.array(z.tuple([z.number(), z.nullable(z.number())])),
} satisfies Fields<Curve>);

const contamination = z.union([z.number(), z.literal('natural')]);

const interval = { low: z.number(), high: z.number() } satisfies Fields<Interval>;

const method = z.strictObject({
  ...scores,
  name: z.string(),
  contamination: z.optional(contamination),
  role: z.enum(['method', 'reference']),
  facts: z.record(z.string(), z.unknown()),
  timing: z.record(z.string(), z.number()),
  intervals: z.optional(z.record(z.string(), z.strictObject(interval))),
  curves: z.array(curve),
  defects,
} satisfies Fields<MethodResult>);

const cell = z.strictObject({ ...scores, method: z.string(), contamination, seed: z.int() } satisfies Fields<Cell>);

const failedCell = z.strictObject({
  method: z.string(),
  contamination,
  seed: z.int(),
  why: z.string(),
} satisfies Fields<FailedCell>);

const comparison = z.strictObject({
  ...interval,
  method: z.string(),
  against: z.string(),
  contamination,
  metric: z.string(),
  seeds: count,
  difference: z.number(),
  pValue: z.number(),
  adjustedPValue: z.number(),
} satisfies Fields<Comparison>);

const protocol = {
  size: z.strictObject({ width: side, height: side }),
  contamination: z.union([contamination, z.array(contamination)]),
  of: z.enum(['normals', 'total']),
  overlap: z.boolean(),
  seed: z.union([z.int(), z.array(z.int())]),
  images: z.optional(z.strictObject({ train: count, contaminants: count, testGood: count, testDefective: count })),
} satisfies Fields<Protocol>;

const environment = z.strictObject({
  node: z.string(),
  platform: z.string(),
  cpu: z.string(),
  backend: z.string(),
  versions: z.record(z.string(), z.string()),
  date: z.string(),
} satisfies Fields<Environment>);

const results = {
  version: z.literal(2),
  dataset: z.string(),
  protocol: z.looseObject(protocol),
  methods: z.array(method),
  cells: z.array(cell),
  failed: z.optional(z.array(failedCell)),
  comparisons: z.optional(z.array(comparison)),
  environment,
} satisfies Fields<Results>;

const resultsSchema = z.strictObject(results);

const named = z.looseObject({ name: z.string() });
const rate = z.nullable(z.number()); // null for a run that reported nothing

const trained = z.pipe(
  z.strictObject({
    ...scores,
    kind: z.literal('trained'),
    name: z.string(),
    loss: named,
    selection: z.optional(named),
    steps: count,
    timing: z.strictObject({ secondsPerStep: rate, imagesPerSecond: rate }),
    defects,
  }),
  z.transform(({ kind: _, loss, selection, steps, timing, ...rest }): MethodResult => {
    const known = Object.entries(timing).filter((entry): entry is [string, number] => entry[1] !== null);
    return {
      ...rest,
      role: 'method',
      facts: { loss, ...(selection && { selection }), steps },
      timing: Object.fromEntries(known),
      curves: [],
    };
  }),
);

const baseline = z.pipe(
  z.strictObject({ ...scores, kind: z.literal('baseline'), name: z.string(), loss: z.null(), defects }),
  z.transform(({ kind: _, loss: __, ...rest }): MethodResult => ({ ...rest, role: 'reference', facts: {}, timing: {}, curves: [] })),
);

/** Written before there were versions. */
const unversionedSchema = z.pipe(
  z.strictObject({
    dataset: results.dataset,
    protocol: z.looseObject({ ...protocol, size: side }),
    methods: z.array(z.discriminatedUnion('kind', [trained, baseline])),
    cells: results.cells,
    environment,
  }),
  z.transform(({ protocol, ...rest }): Results => {
    const { size, ...settings } = protocol;
    return { version: 2, ...rest, protocol: { ...settings, size: { width: size, height: size } } };
  }),
);
