/** The method and the config of a run: options that were typed count over those of an earlier run, and these over the defaults. */
import { ConfigError } from '@rddpm/core';
import type { Method, Recipe, Size } from '@rddpm/core/contracts';
import { merged } from '@rddpm/core/schema';
import { DEFAULT_FOLDS } from '@rddpm/data';
import { DEFAULT_NETWORK, diffusionMethodName, parseSelection } from '@rddpm/diffusion';
import { createLoss, LOSS_NAMES, type LossConfig } from '@rddpm/losses/config';
import { DEFAULT_FALSE_ALARMS, DEFAULT_SMOOTHING, tilesOf } from '@rddpm/maps';
import { completed, type DataConfig, inputFor, methodNamed, type Registry, type RunConfig } from '@rddpm/study';
import { UNET_PRESETS, type UNetPreset } from '@rddpm/unet';
import { InvalidArgumentError } from 'commander';
import { assertTaken, type CalibrationFlags, changesFor, type MethodFlags, namingOptions } from './method-options.ts';
import { type BackendFlags, type DataFlags, type FalseAlarmsFlags, type NamedConfig, namedConfig, type SmoothingFlags } from './options.ts';

export type RunFlags = MethodFlags &
  DataFlags &
  SmoothingFlags &
  CalibrationFlags &
  FalseAlarmsFlags &
  BackendFlags & {
    method?: string;
    loss?: NamedConfig;
    /** Null for `--selection none`. */
    selection?: NamedConfig | null;
    contamination?: DataConfig['contamination'];
    seed?: number;
    recipe?: string;
  };

/**
 * @returns The method, the run's config, and as `open` the method's config before fields that depend on others were filled in.
 * @throws {ConfigError} for options that contradict each other, that the method hasn't got, or that can't work.
 */
export function resolveRun(
  dataset: string,
  flags: RunFlags,
  registry: Registry,
  stored?: RunConfig,
): { method: Method; config: RunConfig; open: unknown } {
  const method = methodNamed(registry, methodName(flags, stored), '--method');
  if (!method.accepts.includes('image')) {
    throw new ConfigError(`--method ${method.name} doesn't take images, which the data set has; it takes ${method.accepts.join(', ')}`);
  }
  const before = stored?.method === method.name ? stored.config : undefined;
  const config = resolveConfig(method, flags, registry, before);
  const earlier = stored ?? recipeOf(flags, registry); // a run that goes on keeps its settings, whatever recipe is named
  const said = {
    ...RUN_DEFAULTS,
    ...given<Partial<RunConfig>, (typeof RUN_FIELDS)[number]>(earlier, RUN_FIELDS),
    ...given(flags, RUN_FIELDS),
  };
  const contamination = flags.contamination ?? stored?.data.contamination ?? 0;
  const resolved: RunConfig = {
    version: 2,
    dataset,
    layout: said.layout,
    seed: said.seed,
    data: { ...resolveData(flags, stored?.data), contamination },
    method: method.name,
    config,
    calibration: said.calibration,
    falseAlarms: said.falseAlarms,
    smoothing: said.smoothing,
    backend: said.backend,
  };
  const input = inputFor(method, config, resolved.data);
  return { method, config: { ...resolved, config: namingOptions(flags, () => completed(method, config, input)) }, open: config };
}

/** The method's config with the options in it. @param before The config of the run that goes on, which the options change. */
export function resolveConfig(
  method: Method,
  flags: Pick<RunFlags, 'loss' | 'selection' | 'recipe'> & MethodFlags,
  registry: Pick<Registry, 'methods' | 'recipes'>,
  before?: unknown,
): unknown {
  assertNetwork(flags);
  const { loss, selection } = flags;
  if (selection) parseSelection(selection, '--selection'); // for its better message
  const wanted = { ...(loss && { loss }), ...(selection && { selection }) };
  const recipe = before === undefined ? recipeFor(method, recipeOf(flags, registry)) : {}; // a run that goes on keeps its settings
  const { changes, left } = changesFor(method, flags, merged(recipe, wanted) as object);
  assertTaken([{ method, left }], registry);
  return namingOptions(flags, () => method.config.parse(changes, before));
}

