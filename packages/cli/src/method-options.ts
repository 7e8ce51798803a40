/** Options that set a field of a method's config, by the field's path: a method takes those whose fields it has. */
import { resolve } from 'node:path';
import { ConfigError, PREDICTION_TYPES } from '@rddpm/core';
import { AUGMENTATIONS } from '@rddpm/core/augmentation';
import type { JsonSchema, Method } from '@rddpm/core/contracts';
import { merged } from '@rddpm/core/schema';
import { DEFAULT_NETWORK, unetShape, WARMUP_STEPS } from '@rddpm/diffusion';
import { lossJsonSchema } from '@rddpm/losses/config';
import { CALIBRATIONS } from '@rddpm/maps';
import { SPACINGS } from '@rddpm/scheduler';
import type { Registry, RunConfig } from '@rddpm/study';
import { LEARNING_RATE_SCHEDULES, TIMESTEP_WEIGHTINGS, type TimestepRange } from '@rddpm/trainer';
import { createUNet, UNET_PRESETS, type UNetPreset } from '@rddpm/unet';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { choice, list, number, oneOf, wholeNumber } from './option-values.ts';

type MethodOption = {
  readonly flags: string;
  readonly description: string;
  readonly path: string;
  /** The field belongs to one of several alternatives, such as one of the samplers: the name of that one, which the option chooses, too. */
  readonly of?: string;
  /** The value is a file's path, which becomes an absolute one. */
  readonly isFile?: boolean;
  readonly parse?: (text: string) => unknown;
  readonly choices?: readonly string[];
  /** Turns the option's value into the field's. */
  readonly toField?: (value: never) => unknown;
};

const named = (name: string) => ({ name });

/** The names of the losses whose configs have this field. */
function lossesWith(field: string): string {
  const schemas = lossJsonSchema.oneOf as readonly { readonly properties: Readonly<Record<string, JsonSchema>> }[];
  return schemas.flatMap(({ properties }) => (properties[field] ? [properties.name!.const] : [])).join(', ');
}

/** Options of training. */
const FIT_OPTIONS: readonly MethodOption[] = [
  {
    flags: '--delta <delta>',
    description: `of the losses ${lossesWith('delta')}: the residual from which on they are linear, in units of the noise`,
    path: 'loss.delta',
    parse: number({ least: 0 }),
  },
  {
    flags: '--keep <share>',
    description: `of the losses ${lossesWith('keep')}: the share of the residuals that counts in full`,
    path: 'loss.keep',
    parse: number({ above: 0, most: 1 }),
  },
  {
    flags: '--network <name>',
    description: `the network that is trained (default: ${DEFAULT_NETWORK})`,
    path: 'network',
    choices: Object.keys(UNET_PRESETS),
    toField: (name: UNetPreset) => unetShape(createUNet(UNET_PRESETS[name]).config),
  },
  {
    flags: '--widths <list>',
    description: "the network's channels, level by level",
    path: 'network.blockOutChannels',
    parse: list(wholeNumber(1)),
  },
  {
    flags: '--schedule <name>',
    description: 'how noise grows with time',
    path: 'diffusion.schedule',
    choices: ['linear', 'scaled-linear', 'cosine', 'sigmoid'],
    toField: named,
  },
  {
    flags: '--zero-terminal-snr',
    description: 'nothing is left of an image at the last timestep; best with --prediction v_prediction',
    path: 'diffusion.schedule.zeroTerminalSnr',
  },
  {
    flags: '--prediction <what>',
    description: 'what the network learns to predict',
    path: 'diffusion.prediction',
    choices: PREDICTION_TYPES,
  },
  {
    flags: '--noise <kind>',
    description: 'what images are noised with',
    path: 'diffusion.noise',
    choices: ['gaussian', 'simplex', 'pyramid'],
    toField: named,
  },
  { flags: '--steps <n>', description: 'training steps', path: 'training.steps', parse: wholeNumber(1) },
  { flags: '--batch <n>', description: 'images per step', path: 'training.batchSize', parse: wholeNumber(1) },
  { flags: '--learning-rate <rate>', description: 'learning rate of AdamW', path: 'training.learningRate', parse: number({ above: 0 }) },
  {
    flags: '--learning-rate-schedule <name>',
    description: 'how the rate goes on after its warm-up',
    path: 'training.learningRateSchedule',
    choices: LEARNING_RATE_SCHEDULES,
  },
  {
    flags: '--warmup <steps>',
    description: `steps over which the learning rate grows (default: ${WARMUP_STEPS}, or a tenth of the steps if that is less)`,
    path: 'training.warmupSteps',
    parse: wholeNumber(0),
  },
  {
    flags: '--ema-decay <share>',
    description: 'decay of the moving average of the weights',
    path: 'training.emaDecay',
    parse: number({ least: 0 }),
  },
  {
    flags: '--timesteps <range>',
    description: 'timesteps that are trained: asked (those that detection asks about, and a third more), all, or a range such as 0-250',
    path: 'training.timesteps',
    parse: timestepRange,
    toField: (range: TimestepRange | 'asked' | 'all') => (range === 'all' ? null : range),
  },
  {
    flags: '--weighting <how>',
    description: 'how much an error counts by its timestep',
    path: 'training.weighting',
    choices: TIMESTEP_WEIGHTINGS,
  },
  {
    flags: '--augment <list>',
    description: `how training images may also be shown, for parts that lie or are lit in other ways, too: ${AUGMENTATIONS.join(', ')} (default: as they are)`,
    path: 'training.augment',
    parse: list(oneOf(AUGMENTATIONS)),
  },
  { flags: '--weight-decay <rate>', description: 'weight decay of AdamW', path: 'training.weightDecay', parse: number({ least: 0 }) },
  {
    flags: '--checkpoint-every <steps>',
    description: 'how often the state is saved',
    path: 'training.checkpointEvery',
    parse: wholeNumber(1),
  },
  {
    flags: '--taps <list>',
    description: "of --backbone: names of the tensors that are the maps, best those of 1/4, 1/8 and 1/16 of the picture's sides",
    path: 'features.taps',
    of: 'onnx',
    parse: list(String),
  },
];

