import type { NoiseSchedule, PredictionType } from '@rddpm/core';
import {
  cosineSchedule,
  linearSchedule,
  type SamplerOptions,
  type Spacing,
  scaledLinearSchedule,
  sigmoidSchedule,
  zeroTerminalSnr,
} from '@rddpm/scheduler';
import json from './goldens/schedulers.json' with { type: 'json' };

type DiffusersSchedule = 'linear' | 'scaled_linear' | 'squaredcos_cap_v2' | 'sigmoid';
type How = {
  schedule: DiffusersSchedule;
  zeroSnr?: boolean;
  prediction: PredictionType;
  clip: boolean | number;
  thresholding?: { ratio: number; maxValue: number };
};

export type GoldenStep = How & { t: number; tPrev: number; xPrev: number[]; x0: number[] } & (
    | { sampler: 'ddpm'; variance: 'fixed_small' | 'fixed_large' | 'fixed_small_log' }
    | { sampler: 'ddim'; eta: number }
  );

/** Evaluation k is answered with `answer(k)`. */
export type GoldenChain = How & { timesteps: number[]; xPrev: number[][] };

/** Made by scripts/goldens/scheduler.py. */
export const golden: {
  library: string;
  shape: [number, number, number, number];
  /** Of DDPMScheduler, DDIMScheduler and DPMSolverMultistepScheduler with their defaults. */
  configs: Record<string, unknown>[];
  alphasCumprod: Record<DiffusersSchedule, { plain: number[]; zeroSnr: number[] }>;
  addNoise: { t: number[]; xt: number[] };
  timesteps: { spacing: Spacing; from: number; evaluations: number; offset: number; timesteps: number[] }[];
  dpmTimesteps: { spacing: Spacing; evaluations: number; timesteps: number[] }[];
  steps: GoldenStep[];
  dpmChains: GoldenChain[];
  inversionChains: GoldenChain[];
} = json as never;

/** The inputs of the golden's steps. */
export const inputs = { xt: waves(1, 1.5), prediction: waves(2, 1), noise: waves(3, 2) };

/** What the network says at a chain's k-th evaluation. */
export const answer = (evaluation: number) => waves(2 + evaluation, 1);

const SCHEDULES: Record<DiffusersSchedule, () => NoiseSchedule> = {
  linear: linearSchedule,
  scaled_linear: scaledLinearSchedule,
  squaredcos_cap_v2: cosineSchedule,
  sigmoid: sigmoidSchedule,
};

export function scheduleOf({ schedule, zeroSnr = false }: Pick<How, 'schedule' | 'zeroSnr'>): NoiseSchedule {
  const made = SCHEDULES[schedule]();
  return zeroSnr ? zeroTerminalSnr(made) : made;
}

export function samplerOptionsOf({ prediction, clip, thresholding }: How): SamplerOptions {
  return { prediction, clip, ...(thresholding && { thresholding }) };
}

function waves(start: number, bound: number): Float32Array {
  const size = golden.shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: size }, (_, k) => bound * Math.sin(start + k));
}
