import { ConfigError } from '@rddpm/core';
import { cosineSchedule, sigmoidSchedule } from '@rddpm/scheduler';
import { createSampler, createSchedule, fromDiffusersConfig, type SchedulerConfig, toDiffusersConfig } from '@rddpm/scheduler/config';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { golden } from './golden.ts';

const plain: SchedulerConfig = {
  schedule: { name: 'linear', steps: 1000, betaStart: 1e-4, betaEnd: 0.02 },
  sampler: { name: 'ddpm', variance: 'fixed_small', clip: true },
  prediction: 'epsilon',
  spacing: 'leading',
};

const classes = golden.configs.map((config) => ({ name: String(config._class_name), config }));
const [ddpm, ddim, dpmSolver] = golden.configs as [Record<string, unknown>, Record<string, unknown>, Record<string, unknown>];

describe('reads', () => {
  test.each([
    ['DDPMScheduler', plain],
    ['DDIMScheduler', { ...plain, sampler: { name: 'ddim', eta: 0, clip: true } }],
    ['DPMSolverMultistepScheduler', { ...plain, sampler: { name: 'dpm-solver++', clip: false }, spacing: 'linspace' }],
  ])("%s's defaults, spelled out or absent", (name, expected) => {
    expect(fromDiffusersConfig(golden.configs.find(({ _class_name }) => _class_name === name))).toEqual(expected);
    expect(fromDiffusersConfig({ _class_name: name })).toEqual(expected);
  });

  test.each<[string, Record<string, unknown>, Partial<SchedulerConfig>]>([
    ['a scaled linear schedule', { beta_schedule: 'scaled_linear' }, { schedule: { ...plain.schedule, name: 'scaled-linear' } as never }],
    [
      'a sigmoid',
      { beta_schedule: 'sigmoid', beta_end: 0.01 },
      { schedule: { ...plain.schedule, name: 'sigmoid', betaEnd: 0.01 } as never },
    ],
    [
      'a cosine with zero terminal SNR',
      { beta_schedule: 'squaredcos_cap_v2', num_train_timesteps: 50, rescale_betas_zero_snr: true },
      { schedule: { name: 'cosine', steps: 50, zeroTerminalSnr: true } },
    ],
    ['betas', { trained_betas: [0.1, 0.2], num_train_timesteps: 2 }, { schedule: { name: 'betas', betas: [0.1, 0.2] } }],
    ['what is predicted', { prediction_type: 'v_prediction' }, { prediction: 'v_prediction' }],
    ['a clip range', { clip_sample_range: 3 }, { sampler: { name: 'ddpm', variance: 'fixed_small', clip: 3 } }],
    ['no clip', { clip_sample: false, clip_sample_range: 3 }, { sampler: { name: 'ddpm', variance: 'fixed_small', clip: false } }],
    [
      'thresholding, which replaces the clip',
      { thresholding: true, dynamic_thresholding_ratio: 0.9, sample_max_value: 2 },
      { sampler: { name: 'ddpm', variance: 'fixed_small', thresholding: { ratio: 0.9, maxValue: 2 } } },
    ],
    ['a variance', { variance_type: 'fixed_large' }, { sampler: { name: 'ddpm', variance: 'fixed_large', clip: true } }],
    ['a variance by way of its logarithm', { variance_type: 'fixed_small_log' }, {}],
    ['an offset', { steps_offset: 1 }, { offset: 1 }],
    ['an offset that has no influence', { steps_offset: 1, timestep_spacing: 'trailing' }, { spacing: 'trailing' }],
    ['names of ours and of tools', { _diffusers_version: '9.9', _name_or_path: 'x' }, {}],
  ])('%s', (_, words, expected) => {
    expect(fromDiffusersConfig({ ...ddpm, ...words })).toEqual({ ...plain, ...expected });
  });

  test("DPM-Solver's thresholding at 1, which is clipping", () => {
    const { sampler } = fromDiffusersConfig({ ...dpmSolver, thresholding: true, lambda_min_clipped: Number.NEGATIVE_INFINITY });
    expect(sampler).toEqual({ name: 'dpm-solver++', clip: true });
  });
});