function timestepRange(text: string): TimestepRange | 'asked' | 'all' {
  if (text === 'asked' || text === 'all') return text;
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text.trim()) ?? [];
  if (Number(from) < Number(to)) return { from: Number(from), to: Number(to) };
  throw new InvalidArgumentError('It must be asked, all, or two whole numbers, such as 0-250, of which the first is below the second.');
}

/** Options of detection, and of where the network of features lies. */
const SCORE_OPTIONS: readonly MethodOption[] = [
  {
    flags: '--reading <how>',
    description: 'walk: a chain there and back; steps: one step each at several timesteps',
    path: 'detection.reading',
    choices: ['walk', 'steps'],
  },
  {
    flags: '--at <timesteps>',
    description: 'timesteps of --reading steps (default: five that follow from the image size)',
    path: 'detection.timesteps',
    parse: list(wholeNumber(0)),
  },
  {
    flags: '--forward-steps <n>',
    description: 'by how many steps an image is noised',
    path: 'detection.forwardSteps',
    parse: wholeNumber(1),
  },
  {
    flags: '--reverse-steps <n>',
    description: 'how many steps the chain undoes; unless it is given, as many as --forward-steps',
    path: 'detection.reverseSteps',
    parse: wholeNumber(1),
  },
  { flags: '--evaluations <n>', description: 'network evaluations on the way back', path: 'detection.evaluations', parse: wholeNumber(1) },
  {
    flags: '--sampler <name>',
    description: 'how the chain goes back',
    path: 'detection.sampler',
    choices: ['ddim', 'ddpm', 'dpm-solver++'],
    toField: named,
  },
  {
    flags: '--eta <share>',
    description: 'of --sampler ddim: the share of noise on the way back; 1 is as much as ddpm adds',
    path: 'detection.sampler.eta',
    parse: number({ least: 0, most: 1 }),
  },
  { flags: '--spacing <name>', description: 'how the evaluations are spread', path: 'detection.spacing', choices: SPACINGS },
  { flags: '--encode <how>', description: 'how an image is noised', path: 'detection.encode', choices: ['noise', 'inversion'] },
  { flags: '--draws <n>', description: 'noise draws to average over', path: 'detection.draws', parse: wholeNumber(1) },
  {
    flags: '--backbone <file>',
    description: 'an ONNX network to look through, instead of the small one that comes with rddpm',
    path: 'features.file',
    of: 'onnx',
    isFile: true,
  },
];

