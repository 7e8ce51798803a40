import { ConfigError, decodeSafetensors, encodeSafetensors, FormatError, type HostWeights } from '@rddpm/core';
import { expect, test } from 'vitest';
import { decodeState, encodeState, type TrainState } from '../src/index.ts';

const parameters = (first: number): HostWeights => ({
  'conv.weight': { shape: [2, 1], data: Float32Array.of(first, 1 / 3) },
  scale: { shape: [], data: Float32Array.of(-first) },
});
const WITHOUT_MEMORY = { lossState: {}, learned: {}, learnedMoments: { moment1: {}, moment2: {} } };
const HEAD = { format: 'rddpm-train-state-1', version: '1', step: '1' };
const state: TrainState = {
  step: 1234,
  weights: parameters(1),
  ema: parameters(2),
  moments: { moment1: parameters(3), moment2: parameters(4) },
  ...WITHOUT_MEMORY,
};

test.each([0, 1234])('a state of step %i that was encoded and decoded is the same', (step) => {
  expect(decodeState(encodeState({ ...state, step }))).toEqual({ ...state, step });
});

test('the file is safetensors with one tensor per parameter and part', () => {
  const learned = { 'log.scale': { shape: [1], data: Float32Array.of(1) } };
  const remembering = { ...state, lossState: learned, learned, learnedMoments: { moment1: learned, moment2: learned } };
  const { tensors, metadata } = decodeSafetensors(encodeState(remembering));
  const ofWeights = ['weights', 'ema', 'moment1', 'moment2'].flatMap((part) => [`${part}.conv.weight`, `${part}.scale`]);
  const ofLoss = ['lossState', 'learned', 'learnedMoment1', 'learnedMoment2'].map((part) => `${part}.log.scale`);
  expect(Object.keys(tensors)).toEqual([...ofWeights, ...ofLoss]);
  expect(metadata).toEqual({ format: 'rddpm-train-state-1', version: '1', step: '1234' });
});

test('a file without a version, as they were at first, is read', () => {
  const { tensors, metadata } = decodeSafetensors(encodeState(state));
  const { version, ...first } = metadata;
  expect(decodeState(encodeSafetensors(tensors, first))).toEqual(state);
});

test('a file that was cut short is refused by name', () => {
  const bytes = encodeState(state);
  expect(() => decodeState(bytes.subarray(0, bytes.length - 5), 'state.safetensors')).toThrow(FormatError);
  expect(() => decodeState(bytes.subarray(0, bytes.length - 5), 'state.safetensors')).toThrow(/state\.safetensors: .*cut short/);
});

test.each([
  ['no format', {}, /not a train state: its metadata names no format/],
  ['another format', { format: 'pt', step: '1' }, /'pt'/],
  [
    'a version to come',
    { format: 'rddpm-train-state-1', version: '2', step: '1' },
    /: a train state of version '2'; version '1' can be read/,
  ],
  ['an empty version', { format: 'rddpm-train-state-1', version: '', step: '1' }, /version ''/],
  ['a step that is no number', { format: 'rddpm-train-state-1', step: 'one' }, /step is 'one'/],
  ['an empty step', { format: 'rddpm-train-state-1', step: '' }, /step is ''/],
  ['a negative step', { format: 'rddpm-train-state-1', step: '-1' }, /step is '-1'/],
])('refuses metadata with %s', (_, metadata, message) => {
  const bytes = encodeSafetensors(decodeSafetensors(encodeState(state)).tensors, metadata);
  expect(() => decodeState(bytes)).toThrow(FormatError);
  expect(() => decodeState(bytes)).toThrow(message);
});

test('refuses a tensor of no part, a missing one and one of another shape', () => {
  const { tensors, metadata } = decodeSafetensors(encodeState(state));
  const { 'moment2.scale': scale, ...others } = tensors;
  const decode = (tensors: HostWeights) => () => decodeState(encodeSafetensors(tensors, metadata));
  expect(decode({ ...tensors, stray: scale! })).toThrow(/'stray' is of no part; its name must be such as 'weights.stray'/);
  expect(decode(others)).toThrow(/'weights.scale' is \[\] but 'moment2.scale' is missing/);
  expect(decode({ ...tensors, 'ema.scale': { shape: [1], data: Float32Array.of(0) } })).toThrow(
    /'weights.scale' is \[\] but 'ema.scale' is \[1\]/,
  );
});

test("refuses what an optimizer remembers of the loss's parameters, but of no weights", () => {
  const bytes = encodeSafetensors({ ...decodeSafetensors(encodeState(state)).tensors, 'learnedVelocity.a': parameters(1).scale! }, HEAD);
  expect(() => decodeState(bytes)).toThrow(/'learnedVelocity' has tensors, but there are none of the weights by that name/);
});

test('refuses to encode a step that is not a whole number', () => {
  expect(() => encodeState({ ...state, step: 0.5 })).toThrow(ConfigError);
});
