import { FormatError } from '@rddpm/core';
import type { ModelInfo } from '@rddpm/core/contracts';
import { MODEL_INFO, modelInfoIn, parseModelInfo, preparationOfModel, WHOLE_RANGES } from '@rddpm/core/model-info';
import { expect, test } from 'vitest';

const info: ModelInfo = {
  version: 2,
  method: 'somebodys-own',
  input: { width: 96, height: 64, channels: 3 },
  config: { depth: 3, of: ['it', null] },
  smoothing: { sigma: 1.5, unit: 'pixels' },
  threshold: { value: 0.1, quantile: 0.9, images: 2 },
  seed: 3,
};

const position = { floor: 0.3, median: 'AACAPw==' };
const appearance = { floor: 0.3, weights: Array(55).fill(0.1), means: Array(9).fill(0), deviations: Array(9).fill(1) };

/** As `rddpm` 0.x wrote it. */
const first = {
  version: 1,
  size: 32,
  channels: 1,
  diffusion: { schedule: { name: 'linear', steps: 500 }, prediction: 'v_prediction', noise: { name: 'simplex', octaves: 2 } },
  detection: { forwardSteps: 100, sampler: { name: 'ddim', eta: 0.5 }, smoothing: 1.5 },
  threshold: { value: 0.2, quantile: 0.9, images: 32 },
  seed: 4,
  steps: 4000,
};

const read = (value: unknown) => parseModelInfo(JSON.stringify(value), 'run/rddpm.json');

test.each([
  ['of any method, with whatever config', info],
  ['without a threshold', { ...info, threshold: null }],
  ['with several smoothings', { ...info, smoothing: { sigma: [1, 3], unit: 'side/64' } as const }],
  [
    'with a threshold that has a tail',
    { ...info, threshold: { value: 2, falseAlarms: 0.05, tail: { median: 1, scale: 0.3 }, images: 128 } },
  ],
  ['measured by position, as ever', { ...info, calibration: { kind: 'position', ...position } as const }],
  [
    'measured half by position',
    { ...info, calibration: { kind: 'half-position', ...position } as const, criteria: { 'half-position': 0.9 } },
  ],
  ['measured by what is seen', { ...info, calibration: { kind: 'appearance', ...appearance } as const, criteria: { appearance: 0.9 } }],
  ['measured by both', { ...info, calibration: { kind: 'both', position, appearance } as const, criteria: { position: 0.9, both: 0.8 } }],
])('comes back as it was written: %s', (_, written) => {
  expect(read(written)).toEqual(written);
  expect(modelInfoIn({ format: 'pt', [MODEL_INFO]: JSON.stringify(written) }, 'a.safetensors')).toEqual(written);
});

test('of version 1 all models were square, of diffusion, and smoothed in shares of their side', () => {
  expect(read(first)).toEqual({
    version: 2,
    method: 'ddpm',
    input: { width: 32, height: 32, channels: 1 },
    config: {
      diffusion: first.diffusion,
      detection: { forwardSteps: 100, sampler: { name: 'ddim', eta: 0.5 } },
      training: { steps: 4000, timesteps: null },
    },
    smoothing: { sigma: 1.5, unit: 'side/64' },
    threshold: first.threshold,
    seed: 4,
    upgraded: true,
  });
});

test('a network that was trained elsewhere has no training that is known, and no threshold', () => {
  const { config, threshold } = read({ ...first, steps: null, threshold: null });
  expect(config).toEqual({ diffusion: first.diffusion, detection: expect.anything(), training: { timesteps: null } }); // it may be asked about any

  expect(threshold).toBeNull();
});

test.each([
  ['another version', { ...info, version: 3 }, /at version/],
  ['no version', { ...info, version: undefined }, /at version/],
  ['no object', [info], /expected object/],
  ['an unknown field', { ...info, extra: 1 }, /"extra"/],
  ['a missing field', { ...info, method: undefined }, /at method/],
  ['channels that no image has', { ...info, input: { ...info.input, channels: 2 } }, /at input\.channels/],
  ['no pixels', { ...info, input: { ...info.input, width: 0 } }, /at input\.width/],
  ['a smoothing without its unit', { ...info, smoothing: 2 }, /at smoothing/],
  ['a smoothing below 0', { ...info, smoothing: { sigma: -1, unit: 'pixels' } }, /at smoothing\.sigma/],
  ['no smoothing at all', { ...info, smoothing: { sigma: [], unit: 'pixels' } }, /at smoothing\.sigma/],
  [
    'a threshold that is both',
    { ...info, threshold: { ...info.threshold, falseAlarms: 0.05, tail: { median: 1, scale: 1 } } },
    /at threshold/,
  ],
  ['a threshold that is neither', { ...info, threshold: { value: 1, images: 2 } }, /at threshold/],
  ['a calibration that there is not', { ...info, calibration: { kind: 'luck', ...position } }, /at calibration\.kind/],
  ['too few weights', { ...info, calibration: { kind: 'appearance', ...appearance, weights: [1] } }, /at calibration\.weights/],
  ['a threshold that is none', { ...info, threshold: { value: 'high', quantile: 0.9, images: 2 } }, /at threshold\.value/],
  ['a field of version 2 in version 1', { ...first, method: 'ddpm' }, /"method"/],
  ['version 1 without its smoothing', { ...first, detection: {} }, /at detection\.smoothing/],
  ['version 1 without its size', { ...first, size: undefined }, /at size/],
])('refuses %s and names it', (_, value, message) => {
  expect(() => read(value)).toThrow(FormatError);
  expect(() => read(value)).toThrow(/^run\/rddpm\.json is not what it should be:\n/);
  expect(() => read(value)).toThrow(message);
});

test('metadata without it, or with what is no JSON, is refused as that of the file', () => {
  const refused = (metadata: Record<string, string>) => expect(() => modelInfoIn(metadata, 'a.safetensors'));
  refused({ format: 'pt' }).toThrow(
    new FormatError("a.safetensors: a network, but nothing says how images are prepared: its metadata lacks 'rddpm.json'"),
  );
  refused({ [MODEL_INFO]: '{' }).toThrow(new FormatError("a.safetensors: the metadata's 'rddpm.json' is not JSON"));
});

test('pictures are prepared as the model says; for one of an earlier version they are stretched, in numbers as they are', () => {
  const preparation = { size: { width: 192, height: 128 }, fit: 'crop', channels: 3 } as const;
  expect(preparationOfModel({ ...info, preparation })).toEqual(preparation);
  expect(preparationOfModel(info)).toEqual({ size: { width: 96, height: 64 }, fit: 'stretch', channels: 3, ranges: WHOLE_RANGES });
});