/** Values of the options, by commander's names, and those of `--set`. */
export type MethodFlags = Readonly<Record<string, unknown>> & { readonly set?: readonly FieldChange[] };

export type FieldChange = { readonly path: string; readonly value: unknown };

export type MethodOptionsFor = {
  /** 'all': options of training and scoring, with their defaults in the help. 'score': options of scoring alone, whose defaults are the model's own. */
  readonly what: 'all' | 'score';
  /** The folder that paths are relative to. */
  readonly cwd: string;
};

export function addMethodOptions(command: Command, { methods }: Pick<Registry, 'methods'>, { what, cwd }: MethodOptionsFor): Command {
  const example = what === 'all' ? 'training.emaDecay=0.99' : 'detection.error=absolute';
  for (const option of what === 'all' ? [...FIT_OPTIONS, ...SCORE_OPTIONS] : SCORE_OPTIONS)
    command.addOption(toOption(option, what === 'all' ? methods : [], cwd));
  return command.option('--set <field=value>', `any field of a method's config, such as ${example}; repeatable`, fieldChange);
}

export type CalibrationFlags = { calibration?: RunConfig['calibration'] };

export function addCalibrationOption(command: Command): Command {
  return command.addOption(
    choice(
      '--calibration <how>',
      'what maps are divided by: what is normal at each position, the square root of that (half-position), what is normal for what is seen there (appearance), or both; auto takes what helps most (default: auto)',
      CALIBRATIONS,
    ),
  );
}

/** `--recipe`: settings by name, over which options count. */
export function addRecipeOption(command: Command, { recipes }: Pick<Registry, 'recipes'>): Command {
  const texts = recipes.map(({ name, description }) => `${name} (${description})`).join('; ');
  return command.option('--recipe <name>', `settings of an earlier version; options go before them: ${texts}`);
}

function toOption({ flags, description, path, isFile, parse, choices }: MethodOption, methods: readonly Method[], cwd: string): Option {
  const place = path.split('.');
  const first = methods.find((method) => valueAt(defaultsOf(method), place) !== undefined);
  const byDefault = first && valueAt(defaultsOf(first), place);
  const shown = isRecord(byDefault) ? byDefault.name : byDefault;
  const text =
    shown === undefined || shown === null || description.includes('default') ? description : `${description} (default: ${shown})`;
  if (choices) return choice(flags, text, choices);
  if (isFile) return new Option(flags, text).argParser((file) => resolve(cwd, file));
  return parse ? new Option(flags, text).argParser(parse) : new Option(flags, text);
}

const defaults = new WeakMap<Method, unknown>();

/** Kept, since parsing a method's default config takes milliseconds and each of many options asks for it. */
function defaultsOf(method: Method): unknown {
  const known = defaults.get(method) ?? method.config.parse(undefined);
  defaults.set(method, known);
  return known;
}

