import {
  assertPositive,
  assertPositiveInteger,
  ConfigError,
  FormatError,
  type HostTensor,
  type ImageBatch,
  type OpenedModel,
  sha256,
} from '@rddpm/core';
import type { Size } from '@rddpm/core/contracts';
import ndarray from 'ndarray';
import type { OpenFeatures } from './features.ts';
import { imageByImage } from './image-by-image.ts';
import { resizerForNetwork } from './resize-for-network.ts';

type Layout = 'nchw' | 'nhwc';
type Colour = readonly [number, number, number];

export type OnnxFeatureOptions = {
  /** The `.onnx` file: any network of one image, float32 and of three channels. */
  readonly bytes: Uint8Array;
  /** Names of the tensors that are the maps: outputs of the file's nodes, of four axes. Those of 1/4, 1/8 and 1/16 of the sides serve well. */
  readonly taps: readonly string[];
  /** What runs the file: `openOnnx` of `@rddpm/backend/onnx`. */
  readonly open: (bytes: Uint8Array, options: { readonly taps: readonly string[] }) => Promise<OpenedModel>;
  /** What images are resized to. @defaultValue the file's fixed size; 224 x 224 where it has none */
  readonly size?: Size | undefined;
  /** Of the network's input. @defaultValue by where the file has the three channels */
  readonly layout?: Layout | undefined;
  /** Is subtracted from pixels in [0, 1], by colour. @defaultValue ImageNet's, [0.485, 0.456, 0.406] */
  readonly mean?: Colour | undefined;
  /**
   * What they are divided by then, by colour: 1 / 255 of a network that was trained on pixels up to 255.
   * @defaultValue ImageNet's, [0.229, 0.224, 0.225]
   */
  readonly std?: Colour | undefined;
  /** Of the channels, as the network is shown them. @defaultValue 'rgb' */
  readonly order?: 'rgb' | 'bgr' | undefined;
};

/**
 * Features of a network in an ONNX file. Images are shown to it one by one, so that each has the same features whatever is beside it.
 *
 * Opening rejects with ConfigError for options that make no sense or don't fit the file, such as a tap that it doesn't have, and with
 * FormatError for a file that is no such network.
 */
export function onnxFeatures({
  bytes,
  taps,
  open,
  size: wanted,
  layout: wantedLayout,
  mean = [0.485, 0.456, 0.406],
  std = [0.229, 0.224, 0.225],
  order = 'rgb',
}: OnnxFeatureOptions): OpenFeatures {
  return async () => {
    assertNormalisation(mean, std);
    const model = await open(bytes, { taps });
    try {
      const { layout, size } = inputOf(model.inputShape, wantedLayout, wanted);
      const resize = resizerForNetwork(size);
      const show = (image: ImageBatch) => model.run(inputTensor(resize(image), { layout, mean, std, order }));
      const trial = await show(ndarray(new Float32Array(3).fill(0.5), [1, 1, 1, 3]));
      const maps = trial
        .map(({ shape }, i) => ({ output: i, ...mapOf(taps[i]!, shape, size) }))
        .sort((a, b) => b.height * b.width - a.height * a.width);
      const seen = [`${size.width}x${size.height}`, layout, order, `mean ${mean.join(' ')}`, `std ${std.join(' ')}`];
      return {
        id: [`sha256:${await sha256(bytes)}`, taps.join(','), ...seen].join(':'),
        extract: (images) =>
          imageByImage('onnxFeatures', images, async (image) => {
            const outputs = await show(image);
            return maps.map((map) => ({
              shape: [1, map.height, map.width, map.channels],
              data: rowMajor(outputs[map.output]!.data, map),
            }));
          }),
        dispose: () => model.dispose(),
      };
    } catch (error) {
      model.dispose();
      throw error;
    }
  };
}

function assertNormalisation(mean: Colour, std: Colour): void {
  for (const value of std) assertPositive('onnxFeatures: std', value);
  const odd = mean.find((value) => !Number.isFinite(value));
  if (odd !== undefined) throw new ConfigError(`onnxFeatures: mean is ${mean.join(', ')}; each must be a finite number`);
}

const CHANNEL_AXIS = { nchw: 1, nhwc: 3 } as const;

