import fs from 'node:fs/promises';
import { join } from 'node:path';
import { createBackend } from '@rddpm/backend/cpu';
import { ConfigError, type NoiseSchedule, type Sampler, toTensors } from '@rddpm/core';
import { type DetectionConfig, MODEL_FILES, MODEL_INFO } from '@rddpm/diffusion';
import { reverseTimesteps } from '@rddpm/scheduler';
import { createSampler, createSchedule } from '@rddpm/scheduler/config';
import { toOnnx } from '@rddpm/tfjs-onnx';
import { dispose, type Rank, type Tensor1D, type Tensor4D, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { writeFileAtomically } from './atomic-file.ts';
import { loadModel } from './model-folder.ts';
import { writeJson } from './run-folder.ts';

/** A folder for `DDPMPipeline.from_pretrained`. @returns The files' names. */
export async function exportDiffusers(model: string, out: string): Promise<string[]> {
  await loadModel(model); // nothing is copied from a model that isn't whole
  for (const file of MODEL_FILES) await writeFileAtomically(join(out, file), await fs.readFile(join(model, file)));
  return [...MODEL_FILES];
}

/**
 * The trained model as graphs that need nothing of ours. Images are [batch, size, size, channels] float32 in [-1, 1], `t` is [batch] int32.
 *
 * - `denoiser.onnx`: `in.x`, `in.t` -> `out.prediction`, of what `rddpm.json` says
 * - `reverse-step.onnx`, the denoiser and the sampler: `in.xt`, `in.t`, `in.noise`, `in.coefficients` and, for dpm-solver++, `in.previousX0` ->
 *   `out.xPrev`, the next step's `in.xt`, and `out.x0`
 * - `reverse-chain.json`: the numbers of a whole reconstruction, as `Chain` has them
 * - `rddpm.json`: how images are prepared and scored
 *
 * @returns The files' names.
 * @throws {ConfigError} for a model that inverts images instead of noising them: there is no graph for the way up.
 */
export async function exportOnnx(model: string, out: string, batch: number): Promise<string[]> {
  const { network, weights: hostWeights, info } = await loadModel(model);
  const { diffusion, detection } = info;
  const schedule = createSchedule(diffusion.schedule);
  const sampler = createSampler(schedule, detection.sampler, diffusion.prediction);
  if (detection.encode === 'inversion') {
    throw new ConfigError(
      "export --format onnx: the model's detection has encode 'inversion', for which there is no graph; train or import with --encode noise",
    );
  }
  const chain = chainOf(sampler, schedule, detection);
  await createBackend(); // tensors have to live somewhere; nothing is computed
  const weights = toTensors(hostWeights);
  const images = zeros<Rank.R4>([batch, info.size, info.size, info.channels]);
  const t = zeros<Rank.R1>([batch], 'int32');
  const coefficients = tensor1d(chain.steps[0]!.coefficients);
  const denoiser = toOnnx(({ x, t }: DenoiserInput) => ({ prediction: network.predict(weights, x, t) }), { x: images, t });
  const reverseStep = toOnnx(
    ({ t, coefficients, ...images }: ReverseStepInput) =>
      sampler.apply({ ...images, prediction: network.predict(weights, images.xt, t) }, coefficients),
    { xt: images, t, noise: images, coefficients, ...(detection.sampler.name === 'dpm-solver++' ? { previousX0: images } : {}) },
  );
  dispose([images, t, coefficients, ...Object.values(weights)]);
  const graphs = { 'denoiser.onnx': denoiser, 'reverse-step.onnx': reverseStep };
  const texts = { 'reverse-chain.json': chain, [MODEL_INFO]: info };
  for (const [file, bytes] of Object.entries(graphs)) await writeFileAtomically(join(out, file), bytes);
  for (const [file, value] of Object.entries(texts)) await writeJson(join(out, file), value);
  return [...Object.keys(graphs), ...Object.keys(texts)];
}

type DenoiserInput = { x: Tensor4D; t: Tensor1D };
type ReverseStepInput = { xt: Tensor4D; t: Tensor1D; noise: Tensor4D; coefficients: Tensor1D; previousX0?: Tensor4D };

type Chain = {
  /** The first `xt` is signalScale · image + noiseScale · noise, of the kind that `rddpm.json` names. */
  readonly forward: { readonly signalScale: number; readonly noiseScale: number };
  /** In their order. The last `xPrev` is the reconstruction. */
  readonly steps: readonly { readonly t: number; readonly coefficients: number[] }[];
};

function chainOf(sampler: Sampler, schedule: NoiseSchedule, detection: DetectionConfig): Chain {
  const { forwardSteps, reverseSteps: from, evaluations, spacing } = detection;
  const alphaCumprod = schedule.alphasCumprod[forwardSteps - 1]!;
  const timesteps = [...reverseTimesteps({ from, evaluations, spacing })];
  return {
    forward: { signalScale: Math.sqrt(alphaCumprod), noiseScale: Math.sqrt(1 - alphaCumprod) },
    steps: timesteps.map((t, i) => ({ t, coefficients: [...sampler.coefficients(t, timesteps[i + 1] ?? -1, timesteps[i - 1])] })),
  };
}
