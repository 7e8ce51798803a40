/** Methods that look through a network, with one field more in their configs: which network that is. */
import { readFile } from 'node:fs/promises';
import { padim, padimConcentrated, patchCore, randomMemory, softPatch } from '@rddpm/baselines';
import { ConfigError, FormatError } from '@rddpm/core';
import type { JsonSchema, Method } from '@rddpm/core/contracts';
import { configSchema, merged } from '@rddpm/core/schema';
import { featureCache, type OpenFeatures, onnxFeatures } from '@rddpm/features';
import * as z from 'zod/mini';

const side = z.int().check(z.gte(1));
const size = z.optional(z.strictObject({ width: side, height: side }, 'it must be such as {"width":224,"height":224}'));
const colour = z.optional(z.tuple([z.number(), z.number(), z.number()]));

const schema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('lite0'), blocks: z.optional(z.array(z.int())), size }),
  z.strictObject({
    name: z.literal('onnx'),
    file: z.string('--taps names tensors of an ONNX file: give that with --backbone FILE'),
    taps: z.array(
      z.string(),
      '--backbone needs --taps LIST: the tensors that are the maps, best those of 1/4, 1/8 and 1/16 of the sides (of a name that is not there, you are told those that are)',
    ),
    size,
    layout: z.optional(z.enum(['nchw', 'nhwc'])),
    mean: colour,
    std: colour,
    order: z.optional(z.enum(['rgb', 'bgr'])),
  }),
]);

/** The small network that comes with rddpm, or a file. What is left out is as `lite0Features` and `onnxFeatures` have it. */
type FeaturesConfig = z.output<typeof schema>;

type Featured<Config> = Config & { readonly features: FeaturesConfig };

const DEFAULT = { name: 'lite0' } as const;

export const FEATURE_METHODS: readonly Method[] = [
  featureMethod(padim),
  featureMethod(padimConcentrated),
  featureMethod(randomMemory),
  featureMethod(patchCore),
  featureMethod(softPatch),
] as readonly Method[];

/** A method on features, as `make` builds it, with a field `features` in its config that says which network gives them. */
function featureMethod<Config extends object, Model>(
  make: (open: OpenFeatures) => Omit<Method<Config, Model>, 'complete' | 'plan'>,
): Method<Featured<Config>, Model> {
  const { config: own, ...method } = make(openNone);
  const { name } = method;
  const looking = configSchema(z.looseObject({ features: schema }), {
    name,
    merge: (value, before) => merged(before ?? { features: DEFAULT }, value),
  });
  return {
    ...method,
    config: {
      parse(value, before) {
        const { features, ...rest } = looking.parse(value, before);
        return { ...own.parse(rest), features };
      },
      get json(): JsonSchema {
        return { ...own.json, properties: { ...(own.json.properties as object), ...(looking.json.properties as object) } };
      },
      affects(field, config) {
        if (field === 'features.file') return 'nothing'; // the model knows its network by a hash, so only the file's place can differ
        return field.split('.')[0] === 'features' ? 'fit' : own.affects(field, config);
      },
    },
    fit: (training, { features, ...config }, run) => make(opening(features)).fit(training, config as unknown as Config, run),
    scorer: (model, { features, ...config }, run) => make(opening(features)).scorer(model, config as unknown as Config, run),
  };
}

/** Stands in for features where a method is asked questions that need no images. */
async function openNone(): Promise<never> {
  throw new Error('the config says which features');
}

/** Features are kept for reuse: the fit, the threshold and the methods of a benchmark look at the same images. */
const cached = featureCache();

function opening(config: FeaturesConfig): OpenFeatures {
  return cached(async (run) => (config.name === 'lite0' ? await openLite0(config) : await openFile(config))(run));
}

async function openLite0({ name: _, ...options }: Extract<FeaturesConfig, { name: 'lite0' }>): Promise<OpenFeatures> {
  const { lite0Features } = await import('@rddpm/features-lite0').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new ConfigError(
      "features: the network 'lite0' is in the package @rddpm/features-lite0, which is not installed; give one of your own: --backbone FILE.onnx --taps a,b,c",
      { cause },
    );
  });
  return lite0Features(options);
}

async function openFile({ name: _, file, ...options }: Extract<FeaturesConfig, { name: 'onnx' }>): Promise<OpenFeatures> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new ConfigError(`--backbone ${file} can't be read: ${cause.code ?? cause.message}; it must be an ONNX file`, { cause });
  });
  const { openOnnx } = await import('@rddpm/backend/onnx');
  return (run) =>
    onnxFeatures({ ...options, bytes, open: openOnnx })(run).catch((cause) => {
      const message = `--backbone ${file}: ${cause.message}`;
      if (cause instanceof ConfigError) throw new ConfigError(message, { cause });
      throw cause instanceof FormatError ? new FormatError(message, { cause }) : cause;
    });
}