/** @throws {ConfigError} if there is none of this name, with those that there are. */
export function recipeOf({ recipe: name }: Pick<RunFlags, 'recipe'>, { recipes }: Pick<Registry, 'recipes'>): Recipe | undefined {
  const recipe = recipes.find((recipe) => recipe.name === name);
  if (recipe || name === undefined) return recipe;
  throw new ConfigError(`--recipe: '${name}' is unknown; the recipes are ${recipes.map(({ name }) => name).join(', ')}`);
}

/** Those settings of a recipe whose fields the method has. */
function recipeFor(method: Method, recipe: Recipe | undefined): object {
  return fieldsTaken(method.config.parse(undefined), recipe?.config ?? {});
}

/** Those of `fields` that a config has set; for a fused method, by part. */
function fieldsTaken(config: unknown, fields: Readonly<Record<string, unknown>>): object {
  const has = config as Readonly<Record<string, unknown>>;
  const own = Object.fromEntries(Object.entries(fields).filter(([field]) => has[field] !== undefined && has[field] !== null));
  if (!has.parts) return own;
  return { ...own, parts: Object.fromEntries(Object.entries(has.parts).map(([name, part]) => [name, fieldsTaken(part, fields)])) };
}

function assertNetwork({ network, widths }: MethodFlags): void {
  if (network !== undefined && widths !== undefined) {
    throw new ConfigError(`--widths are the default network's, but --network is ${network}; leave one of them out`);
  }
}

/** The method with the best results so far (docs/recipe.md). */
const DEFAULT_METHOD = 'rddpm-concentrated';

/** The calibration of new runs. */
export const DEFAULT_CALIBRATION = 'auto' satisfies RunConfig['calibration'];

const RUN_DEFAULTS = {
  seed: 0,
  calibration: DEFAULT_CALIBRATION,
  falseAlarms: DEFAULT_FALSE_ALARMS,
  smoothing: DEFAULT_SMOOTHING,
  backend: 'auto',
} satisfies Partial<RunConfig>;

/** Fields of a run, beside its data and its method's config, that options, an earlier run or a recipe may set. */
const RUN_FIELDS = ['layout', 'seed', 'calibration', 'falseAlarms', 'smoothing', 'backend'] as const;

const DEFAULT_SIDE = UNET_PRESETS[DEFAULT_NETWORK].sampleSize;

/** The data part of a config. A network of the literature brings the size that it was published with. */
export function resolveData(flags: DataFlags & MethodFlags, stored?: DataConfig): Omit<DataConfig, 'contamination'> {
  const network = flags.network as UNetPreset | undefined;
  const square = (side: number): Size => ({ width: side, height: side });
  const size = flags.size ?? stored?.size ?? square(network ? UNET_PRESETS[network].sampleSize : DEFAULT_SIDE);
  const said = { ...DATA_DEFAULTS, ...given(stored, DATA_FIELDS), ...given(flags as Partial<DataConfig>, DATA_FIELDS) };
  if (said.tiles) assertTiles(size, said.tiles);
  return { ...given(said, OPEN), size, ...(given(said, DEFAULTED) as typeof said) };
}

const DATA_DEFAULTS = {
  channels: 3,
  fit: 'pad',
  ranges: 'measured',
  of: 'normals',
  overlap: false,
  spread: 'images',
  shortage: 'error',
  folds: DEFAULT_FOLDS,
  fold: 0,
  skipBroken: false,
} as const satisfies Partial<DataConfig>;

