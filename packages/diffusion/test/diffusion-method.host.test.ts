/** What one backend shows of the methods; the whole of it on each is in diffusion-method.tensor.test.ts. */
import { expectMethod, fitMethod } from '@rddpm/conformance';
import { ConfigError, createRng, FormatError, imageSet } from '@rddpm/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { DIFFUSION_METHODS, untrained } from '../src/index.ts';

const grey = (n: number, seed: string) => {
  const rng = createRng(seed);
  const data = Float32Array.from({ length: n * 64 }, () => rng.uniform());
  return imageSet(ndarray(data, [n, 8, 8, 1]));
};

const network = { blockOutChannels: [8, 8] };
const named = (name: string) => DIFFUSION_METHODS.find((method) => method.name === name)!;

test('the untrained network keeps what is promised of every method, and has nothing to tell', async () => {
  const config = { network, detection: { evaluations: 1, draws: 1 } };
  expect((await expectMethod(untrained, { training: grey(1, 'training'), test: grey(2, 'test'), config })).events).toEqual([]);
});

test('bytes that are no checkpoint are refused by their name, at the first event', async () => {
  const ddpm = named('ddpm');
  const resume = { bytes: Uint8Array.of(1, 2, 3), source: 'run/checkpoint.safetensors' };
  const resumed = fitMethod(ddpm, ddpm.config.parse({ network }), grey(2, 'training'), { resume });
  await expect(resumed).rejects.toThrow(FormatError);
  await expect(resumed).rejects.toThrow(/run\/checkpoint\.safetensors/);
});

test('a method is shown what there is, where its network can halve it and its blocks tile it', () => {
  const [ddpm, blocks] = [named('ddpm'), named('rddpm-block-lts')];
  const input = { width: 60, height: 64, channels: 3 } as const;
  expect(ddpm.input(ddpm.config.parse({}), input)).toEqual(input);
  const refused = (given: object, message: RegExp) => {
    const config = blocks.config.parse(given);
    expect(() => blocks.input(config, input)).toThrow(ConfigError);
    expect(() => blocks.input(config, input)).toThrow(message);
  };
  refused({}, /^rddpm-block-lts: blocks of 8 pixels don't divide the size, which is 60$/);
  refused({ network: { blockOutChannels: [8, 8, 8, 8] } }, /sampleSize 64,60 is not divisible by 8/);
});

test('facts of a fit are its loss, whether and what it selects, its steps, and the rest of its config', () => {
  const model = undefined as never; // they are the config's
  const [plain, selecting] = [named('ddpm'), named('rddpm-huber-concentrated')];
  const { network: _, ...facts } = plain.facts!(model, plain.config.parse({ training: { steps: 5 } }));
  expect(Object.keys(facts)).toEqual(['loss', 'steps', 'training', 'diffusion', 'detection']);
  expect(facts).toMatchObject({ loss: { name: 'mse' }, steps: 5, training: { batchSize: 8 } });
  expect(facts.training).not.toHaveProperty('steps');
  expect(selecting.facts!(model, selecting.config.parse({}))).toMatchObject({
    loss: { name: 'huber', delta: 0.2 },
    selection: { name: 'concentrated', keep: 'mad' },
  });
});

test('curves are the loss and the squared error by quarter of t, which an uneven schedule rounds up; what was not measured is null', () => {
  const ddpm = named('ddpm');
  const config = ddpm.config.parse({ diffusion: { schedule: { steps: 10 } } });
  const curves = ddpm.curves!(
    [
      { step: 10, measures: { loss: 0.5, meanSquaredErrorByQuarter: [1, 2, null, 4] } },
      { step: 20, measures: { loss: null, meanSquaredErrorByQuarter: [5, 6, 7, 8] } },
    ],
    config,
  );
  const expected: [string, number | null, number | null][] = [
    ['loss', 0.5, null],
    ['mean squared error, t 0 to 2', 1, 5],
    ['mean squared error, t 3 to 4', 2, 6],
    ['mean squared error, t 5 to 7', null, 7],
    ['mean squared error, t 8 to 9', 4, 8],
  ];
  expect(curves).toEqual(
    expected.map(([name, first, second]) => ({
      name,
      x: 'step',
      points: [
        [10, first],
        [20, second],
      ],
    })),
  );
  expect(ddpm.curves!([], config)).toEqual([]);
});
