import { ConfigError, decodeSafetensors, encodeSafetensors, FormatError, type HostTensor, type HostWeights } from '@rddpm/core';

/** All that a run needs to go on as if it had never stopped; what is random follows from the step. On the host. */
export type TrainState = {
  /** Steps done. */
  readonly step: number;
  readonly weights: HostWeights;
  /** The weights' exponential moving average: the ones to detect with. */
  readonly ema: HostWeights;
  /** AdamW's moving averages of the gradient and of its square. */
  readonly moment1: HostWeights;
  readonly moment2: HostWeights;
  /** What a `StatefulLoss` remembers, the parameters that it learns, and their moving averages; empty for other losses. */
  readonly lossState: HostWeights;
  readonly learned: HostWeights;
  readonly learnedMoment1: HostWeights;
  readonly learnedMoment2: HostWeights;
  /** 1 for each training image that the last selection kept, 0 for the others; missing as long as there was none. */
  readonly kept?: Uint8Array;
};

const LIKE_WEIGHTS = ['ema', 'moment1', 'moment2'] as const;
const LIKE_LEARNED = ['learnedMoment1', 'learnedMoment2'] as const;
const PARTS = ['weights', ...LIKE_WEIGHTS, 'lossState', 'learned', ...LIKE_LEARNED] as const;
const KEPT = 'kept';
type Part = (typeof PARTS)[number];
const FORMAT = 'rddpm-train-state-1';
const VERSION = '1';

/**
 * The state as a safetensors file: tensors `'weights.…'`, `'ema.…'` and so on by part, and `'kept'`; `step`, `format` and `version` in the
 * metadata.
 */
export function encodeState(state: TrainState): Uint8Array {
  if (!isStep(state.step)) throw new ConfigError(`encodeState: state.step is ${state.step}; it must be a whole number of at least 0`);
  const tensors = PARTS.flatMap((part) => Object.entries(state[part]).map(([name, value]) => [`${part}.${name}`, value] as const));
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
  const parts = Object.fromEntries(PARTS.map((part) => [part, {}])) as Record<Part, Record<string, HostTensor>>;
  const { [KEPT]: kept, ...parameters } = tensors;
  for (const [name, value] of Object.entries(parameters)) {
    const part = PARTS.find((part) => name.startsWith(`${part}.`));
    if (!part) throw new FormatError(`${source}: tensor '${name}' belongs to none of ${PARTS.join(', ')}`);
    parts[part][name.slice(part.length + 1)] = value;
  }
  for (const part of LIKE_WEIGHTS) assertSameParameters(parts, 'weights', part, source);
  for (const part of LIKE_LEARNED) assertSameParameters(parts, 'learned', part, source);
  return { step, ...parts, ...(kept && { kept: Uint8Array.from(kept.data) }) };
}

function assertSameParameters(parts: Readonly<Record<Part, HostWeights>>, like: Part, part: Part, source: string): void {
  for (const name of new Set([...Object.keys(parts[like]), ...Object.keys(parts[part])])) {
    const [expected, actual] = [parts[like][name], parts[part][name]].map((value) => (value ? `[${value.shape}]` : 'missing'));
    if (expected !== actual) throw new FormatError(`${source}: '${like}.${name}' is ${expected} but '${part}.${name}' is ${actual}`);
  }
}

const isStep = (step: number) => Number.isSafeInteger(step) && step >= 0;
