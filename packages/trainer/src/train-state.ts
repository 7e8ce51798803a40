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
};

const PARTS = ['weights', 'ema', 'moment1', 'moment2'] as const;
const FORMAT = 'rddpm-train-state-1';

/** The state as a safetensors file: tensors `'weights.…'`, `'ema.…'`, `'moment1.…'`, `'moment2.…'`; `step` and `format` in the metadata. */
export function encodeState(state: TrainState): Uint8Array {
  if (!isStep(state.step)) throw new ConfigError(`encodeState: state.step is ${state.step}; it must be a whole number of at least 0`);
  const tensors = PARTS.flatMap((part) => Object.entries(state[part]).map(([name, value]) => [`${part}.${name}`, value] as const));
  return encodeSafetensors(Object.fromEntries(tensors), { format: FORMAT, step: `${state.step}` });
}

/**
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} if the bytes are not a complete file made by `encodeState`.
 */
export function decodeState(bytes: Uint8Array, source = 'train state'): TrainState {
  const { tensors, metadata } = decodeSafetensors(bytes, source);
  if (metadata.format !== FORMAT) {
    const found = metadata.format === undefined ? 'names no format' : `is '${metadata.format}'`;
    throw new FormatError(`${source}: not a train state: its metadata ${found}; '${FORMAT}' can be read`);
  }
  const step = Number(metadata.step);
  if (!metadata.step || !isStep(step))
    throw new FormatError(`${source}: the metadata's step is '${metadata.step}'; it must be a whole number`);
  const parts: Record<(typeof PARTS)[number], Record<string, HostTensor>> = { weights: {}, ema: {}, moment1: {}, moment2: {} };
  for (const [name, value] of Object.entries(tensors)) {
    const part = PARTS.find((part) => name.startsWith(`${part}.`));
    if (!part) throw new FormatError(`${source}: tensor '${name}' belongs to none of ${PARTS.join(', ')}`);
    parts[part][name.slice(part.length + 1)] = value;
  }
  for (const part of PARTS) assertSameParameters(parts.weights, parts[part], part, source);
  return { step, ...parts };
}

function assertSameParameters(weights: HostWeights, others: HostWeights, part: string, source: string): void {
  for (const name of new Set([...Object.keys(weights), ...Object.keys(others)])) {
    const [expected, actual] = [weights[name], others[name]].map((value) => (value ? `[${value.shape}]` : 'missing'));
    if (expected !== actual) throw new FormatError(`${source}: 'weights.${name}' is ${expected} but '${part}.${name}' is ${actual}`);
  }
}

const isStep = (step: number) => Number.isSafeInteger(step) && step >= 0;
