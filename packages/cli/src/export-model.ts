import fs from 'node:fs/promises';
import { join } from 'node:path';
import { createBackend } from '@rddpm/backend/cpu';
import { ConfigError, type NoiseSchedule, type Sampler, toTensors } from '@rddpm/core';
import { MODEL_INFO, modelInfoText } from '@rddpm/core/model-info';
import { askingConfigOf, type DetectionConfig, type DiffusionModel, MODEL_FILES } from '@rddpm/diffusion';
import { reverseTimesteps } from '@rddpm/scheduler';
import { createSampler, createSchedule } from '@rddpm/scheduler/config';
import { type LoadedModel, writeFileAtomically, writeJson } from '@rddpm/study';
import { toOnnx } from '@rddpm/tfjs-onnx';
import type { UNet } from '@rddpm/unet';
import { dispose, type Rank, type Tensor1D, type Tensor4D, tensor1d, zeros } from '@tensorflow/tfjs-core';

/** @throws {ConfigError} for a model of another kind: there is nothing that other tools would read. */
export function asDiffusionModel({ model, info }: LoadedModel): DiffusionModel {
  const { network, weights } = model as Partial<DiffusionModel>;
  if (network && weights && 'blockOutChannels' in ((network as Partial<UNet>).config ?? {})) return { network, weights, info };
  throw new ConfigError(`export: the model is one of ${info.method}; only diffusion models, whose network is a U-Net, go to other tools`);
}

/** Writes a folder for `DDPMPipeline.from_pretrained`. @param model The model's folder, complete. @returns The files' names. */
export async function exportDiffusers(model: string, out: string): Promise<string[]> {
  for (const file of MODEL_FILES) await writeFileAtomically(join(out, file), await fs.readFile(join(model, file)));
  return [...MODEL_FILES];
}

/**
 * Writes the trained model as graphs that run without this project. Images are [batch, height, width, channels] float32 in [-1, 1], `t` is [batch] int32.
 *
 * - `denoiser.onnx`: `in.x`, `in.t` -> `out.prediction`, which `rddpm.json` says the kind of: noise, image or velocity
 * - `reverse-step.onnx`, the denoiser and the sampler: `in.xt`, `in.t`, `in.noise`, `in.coefficients` and, for dpm-solver++, `in.previousX0` ->
 *   `out.xPrev`, the next step's `in.xt`, and `out.x0`
 * - `reverse-chain.json`: the numbers of a whole reconstruction, as `Chain` has them
 * - `rddpm.json`: how images are prepared and scored
 *
 * @returns The files' names.
 * @throws {ConfigError} for a model that encodes images by inversion instead of adding noise: there is no graph for that.
 */
export async function exportOnnx({ network, weights: hostWeights, info }: DiffusionModel, out: string, batch: number): Promise<string[]> {
  const { diffusion, detection } = askingConfigOf(info);
  const schedule = createSchedule(diffusion.schedule);
  const sampler = createSampler(schedule, detection.sampler, diffusion.prediction);
  if (detection.reading === 'steps') {
    throw new ConfigError(
      'export --format onnx: the model is read by single steps, for which there is no chain; train or import with --reading walk',
    );
  }
  if (detection.encode === 'inversion') {
    throw new ConfigError(
      "export --format onnx: the model's detection has encode 'inversion', for which there is no graph; train or import with --encode noise",
    );
  }
  const chain = chainOf(sampler, schedule, detection);
  await createBackend(); // tracing needs a backend for its tensors, but computes nothing
  const weights = toTensors(hostWeights);
  const images = zeros<Rank.R4>([batch, info.input.height, info.input.width, info.input.channels]);
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
  const texts = { 'reverse-chain.json': chain, [MODEL_INFO]: JSON.parse(modelInfoText(info)) };
  for (const [file, bytes] of Object.entries(graphs)) await writeFileAtomically(join(out, file), bytes);
  for (const [file, value] of Object.entries(texts)) await writeJson(join(out, file), value);
  return [...Object.keys(graphs), ...Object.keys(texts)];
}

type DenoiserInput = { x: Tensor4D; t: Tensor1D };
type ReverseStepInput = { xt: Tensor4D; t: Tensor1D; noise: Tensor4D; coefficients: Tensor1D; previousX0?: Tensor4D };

type Chain = {
  /** The first `xt` is signalScale · image + noiseScale · noise, of the kind that `rddpm.json` names. */
  readonly forward: { readonly signalScale: number; readonly noiseScale: number };
  /** The reverse steps, in their order. The last `xPrev` is the reconstruction. */
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
