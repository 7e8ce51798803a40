import { ConfigError, decodeSafetensors, encodeSafetensors, FormatError, type HostTensor, type HostWeights } from '@rddpm/core';

/** All that a run needs to go on as if it had never stopped; what is random follows from the step. On the host. */
export type TrainState = {
  /** Steps done. */
  readonly step: number;
  readonly weights: HostWeights;
  /** The weights' exponential moving average: the ones to detect with. */
  readonly ema: HostWeights;
  /** What the optimiser remembers of the weights, by its names: AdamW's `moment1` and `moment2` average the gradient and its square. */
  readonly moments: Readonly<Record<string, HostWeights>>;
  /** What a `StatefulLoss` remembers, the parameters that it learns, and what the optimiser remembers of those; empty for other losses. */
  readonly lossState: HostWeights;
  readonly learned: HostWeights;
  readonly learnedMoments: Readonly<Record<string, HostWeights>>;
  /** 1 for each training image that the last selection kept, 0 for the others; undefined before the first selection. */
  readonly kept?: Uint8Array | undefined;
};

const PARTS = ['weights', 'ema', 'lossState', 'learned'] as const;
const KEPT = 'kept';
const FORMAT = 'rddpm-train-state-1';
const VERSION = '1';

/**
 * The state as a safetensors file: tensors `'weights.…'`, `'ema.…'`, `'lossState.…'` and `'learned.…'`; the optimiser's by its names, such as
 * `'moment1.…'` of the weights and `'learnedMoment1.…'` of what the loss learns; and `'kept'`. `step`, `format` and `version` are in the metadata.
 */
export function encodeState(state: TrainState): Uint8Array {
  if (!isStep(state.step)) throw new ConfigError(`encodeState: state.step is ${state.step}; it must be a whole number of at least 0`);
  const { weights, ema, moments, lossState, learned } = state;
  const learnedMoments = Object.entries(state.learnedMoments).map(([name, value]) => [learnedName(name), value] as const);
  const parts = { weights, ema, ...moments, lossState, learned, ...Object.fromEntries(learnedMoments) };
  const tensors = Object.entries(parts).flatMap(([part, values]) =>
    Object.entries(values).map(([name, value]) => [`${part}.${name}`, value] as const),
  );
  const kept = state.kept && { [KEPT]: { shape: [state.kept.length], data: Float32Array.from(state.kept) } };
  return encodeSafetensors({ ...Object.fromEntries(tensors), ...kept }, { format: FORMAT, version: VERSION, step: `${state.step}` });
}

/**
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} if the bytes are not a complete file made by `encodeState`, or one of a version that isn't known.
 */
export function decodeState(bytes: Uint8Array, source = 'train state'): TrainState {
  const { tensors, metadata } = decodeSafetensors(bytes, source);
  if (metadata.format !== FORMAT) {
    const found = metadata.format === undefined ? 'names no format' : `is '${metadata.format}'`;
    throw new FormatError(`${source}: not a train state: its metadata ${found}; '${FORMAT}' can be read`);
  }
  const { version = VERSION } = metadata; // the first files had none
  if (version !== VERSION) throw new FormatError(`${source}: a train state of version '${version}'; version '${VERSION}' can be read`);
  const step = Number(metadata.step);
  if (!metadata.step || !isStep(step))
    throw new FormatError(`${source}: the metadata's step is '${metadata.step}'; it must be a whole number`);
  const { [KEPT]: kept, ...parameters } = tensors;
  const parts: Record<string, Record<string, HostTensor>> = Object.fromEntries(PARTS.map((part) => [part, {}]));
  for (const [key, value] of Object.entries(parameters)) {
    const [part, ...name] = key.split('.');
    if (name.length === 0) throw new FormatError(`${source}: tensor '${key}' is of no part; its name must be such as 'weights.${key}'`);
    parts[part!] ??= {};
    parts[part!]![name.join('.')] = value;
  }
  const { weights, ema, lossState, learned, ...remembered } = parts as typeof parts & Record<(typeof PARTS)[number], HostWeights>;
  const names = Object.keys(remembered).filter((name) => !LEARNED.test(name));
  const moments = Object.fromEntries(names.map((name) => [name, remembered[name]!]));
  const learnedMoments = Object.fromEntries(names.map((name) => [name, remembered[learnedName(name)] ?? {}]));
  const stray = Object.keys(remembered).find((name) => LEARNED.test(name) && !names.map(learnedName).includes(name));
  if (stray !== undefined) throw new FormatError(`${source}: '${stray}' has tensors, but there are none of the weights by that name`);
  for (const [name, values] of Object.entries({ ema, ...moments })) assertSameParameters(['weights', weights], [name, values], source);
  for (const [name, values] of Object.entries(learnedMoments))
    assertSameParameters(['learned', learned], [learnedName(name), values], source);
  return { step, weights, ema, moments, lossState, learned, learnedMoments, kept: kept && Uint8Array.from(kept.data) };
}

/** 'moment1' of the weights is 'learnedMoment1' of what the loss learns. */
const learnedName = (moment: string) => `learned${moment[0]!.toUpperCase()}${moment.slice(1)}`;
const LEARNED = /^learned[A-Z]/;

type Part = readonly [name: string, values: HostWeights];

function assertSameParameters([like, likes]: Part, [part, values]: Part, source: string): void {
  for (const name of new Set([...Object.keys(likes), ...Object.keys(values)])) {
    const [expected, actual] = [likes[name], values[name]].map((value) => (value ? `[${value.shape}]` : 'missing'));
    if (expected !== actual) throw new FormatError(`${source}: '${like}.${name}' is ${expected} but '${part}.${name}' is ${actual}`);
  }
}

const isStep = (step: number) => Number.isSafeInteger(step) && step >= 0;