function inputOf(shape: OpenedModel['inputShape'], wanted: Layout | undefined, size: Size | undefined): { layout: Layout; size: Size } {
  const has = `the model's input is [${shape.map((length) => length ?? '?').join(', ')}]`;
  if (shape.length !== 4) throw new FormatError(`onnxFeatures: ${has}; it must be an image, of four axes`);
  if (shape[0] !== undefined && shape[0] !== 1)
    throw new FormatError(`onnxFeatures: ${has}; it must take one image, or any number of them`);
  const layout = layoutOf(shape, wanted, has);
  const [height, width] = layout === 'nchw' ? [shape[2], shape[3]] : [shape[1], shape[2]];
  if (size) {
    assertPositiveInteger('onnxFeatures: size.width', size.width);
    assertPositiveInteger('onnxFeatures: size.height', size.height);
  }
  const taken = { width: width ?? size?.width ?? 224, height: height ?? size?.height ?? 224 };
  if (size && (size.width !== taken.width || size.height !== taken.height)) {
    throw new ConfigError(`onnxFeatures: size is ${size.width}x${size.height}, but ${has}; it must be ${taken.width}x${taken.height}`);
  }
  return { layout, size: taken };
}

function layoutOf(shape: OpenedModel['inputShape'], wanted: Layout | undefined, has: string): Layout {
  const possible = (['nchw', 'nhwc'] as const).filter((layout) => (shape[CHANNEL_AXIS[layout]] ?? 3) === 3);
  if (possible.length === 0) throw new FormatError(`onnxFeatures: ${has}; it must have three channels, at the second or the last axis`);
  if (wanted) {
    if (possible.includes(wanted)) return wanted;
    throw new ConfigError(`onnxFeatures: layout is '${wanted}', but ${has}; it must be '${possible[0]}'`);
  }
  const said = possible.filter((layout) => shape[CHANNEL_AXIS[layout]] === 3);
  if (said.length !== 1)
    throw new ConfigError(`onnxFeatures: ${has}, which doesn't say where the channels are; set layout to 'nchw' or 'nhwc'`);
  return said[0]!;
}

type InputOptions = { readonly layout: Layout; readonly mean: Colour; readonly std: Colour; readonly order: 'rgb' | 'bgr' };

/** @param image [1, h, w, 3] */
function inputTensor({ shape, data }: HostTensor, { layout, mean, std, order }: InputOptions): HostTensor {
  const [, h, w] = shape as [number, number, number, number];
  const pixels = h * w;
  const values = new Float32Array(3 * pixels);
  for (let k = 0; k < 3; k++) {
    const colour = order === 'rgb' ? k : 2 - k;
    for (let i = 0; i < pixels; i++) {
      values[layout === 'nchw' ? k * pixels + i : 3 * i + k] = (data[3 * i + colour]! - mean[colour]!) / std[colour]!;
    }
  }
  return { shape: layout === 'nchw' ? [1, 3, h, w] : [1, h, w, 3], data: values };
}

type FeatureMap = { readonly layout: Layout; readonly height: number; readonly width: number; readonly channels: number };

/** Convolutions are NCHW in ONNX, but a network of another framework may transpose at any place: maps have the image's proportions. */
function mapOf(tap: string, shape: readonly number[], { width, height }: Size): FeatureMap {
  const [n, a, b, c] = shape as [number, number, number, number];
  if (shape.length !== 4 || n !== 1) {
    throw new ConfigError(
      `onnxFeatures: the tap '${tap}' is [${shape}] of one image; it must be a map, [1, channels, height, width] or [1, height, width, channels]`,
    );
  }
  const asNchw = Math.abs(Math.log((b * width) / (c * height)));
  const asNhwc = Math.abs(Math.log((a * width) / (b * height)));
  if (asNchw === asNhwc) {
    throw new ConfigError(
      `onnxFeatures: the tap '${tap}' is [${shape}], which doesn't say where its channels are; take another one, or another size`,
    );
  }
  return asNchw < asNhwc ? { layout: 'nchw', height: b, width: c, channels: a } : { layout: 'nhwc', height: a, width: b, channels: c };
}

function rowMajor(data: Float32Array, { layout, height, width, channels }: FeatureMap): Float32Array {
  if (layout === 'nhwc') return data;
  const pixels = height * width;
  const values = new Float32Array(data.length);
  for (let k = 0; k < channels; k++) for (let i = 0; i < pixels; i++) values[i * channels + k] = data[k * pixels + i]!;
  return values;
}
