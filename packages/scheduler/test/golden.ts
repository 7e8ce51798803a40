import json from './goldens/schedulers.json' with { type: 'json' };

export type GoldenStep = { t: number; tPrev: number; schedule: string; clip: boolean; xPrev: number[]; x0: number[] } & (
  | { sampler: 'ddpm'; variance: 'fixed_small' | 'fixed_large' }
  | { sampler: 'ddim'; eta: number }
);

/** Made by scripts/goldens/scheduler.py. */
export const golden: {
  library: string;
  shape: [number, number, number, number];
  /** DDPMScheduler's, with its defaults. */
  config: Record<string, unknown>;
  alphasCumprod: { linear: number[]; cosine: number[] };
  addNoise: { t: number[]; xt: number[] };
  timesteps: { spacing: 'linspace' | 'leading' | 'trailing'; from: number; evaluations: number; timesteps: number[] }[];
  steps: GoldenStep[];
} = json as never;

/** The inputs of the golden's steps. */
export const inputs = { xt: waves(1, 1.5), predictedNoise: waves(2, 1), noise: waves(3, 2) };

function waves(start: number, bound: number): Float32Array {
  const size = golden.shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: size }, (_, k) => bound * Math.sin(start + k));
}