function fieldChange(text: string, before: readonly FieldChange[] = []): FieldChange[] {
  const [, path, value] = /^([\w.-]+)=(.*)$/s.exec(text) ?? [];
  if (path === undefined || value === undefined) throw new InvalidArgumentError('It must be a field, =, and its value.');
  return [...before, { path, value: jsonOrText(value) }];
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** An option that was given: its name, and the field that it changes. */
type Given = FieldChange & Pick<MethodOption, 'of'> & { readonly flag: string };

function given(flags: MethodFlags): Given[] {
  const options = [...FIT_OPTIONS, ...SCORE_OPTIONS].flatMap(({ flags: text, path, of, toField }): Given[] => {
    const option = new Option(text);
    const value = flags[option.attributeName()];
    return value === undefined ? [] : [{ flag: option.long!, path, of, value: toField ? toField(value as never) : value }];
  });
  return [...options, ...(flags.set ?? []).map((change) => ({ ...change, flag: `--set ${change.path}` }))];
}

/**
 * The changes that the options make in a method's config; in a fused method, in the configs of all parts that have the field. Options for fields that the method
 * lacks, and for fields that the row sets itself, are left out.
 *
 * @param changes Other changes, over which options count.
 * @param own Changes that count over options: a row of a benchmark keeps the field that it varies.
 */
export function changesFor(
  method: Method,
  flags: MethodFlags,
  changes: object = {},
  own: object = {},
): { readonly changes: object; readonly left: readonly Given[] } {
  const left: Given[] = [];
  let all: unknown = changes;
  const options = given(flags);
  const { json } = method.config;
  let before: unknown = options.length > 0 && withoutOptions(merged(changes, own) as object, method);
  for (const option of options) {
    const places = placesOf(json, before, option).filter((place) => valueAt(own, place) === undefined);
    if (places.length === 0) left.push(option);
    for (const place of places) {
      const chosen = chosenBy(option, place);
      all = merged(all, merged(chosen, nested(place, option.value)));
      before = merged(before, chosen);
    }
  }
  return { changes: merged(all, own) as object, left };
}

/** The alternative that has the option's field, such as the sampler that has `eta`. */
const chosenBy = ({ of }: Given, place: Place): object => (of === undefined ? {} : nested(nameBeside(place), of)) as object;

const nameBeside = (place: Place): Place => [...place.slice(0, -1), 'name'];

/** The config without the options. Changes that are invalid by themselves are ignored here; the schema reports them once all are together. */
function withoutOptions(changes: object, method: Method): unknown {
  try {
    return method.config.parse(changes);
  } catch {
    return defaultsOf(method);
  }
}

/** @throws {ConfigError} for options whose fields no method of `rows` has, with methods that have them. */
export function assertTaken(
  rows: readonly { readonly method: Method; readonly left: readonly Given[] }[],
  { methods }: Pick<Registry, 'methods'>,
): void {
  const [first] = rows;
  const nobodys = first?.left.find((option) => rows.every(({ left }) => left.some(({ flag }) => flag === option.flag)));
  if (!nobodys) return;
  const has = (method: Method) => placesOf(method.config.json, defaultsOf(method), nobodys).length > 0;
  if (rows.some(({ method }) => has(method)))
    throw new ConfigError(`${nobodys.flag} would change nothing: each row says its own ${nobodys.path}`);
  const asked = [...new Set(rows.map(({ method }) => method))];
  const whose =
    renamedTo(nobodys.path, [...asked, ...methods]) ??
    belongsTo(methods.filter(has)) ??
    belongsToAlternative(nobodys.path, asked, methods) ??
    'no method has it';
  const names = new Intl.ListFormat('en').format(asked.map(({ name }) => name));
  throw new ConfigError(`${nobodys.flag} sets ${nobodys.path}, which ${names} ${asked.length > 1 ? 'have' : 'has'} not; ${whose}`);
}

function renamedTo(path: string, methods: readonly Method[]): string | undefined {
  const name = methods.map(({ config }) => config.earlierNames?.[path]).find((name) => name !== undefined);
  return name && `it is called ${[...path.split('.').slice(0, -1), name].join('.')} now`;
}

function belongsTo(methods: readonly Method[]): string | undefined {
  if (methods.length === 0) return undefined;
  const names = new Intl.ListFormat('en').format(methods.slice(0, 6).map(({ name }) => name));
  return `it belongs to ${names}${methods.length > 6 ? ', …' : ''}`;
}

/** Says which alternative has a field that the alternatives lack which methods choose by default, and by which option it is chosen. */
function belongsToAlternative(path: string, asked: readonly Method[], methods: readonly Method[]): string | undefined {
  const alternativeOf = ({ config }: Method) => alternativeWith(config.json, path.split('.'));
  const alternative = [...asked, ...methods].map(alternativeOf).find((found) => found !== undefined);
  if (!alternative) return undefined;
  const { at, name } = alternative;
  const option = [...SCORE_OPTIONS, ...FIT_OPTIONS].find(({ of, path }) => of === name && path.startsWith(`${at}.`));
  const chosen = `${at} '${name}'${option ? ` (${new Option(option.flags).long})` : ''}`;
  return asked.some(alternativeOf)
    ? `it belongs to ${chosen}`
    : `${belongsTo(methods.filter((method) => alternativeOf(method)))}, with ${chosen}`;
}

/** The first of a schema's alternatives that has a field, wherever it is in the schema: the path at which it is chosen, and its name. */
function alternativeWith(
  schema: JsonSchema,
  [key, ...rest]: Place,
  at: Place = [],
): { readonly at: string; readonly name: string } | undefined {
  const branches = (schema.oneOf ?? schema.anyOf) as readonly JsonSchema[] | undefined;
  for (const branch of branches ?? [schema]) {
    const { properties = {} } = branch as { readonly properties?: Readonly<Record<string, JsonSchema>> };
    const field = properties[key!];
    if (!field) continue;
    const name = properties.name?.const;
    const found =
      rest.length > 0 ? alternativeWith(field, rest, [...at, key!]) : branches && typeof name === 'string' && { at: at.join('.'), name };
    if (found) return found;
  }
  return undefined;
}

/** @throws {ConfigError} for options that would need another fit, since the model is trained already. */
export function assertScoresOnly({ method, config }: { readonly method: Method; readonly config: unknown }, flags: MethodFlags): void {
  const options = given(flags);
  for (const { flag, path, of } of options) {
    const place = path.split('.');
    const name = valueAt(config, nameBeside(place));
    if (of !== undefined && name !== undefined && name !== of)
      throw new ConfigError(`${flag} is of ${place.at(-2)} '${of}'; the model was fitted with '${name}', and can't be asked with others`);
  }
  const isOfFit = (option: Given) =>
    placesOf(method.config.json, config, option).some((place) => !['score', 'nothing'].includes(method.config.affects(place.join('.'))));
  const fits = options.find(isOfFit);
  if (fits) throw new ConfigError(`${fits.flag} sets ${fits.path}, which the model was fitted with; it can't be changed any more`);
}

/** Runs `parse`. If it fails, its message names the option that was typed in place of the field's path. */
export function namingOptions<T>(flags: MethodFlags, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const message = given(flags).reduce(
      (text, { path, flag }) => text.replace(new RegExp(`^[\\w-]+: ${path.replaceAll('.', '\\.')}(?=[ :])`), flag),
      error.message,
    );
    throw message === error.message ? error : new ConfigError(message, { cause: error });
  }
}

