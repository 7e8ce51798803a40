import { evaluate, expectClose } from '@rddpm/conformance';
import { ConfigError, decodeSafetensors, encodeSafetensors, FormatError, toTensors } from '@rddpm/core';
import { pipelineFiles, readPipeline } from '@rddpm/diffusers';
import { ddimSampler, reverseTimesteps } from '@rddpm/scheduler';
import { createSchedule } from '@rddpm/scheduler/config';
import { dispose, type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { bytesOf, folderOf, golden, SHAPE, textOf, waves } from './golden.ts';

const WEIGHTS = 'unet/diffusion_pytorch_model.safetensors';

describe(`a folder that ${golden.library} saved`, async () => {
  const { network, weights: host, scheduler } = await readPipeline(folderOf());

  test('has the network’s and the scheduler’s configs', () => {
    expect(network.config).toMatchObject({ blockOutChannels: [4, 8], resnetTimeScaleShift: 'scale_shift', dropout: 0.1 });
    expect(scheduler).toMatchObject({ schedule: { name: 'cosine' }, prediction: 'v_prediction', sampler: { name: 'ddpm', clip: false } });
  });

  test('predicts what it predicts there', async () => {
    const weights = toTensors(host);
    const [x, t] = [tensor4d(waves(2), SHAPE), tensor1d(golden.prediction.t, 'int32')];
    const actual = await evaluate(({ x, t }: { x: Tensor4D; t: Tensor1D }) => network.predict(weights, x, t), { x, t });
    dispose([x, t, ...Object.values(weights)]);
    expectClose(actual.data, golden.prediction.output, 2e-5); // float32 sums in another order
  });

  test('reconstructs by DDIM what it reconstructs there', async () => {
    const weights = toTensors(host);
    const schedule = createSchedule(scheduler.schedule);
    const sampler = ddimSampler(schedule, { prediction: scheduler.prediction, clip: false });
    const timesteps = [...reverseTimesteps({ from: 1000, evaluations: 6, spacing: scheduler.spacing })];
    expect(timesteps).toEqual(golden.chain.timesteps);
    let xt: Tensor4D = tensor4d(waves(1.5), SHAPE);
    for (const [i, step] of timesteps.entries()) {
      const inputs = { xt, t: tensor1d([step, step], 'int32'), coefficients: tensor1d(sampler.coefficients(step, timesteps[i + 1] ?? -1)) };
      const next = await evaluate(({ xt, t, coefficients }: { xt: Tensor4D; t: Tensor1D; coefficients: Tensor1D }) => {
        return sampler.apply({ xt, prediction: network.predict(weights, xt, t), noise: xt }, coefficients).xPrev;
      }, inputs);
      dispose(inputs);
      xt = tensor4d(next.data, SHAPE);
    }
    const actual = await xt.data<'float32'>();
    dispose([xt, ...Object.values(weights)]);
    expectClose(actual, golden.chain.output, 5e-4); // six predictions' rounding, and diffusers' tables in float32
  });

  test('goes back as it came: tensors to the bit, configs field by field', () => {
    const written = new Map(
      pipelineFiles({ network, weights: host, scheduler }).map(({ path, parts }) => [
        path,
        new Uint8Array(parts.flatMap((part) => [...part])),
      ]),
    );
    expect([...written.keys()].sort()).toEqual(Object.keys(golden.files).sort());
    for (const path of Object.keys(golden.files).filter((path) => path.endsWith('.json'))) {
      expect(JSON.parse(new TextDecoder().decode(written.get(path)!))).toEqual(JSON.parse(textOf(path)));
    }
    expect(decodeSafetensors(written.get(WEIGHTS)!).tensors).toEqual(decodeSafetensors(bytesOf(WEIGHTS)).tensors);
  });
});

const change = (path: string, fields: Readonly<Record<string, unknown>>) => ({
  [path]: JSON.stringify({ ...JSON.parse(textOf(path)), ...fields }),
});
const { tensors } = decodeSafetensors(bytesOf(WEIGHTS));
const { 'conv_in.bias': bias, ...rest } = tensors;
const named = (names: typeof tensors) => ({ [WEIGHTS]: encodeSafetensors(names) });
const without = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, undefined]));