describe('writes', () => {
  test.each(classes)('no words but those of $name, and its defaults as they are', ({ config }) => {
    const words = toDiffusersConfig(fromDiffusersConfig(config));
    expect(config).toMatchObject(words);
    expect(words).toMatchObject({ beta_schedule: 'linear', trained_betas: null, prediction_type: 'epsilon' });
  });

  test('what is not said as it is by default here', () => {
    const words = toDiffusersConfig({ schedule: { name: 'linear' }, sampler: { name: 'ddim' }, prediction: 'sample', spacing: 'linspace' });
    expect(words).toEqual({
      _class_name: 'DDIMScheduler',
      num_train_timesteps: 1000,
      beta_schedule: 'linear',
      beta_start: 1e-4,
      beta_end: 0.02,
      trained_betas: null,
      rescale_betas_zero_snr: false,
      prediction_type: 'sample',
      timestep_spacing: 'linspace',
      steps_offset: 0,
      clip_sample: true,
      clip_sample_range: 1,
      thresholding: false,
      dynamic_thresholding_ratio: 0.995,
      sample_max_value: 1,
      set_alpha_to_one: true,
    });
  });

  test('the betas of schedules that the class has no words for', () => {
    const betasOf = (schedule: SchedulerConfig['schedule'], sampler: SchedulerConfig['sampler']) =>
      toDiffusersConfig({ ...plain, schedule, sampler }).trained_betas;
    expect(betasOf({ name: 'cosine', steps: 5, offset: 0.1 }, { name: 'ddpm' })).toEqual([
      ...cosineSchedule({ steps: 5, offset: 0.1 }).betas,
    ]);
    expect(betasOf({ name: 'cosine', steps: 5 }, { name: 'ddpm' })).toBeNull();
    expect(betasOf({ name: 'sigmoid', steps: 5 }, { name: 'ddim' })).toEqual([...sigmoidSchedule({ steps: 5 }).betas]);
    expect(betasOf({ name: 'sigmoid', steps: 5 }, { name: 'ddpm' })).toBeNull();
    const rescaled = { name: 'sigmoid', steps: 5, zeroTerminalSnr: true } as const;
    expect(betasOf(rescaled, { name: 'dpm-solver++' })).toEqual([...sigmoidSchedule({ steps: 5 }).betas]); // diffusers rescales them
  });

  test('clipping of DPM-Solver++ as thresholding at 1; another range it has no words for', () => {
    const words = (clip: boolean | number) => toDiffusersConfig({ ...plain, sampler: { name: 'dpm-solver++', clip } });
    expect(words(true)).toMatchObject({ thresholding: true, sample_max_value: 1 });
    expect(words(1)).toMatchObject({ thresholding: true, sample_max_value: 1 });
    expect(words(false)).toMatchObject({ thresholding: false });
    expect(() => words(2)).toThrow(ConfigError);
    expect(() => words(2)).toThrow(/sampler\.clip is 2/);
  });
});

describe('refuses', () => {
  test.each<[Record<string, unknown>, string]>([
    [
      { _class_name: 'PNDMScheduler' },
      '_class_name is "PNDMScheduler"; it must be one of DDPMScheduler, DDIMScheduler, DPMSolverMultistepScheduler',
    ],
    [{}, '_class_name is undefined; it must be one of'],
    [
      { ...ddpm, variance_type: 'learned_range' },
      'variance_type is "learned_range"; it must be one of fixed_small, fixed_small_log, fixed_large',
    ],
    [{ ...ddpm, variance_type: 'fixed_large_log' }, 'variance_type is "fixed_large_log"'],
    [
      { ...ddpm, beta_schedule: 'laplace' },
      'beta_schedule is "laplace"; it must be one of linear, scaled_linear, squaredcos_cap_v2, sigmoid',
    ],
    [{ ...ddim, beta_schedule: 'sigmoid' }, 'beta_schedule is "sigmoid"; it must be one of linear, scaled_linear, squaredcos_cap_v2'],
    [{ ...ddim, set_alpha_to_one: false }, 'set_alpha_to_one is false; it must be true; nothing else is supported'],
    [
      { ...ddpm, prediction_type: 'flow_prediction' },
      'prediction_type is "flow_prediction"; it must be one of epsilon, sample, v_prediction',
    ],
    [{ ...ddpm, sample_max_value: 0.5 }, 'sample_max_value is 0.5; it must be at least 1'],
    [{ ...ddpm, clip_sample_range: 0 }, 'clip_sample_range is 0; it must be above 0'],
    [{ ...ddpm, dynamic_thresholding_ratio: 2 }, 'dynamic_thresholding_ratio is 2; it must be in [0, 1]'],
    [{ ...ddpm, steps_offset: -1 }, 'steps_offset is -1; it must be a whole number of at least 0'],
    [{ ...ddpm, beta_start: 0 }, 'beta_start is 0; it must be above 0 and below 1'],
    [{ ...ddpm, beta_start: 0.5 }, 'beta_end is 0.02; it must be at least beta_start, which is 0.5'],
    [{ ...ddpm, trained_betas: [0.1] }, 'trained_betas has 1 numbers, but num_train_timesteps is 1000'],
    [{ ...dpmSolver, use_karras_sigmas: true }, 'use_karras_sigmas is true; it must be false; nothing else is supported'],
    [{ ...dpmSolver, algorithm_type: 'sde-dpmsolver++' }, 'algorithm_type is "sde-dpmsolver++"; it must be "dpmsolver++"'],
    [{ ...dpmSolver, solver_order: 3 }, 'solver_order is 3; it must be 2'],
    [{ ...dpmSolver, solver_type: 'heun' }, 'solver_type is "heun"'],
    [{ ...dpmSolver, final_sigmas_type: 'sigma_min' }, 'final_sigmas_type is "sigma_min"'],
    [
      { ...dpmSolver, variance_type: 'learned' },
      'variance_type is "learned"; it must be one of fixed_small, fixed_small_log, fixed_large, fixed_large_log',
    ],
    [{ ...dpmSolver, lambda_min_clipped: -5.1 }, 'lambda_min_clipped is -5.1; it must be absent'],
    [{ ...ddpm, from_the_future: 1 }, "unknown field 'from_the_future'"],
  ])('%j', (json, message) => {
    expect(() => fromDiffusersConfig(json)).toThrow(message);
    expect(() => fromDiffusersConfig(json)).toThrow(ConfigError);
  });

  test.each([[null], [[]], ['DDPMScheduler'], [undefined]])('%j, which is no object', (json) => {
    expect(() => fromDiffusersConfig(json)).toThrow(/it must be an object/);
  });
});

