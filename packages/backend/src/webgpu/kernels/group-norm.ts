/** Group normalisation over [n, h, w, c] and its gradient, in a handful of dispatches. */
import type { KernelConfig, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { dispatch, GROUP_SIZE, type Width, wgslType, widthOf } from './program.ts';

/** x, scale [c], offset [c] -> y */
export const groupNorm: KernelConfig = {
  kernelName: 'RddpmGroupNorm',
  backendName: 'webgpu',
  kernelFunc: (call) => {
    const layer = layerOf(call);
    const { backend, x, scale, offset } = layer;
    const stats = statistics(layer);
    const y = perElement(layer, {
      name: 'groupNorm',
      inputs: { x, stats, scale, offset: offset! },
      value: (channel, value) => `
        let unit = 2 * (sample * uniforms.groups + ${channel} / uniforms.perGroup);
        y = (${value('x')} - stats[unit]) * stats[unit + 1] * scale[${channel}] + offset[${channel}];`,
    });
    backend.disposeData(stats.dataId);
    return y;
  },
};

/** x, scale, dy -> dx, dscale, doffset */
export const groupNormGrad: KernelConfig = {
  kernelName: 'RddpmGroupNormGrad',
  backendName: 'webgpu',
  kernelFunc: (call) => {
    const layer = layerOf(call);
    const { backend, x, scale, dy } = layer;
    const stats = statistics(layer);
    const sums = channelSums(layer, stats);
    const slopes = groupSlopes(layer, sums);
    // dx = (scale dy - mean(scale dy) - x̂ mean(scale dy x̂)) / σ, the means over each group
    const dx = perElement(layer, {
      name: 'groupNormGrad',
      inputs: { x, dy: dy!, stats, scale, slopes },
      value: (channel, value) => `
        let unit = 2 * (sample * uniforms.groups + ${channel} / uniforms.perGroup);
        let normalized = (${value('x')} - stats[unit]) * stats[unit + 1];
        y = (scale[${channel}] * ${value('dy')} - slopes[unit] - normalized * slopes[unit + 1]) * stats[unit + 1];`,
    });
    const [doffset, dscale] = [0, 1].map((which) => overSamples(layer, sums, which)) as [TensorInfo, TensorInfo];
    for (const { dataId } of [stats, sums, slopes]) backend.disposeData(dataId);
    return [dx, dscale, doffset];
  },
};

/** What all of a layer's dispatches need to know. */
type Layer = {
  readonly backend: WebGPUBackend;
  readonly x: TensorInfo;
  readonly scale: TensorInfo;
  readonly offset: TensorInfo | undefined;
  readonly dy: TensorInfo | undefined;
  readonly samples: number;
  readonly pixels: number;
  readonly channels: number;
  readonly groups: number;
  readonly epsilon: number;
  /** Of x and what has its shape. */
  readonly width: Width;
};

function layerOf({ inputs, attrs, backend }: { inputs: NamedTensorInfoMap; attrs?: NamedAttrMap; backend: unknown }): Layer {
  const { x, scale, offset, dy } = inputs as { x: TensorInfo; scale: TensorInfo; offset?: TensorInfo; dy?: TensorInfo };
  const { groups, epsilon } = attrs as { groups: number; epsilon: number };
  const [samples, h, w, channels] = x.shape as [number, number, number, number];
  const width = widthOf(channels);
  return { backend: backend as WebGPUBackend, x, scale, offset, dy, samples, pixels: h * w, channels, groups, epsilon, width };
}

const uniformsOf = ({ pixels, channels, groups, width }: Layer) => ({
  pixels,
  channels,
  groups,
  perGroup: channels / groups,
  blocks: channels / width,
});

/** Adds up what each thread of a workgroup has put into `shared0` and `shared1`; the sums are in their first elements, for the first thread. */
const TREE = `
  for (var half = ${GROUP_SIZE / 2}u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (localIndex < half) {
      shared0[localIndex] += shared0[localIndex + half];
      shared1[localIndex] += shared1[localIndex + half];
    }
  }`;

const sharedOf = (type: string) => `
  var<workgroup> shared0 : array<${type}, ${GROUP_SIZE}>;
  var<workgroup> shared1 : array<${type}, ${GROUP_SIZE}>;`;

/** [n, groups, 2]: mean, and 1 / standard deviation. Deviations are taken from the group's first value: E[x²] - E[x]² would cancel. */
function statistics(layer: Layer): TensorInfo {
  const { backend, x, samples, groups, epsilon } = layer;
  return dispatch(backend, {
    name: 'groupStatistics',
    inputs: { x },
    outputShape: [samples, groups, 2],
    threads: samples * groups * GROUP_SIZE,
    integers: uniformsOf(layer),
    numbers: { epsilon },
    declarations: sharedOf('f32'),
    unguarded: true,
    code: `
      let unit = min(index, uniforms.threads - 1) / ${GROUP_SIZE};
      let first = (unit / uniforms.groups) * uniforms.pixels * uniforms.channels + (unit % uniforms.groups) * uniforms.perGroup;
      let shift = x[first];
      var total = 0.0;
      var squares = 0.0;
      for (var i = i32(localIndex); i < uniforms.pixels * uniforms.perGroup; i += ${GROUP_SIZE}) {
        let deviation = x[first + (i / uniforms.perGroup) * uniforms.channels + i % uniforms.perGroup] - shift;
        total += deviation;
        squares += deviation * deviation;
      }
      shared0[localIndex] = total;
      shared1[localIndex] = squares;
      ${TREE}
      if (localIndex == 0u) {
        let count = f32(uniforms.pixels * uniforms.perGroup);
        let deviation = shared0[0] / count;
        result[2 * unit] = shift + deviation;
        result[2 * unit + 1] = inverseSqrt(max(shared1[0] / count - deviation * deviation, 0.0) + uniforms.epsilon);
      }`,
  });
}

/** [n, c, 2]: over each sample's pixels, the sum of dy and that of dy x̂. */
function channelSums(layer: Layer, stats: TensorInfo): TensorInfo {
  const { backend, x, dy, samples, channels, width } = layer;
  const type = wgslType(width);
  const lanes = Array.from({ length: width }, (_, lane) => (width === 1 ? '' : `[${lane}]`));
  return dispatch(backend, {
    name: 'groupNormChannelSums',
    inputs: { x, dy: dy!, stats },
    widths: { x: width, dy: width },
    outputShape: [samples, channels, 2],
    threads: ((samples * channels) / width) * GROUP_SIZE,
    integers: uniformsOf(layer),
    declarations: sharedOf(type),
    unguarded: true,
    code: `
      let unit = min(index, uniforms.threads - 1) / ${GROUP_SIZE};
      let sample = unit / uniforms.blocks;
      let block = unit % uniforms.blocks;
      var mean : ${type};
      var inverse : ${type};
      ${lanes
        .map(
          (lane, k) => `{
        let group = 2 * (sample * uniforms.groups + (block * ${width} + ${k}) / uniforms.perGroup);
        mean${lane} = stats[group];
        inverse${lane} = stats[group + 1];
      }`,
        )
        .join('\n')}
      var total = ${type}(0.0);
      var product = ${type}(0.0);
      for (var i = i32(localIndex); i < uniforms.pixels; i += ${GROUP_SIZE}) {
        let at = (sample * uniforms.pixels + i) * uniforms.blocks + block;
        total += dy[at];
        product += dy[at] * (x[at] - mean);
      }
      shared0[localIndex] = total;
      shared1[localIndex] = product * inverse;
      ${TREE}
      if (localIndex == 0u) {
        let at = 2 * (sample * uniforms.channels + block * ${width});
        ${lanes.map((lane, k) => `result[at + ${2 * k}] = shared0[0]${lane}; result[at + ${2 * k + 1}] = shared1[0]${lane};`).join('\n')}
      }`,
  });
}

/** [n, groups, 2]: means of scale dy and of scale dy x̂ over each group. */
function groupSlopes(layer: Layer, sums: TensorInfo): TensorInfo {
  const { backend, scale, samples, groups } = layer;
  return dispatch(backend, {
    name: 'groupNormSlopes',
    inputs: { sums, scale },
    outputShape: [samples, groups, 2],
    threads: samples * groups * 2,
    integers: uniformsOf(layer),
    code: `
      let unit = index / 2;
      let first = (unit % uniforms.groups) * uniforms.perGroup;
      var total = 0.0;
      for (var channel = first; channel < first + uniforms.perGroup; channel++) {
        total += scale[channel] * sums[2 * ((unit / uniforms.groups) * uniforms.channels + channel) + index % 2];
      }
      result[index] = total / f32(uniforms.pixels * uniforms.perGroup);`,
  });
}

/** [c]: one of the two sums of each channel, over all samples. */
function overSamples(layer: Layer, sums: TensorInfo, which: number): TensorInfo {
  const { backend, samples, channels } = layer;
  return dispatch(backend, {
    name: 'groupNormOverSamples',
    inputs: { sums },
    outputShape: [channels],
    threads: channels,
    integers: { samples, channels, which },
    code: `
      var total = 0.0;
      for (var sample = 0; sample < uniforms.samples; sample++) {
        total += sums[2 * (sample * uniforms.channels + index) + uniforms.which];
      }
      result[index] = total;`,
  });
}

/** Something of x's shape. `value` is code that sets `y` for one `channel`, with the values there of x or dy. */
function perElement(
  layer: Layer,
  options: {
    name: string;
    inputs: Record<string, TensorInfo>;
    value: (channel: string, value: (input: string) => string) => string;
  },
): TensorInfo {
  const { backend, x, samples, pixels, channels, width } = layer;
  const lanes = Array.from({ length: width }, (_, lane) => (width === 1 ? '' : `[${lane}]`));
  return dispatch(backend, {
    name: options.name,
    inputs: options.inputs,
    widths: { x: width, dy: width },
    outputShape: x.shape,
    outputWidth: width,
    threads: (samples * pixels * channels) / width,
    integers: uniformsOf(layer),
    code: `
      let sample = index / (uniforms.pixels * uniforms.blocks);
      let first = (index % uniforms.blocks) * ${width};
      var outcome : ${wgslType(width)};
      ${lanes
        .map(
          (lane, k) => `{
        let channel = first + ${k};
        var y : f32;
        ${options.value('channel', (input) => `${input}[index]${lane}`)}
        outcome${lane} = y;
      }`,
        )
        .join('\n')}
      result[index] = outcome;`,
  });
}