describe('refuses, by name,', () => {
  test.each([
    [
      'a folder without an index',
      without('model_index.json'),
      FormatError,
      /^model is not the folder of a DDPMPipeline: model_index\.json is missing$/,
    ],
    ['a folder without weights', without(WEIGHTS), FormatError, /^model is not .*: unet\/diffusion_pytorch_model\.safetensors is missing$/],
    [
      'a pickle',
      { ...without(WEIGHTS), 'unet/diffusion_pytorch_model.bin': 'PK' },
      FormatError,
      /\.bin, a pickle, which can run code .* in Python: .*save_pretrained/,
    ],
    ['a pickle of another name', { [WEIGHTS]: 'PK\x03\x04 and then archive/data.pkl' }, FormatError, /model\.safetensors: a pickle/],
    [
      'weights in several files',
      { ...without(WEIGHTS), [`${WEIGHTS}.index.json`]: '{}' },
      FormatError,
      /the list of several files; in Python/,
    ],
    [
      'weights that are cut short',
      { [WEIGHTS]: bytesOf(WEIGHTS).slice(0, -4) },
      FormatError,
      /model\.safetensors: tensor '.+' is cut short/,
    ],
    ['a missing tensor', named(rest), FormatError, /'conv_in\.bias' is missing; the network of its config needs \[4\]/],
    [
      'a tensor too many',
      named({ ...tensors, more: bias! }),
      FormatError,
      /there is 'more', which the network of its config does not have/,
    ],
    [
      'a shape that does not fit',
      named({ ...rest, 'conv_in.bias': { shape: [2, 2], data: bias!.data } }),
      FormatError,
      /'conv_in\.bias' is \[2,2\]/,
    ],
    ['a config that is not JSON', { 'unet/config.json': '{' }, FormatError, /^model\/unet\/config\.json is not JSON$/],
    ['a config that is a list', { 'unet/config.json': '[]' }, FormatError, /^model\/unet\/config\.json is \[\]; it must be an object$/],
    [
      'another pipeline',
      change('model_index.json', { _class_name: 'LDMPipeline' }),
      ConfigError,
      /_class_name is "LDMPipeline"; it must be one of DDPM/,
    ],
    [
      'another network',
      change('model_index.json', { unet: ['diffusers', 'UNet1DModel'] }),
      ConfigError,
      /unet is \["diffusers","UNet1DModel"\]/,
    ],
    [
      'a scheduler that the index names otherwise',
      change('model_index.json', { scheduler: ['diffusers', 'DDIMScheduler'] }),
      ConfigError,
      /scheduler is "DDIMScheduler", but its config is of "DDPMScheduler"; both must be the same/,
    ],
    [
      'a newer network',
      change('unet/config.json', { skip_type: 'sum' }),
      ConfigError,
      /^model\/unet\/config\.json: .*unknown field skip_type/,
    ],
    [
      'a newer scheduler',
      change('scheduler/scheduler_config.json', { snr_shift: 2 }),
      ConfigError,
      /^model\/scheduler\/scheduler_config\.json: .*snr_shift/,
    ],
    [
      'learned variances',
      change('scheduler/scheduler_config.json', { variance_type: 'learned' }),
      ConfigError,
      /variance_type is "?'?learned/,
    ],
  ])('%s', async (_, changes, kind, message) => {
    const reading = readPipeline(folderOf(changes as Record<string, string | Uint8Array | undefined>));
    await expect(reading).rejects.toThrow(kind);
    await expect(reading).rejects.toThrow(message);
  });
});

test("Python's words for numbers that are not finite are read, but not in texts", async () => {
  const path = 'scheduler/scheduler_config.json';
  const text = textOf(path)
    .replace('"DDPMScheduler"', '"DPMSolverMultistepScheduler"')
    .replace(/ {2}"variance_type".*\n/, '  "lambda_min_clipped": -Infinity,\n  "_note": "a \\"NaN\\", Infinity"\n');
  const index = change('model_index.json', { scheduler: ['diffusers', 'DPMSolverMultistepScheduler'] });
  const { scheduler } = await readPipeline(folderOf({ ...index, [path]: text }));
  expect(scheduler.sampler.name).toBe('dpm-solver++');
  const refused = readPipeline(folderOf({ ...index, [path]: text.replace('-Infinity', 'NaN') }));
  await expect(refused).rejects.toThrow(/scheduler_config\.json: .*lambda_min_clipped is "NaN"/);
});