type Place = readonly string[];

/** The configs that have an option's field, once the option has chosen the alternative: the config itself, or those parts of a fused method. */
function placesOf(schema: JsonSchema, config: unknown, option: Given): readonly Place[] {
  const place = option.path.split('.');
  const parts = isRecord(config) && isRecord(config.parts) ? Object.keys(config.parts) : [];
  const places = [place, ...parts.map((part) => ['parts', part, ...place])];
  return places.filter((place) => hasField(schema, merged(config, chosenBy(option, place)), place));
}

/** Whether a config may have a field, set or not. Where the schema has alternatives, the one with the config's name counts. */
function hasField(schema: JsonSchema, config: unknown, [key, ...rest]: Place): boolean {
  if (key === undefined) return true;
  if (!isRecord(config)) return false;
  const { properties } = branchOf(schema, config) as { readonly properties?: Readonly<Record<string, JsonSchema>> };
  return (key in config || properties?.[key] !== undefined) && (rest.length === 0 || hasField(properties?.[key] ?? {}, config[key], rest));
}

function branchOf(schema: JsonSchema, config: Readonly<Record<string, unknown>>): JsonSchema {
  const branches = (schema.oneOf ?? schema.anyOf) as readonly JsonSchema[] | undefined;
  if (!branches) return schema;
  const isOurs = ({ properties }: JsonSchema) => {
    const name = (properties as Readonly<Record<string, JsonSchema>> | undefined)?.name;
    return name !== undefined && name.const === config.name;
  };
  return branches.find(isOurs) ?? {};
}

function valueAt(value: unknown, place: Place): unknown {
  return place.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);
}

function nested(place: Place, value: unknown): unknown {
  return place.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