/** @throws {ConfigError} for tiles that a frame of this size can't be cut into. */
function assertTiles(size: Size, tiles: NonNullable<DataConfig['tiles']>): void {
  try {
    tilesOf(size, tiles);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new ConfigError(cause.message.replace('tilesOf: ', '--tiles: ').replace('the frame', '--size'), { cause });
  }
}

const DEFAULTED = Object.keys(DATA_DEFAULTS) as (keyof typeof DATA_DEFAULTS)[];

/** Fields without a default. */
const OPEN = ['crop', 'tiles', 'kinds', 'severity', 'labelNoise', 'splitList', 'manifest', 'trust'] as const;

const DATA_FIELDS = [...OPEN, ...DEFAULTED] as const;

/** The named fields of `values` that are defined. */
function given<T extends object, K extends keyof T>(values: T | undefined, names: readonly K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(names.flatMap((name) => (values?.[name] === undefined ? [] : [[name, values[name]]]))) as Partial<Pick<T, K>>;
}

/** The method's name as typed, or the name of the diffusion method with the loss and selection that were typed. */
function methodName({ method, loss, selection }: RunFlags, stored?: RunConfig): string {
  if (method !== undefined) {
    if (loss || selection !== undefined) throw new ConfigError('--method names the whole method; leave --loss and --selection out');
    return method;
  }
  if (!loss && selection === undefined) return stored?.method ?? DEFAULT_METHOD;
  if (loss) assertLoss(loss);
  const before = stored?.config as { loss?: LossConfig; selection?: object | null } | undefined;
  return diffusionMethodName(
    (loss?.name ?? before?.loss?.name ?? 'mse') as LossConfig['name'],
    Boolean(selection === undefined ? before?.selection : selection),
  );
}

/** @throws {ConfigError} for an unknown name, in the words of `createLoss`. */
function assertLoss(loss: NamedConfig): void {
  if (!(LOSS_NAMES as readonly string[]).includes(loss.name)) createLoss(loss as LossConfig);
}

export function selection(text: string): NamedConfig | null {
  return text === 'none' ? null : namedConfig(text);
}

/** Reads `--loss 'soft={"name":"huber","delta":1}'`: another row, called 'soft', of the diffusion method with this loss. */
export function ownRow(text: string, before: Readonly<Record<string, NamedConfig>> = {}): Record<string, NamedConfig> {
  const [, name, config] = /^([\w-]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || config === undefined) throw new InvalidArgumentError('It must be a name, =, and a loss.');
  if (name in before) throw new InvalidArgumentError(`There is a row '${name}' already.`);
  const loss = namedConfig(config);
  return { ...before, [name]: loss };
}

/** The rows of a benchmark with their whole configs. Each option goes to the rows whose methods have its field. */
export function resolveRows(
  rows: readonly { readonly name?: string; readonly method: string; readonly config?: unknown }[],
  flags: MethodFlags & Pick<RunFlags, 'selection' | 'recipe'>,
  registry: Registry,
) {
  assertNetwork(flags);
  const { selection } = flags;
  if (selection) parseSelection(selection, '--selection');
  if (selection !== undefined && !selection) throw new ConfigError('--selection none: leave the concentrated methods out instead');
  const resolved = rows.map((row) => {
    const method = methodNamed(registry, row.method, '--methods');
    const chosen = selection ? fieldsTaken(method.config.parse(undefined), { selection }) : {};
    const wanted = merged(recipeFor(method, recipeOf(flags, registry)), chosen) as object;
    const { changes, left } = changesFor(method, flags, wanted, (row.config ?? {}) as object);
    return { row: { ...row, config: namingOptions(flags, () => method.config.parse(changes)) }, method, left };
  });
  assertTaken(resolved, registry);
  return resolved.map(({ row }) => row);
}

/** The row for `--loss name=config`. */
export function rowOfLoss(name: string, loss: NamedConfig) {
  assertLoss(loss);
  return { name, method: diffusionMethodName(loss.name as LossConfig['name'], false), config: { loss } };
}