/** JSON that is nearly right: fields of the classes, with values of theirs or any. */
const anyConfig = fc.oneof(
  fc.jsonValue(),
  fc
    .tuple(
      fc.constantFrom(...golden.configs),
      fc.dictionary(
        fc.constantFrom(...golden.configs.flatMap((config) => Object.keys(config)), 'trained_betas', '__proto__', 'constructor'),
        fc.oneof(
          {
            weight: 3,
            arbitrary: fc.constantFrom(...golden.configs.flatMap((config) => Object.values(config)), 'sigmoid', 'scaled_linear'),
          },
          { weight: 2, arbitrary: fc.oneof(fc.double({ min: 0, max: 2 }), fc.integer({ min: -1, max: 50 })) },
          { weight: 1, arbitrary: fc.array(fc.double({ min: 0, max: 1 }), { maxLength: 3 }) },
          { weight: 1, arbitrary: fc.jsonValue() },
        ),
        { maxKeys: 4 },
      ),
    )
    .map(([config, changes]) => ({ ...config, ...changes })),
);

test('of any JSON comes what can be built and written again, or a ConfigError', () => {
  let built = 0;
  fc.assert(
    fc.property(anyConfig, (json) => {
      let diffusion: SchedulerConfig;
      try {
        diffusion = fromDiffusersConfig(json);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        return;
      }
      built++;
      createSampler(createSchedule(diffusion.schedule), diffusion.sampler, diffusion.prediction);
      expect(fromDiffusersConfig(JSON.parse(JSON.stringify(toDiffusersConfig(diffusion))))).toEqual(diffusion);
    }),
    { numRuns: 1000 },
  );
  expect(built).toBeGreaterThan(50);
});

test("what another class's config leaves behind is passed over, as in diffusers; what no class knows is not", () => {
  const ddpm = { ...toDiffusersConfig({ ...plain, sampler: { name: 'ddpm', variance: 'fixed_large' } }) };
  expect(fromDiffusersConfig({ ...ddpm, _class_name: 'DDIMScheduler' }).sampler).toMatchObject({ name: 'ddim', clip: true });
  expect(fromDiffusersConfig({ ...ddpm, _class_name: 'DPMSolverMultistepScheduler' }).sampler).toEqual({
    name: 'dpm-solver++',
    clip: false,
  });
  expect(() => fromDiffusersConfig({ ...ddpm, _class_name: 'DDIMScheduler', variance_kind: 'x' })).toThrow(/unknown field 'variance_kind'/);
  expect(() => fromDiffusersConfig({ ...ddpm, _class_name: 'DPMSolverMultistepScheduler', variance_type: 'learned' })).toThrow(
    /variance_type is "learned"/,
  );
});
