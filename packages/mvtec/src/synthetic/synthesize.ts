import { assertPositiveInteger, ConfigError, type ImageBatch, type Rng, ShapeError } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { GOOD } from '../layout.ts';
import { bottle } from './bottle.ts';
import { carpet } from './carpet.ts';
import { grid } from './grid.ts';
import { plate } from './plate.ts';
import { type Picture, render, type Scene } from './scene.ts';

const SCENES = { bottle, carpet, grid, plate } satisfies Record<string, (rng: Rng) => Scene>;

export type SyntheticKind = keyof typeof SCENES;

/** What `synthesize` can draw. */
export const SYNTHETIC_KINDS = Object.keys(SCENES) as readonly SyntheticKind[];

export type SynthesizeOptions = {
  /**
   * 'carpet': a weave; 'bottle': an object on a table; 'grid': a wire mesh; 'plate': a part at any angle, with small flaws. The first is learnt soonest.
   * @defaultValue 'carpet'
   */
  readonly kind?: SyntheticKind;
  /** Side length in pixels, at least 16. @defaultValue 64 */
  readonly size?: number;
  /** Good training images. @defaultValue 200 */
  readonly train?: number;
  /** Good test images. @defaultValue 20 */
  readonly testGood?: number;
  /** Test images of each of the four kinds of defect. @defaultValue 15 */
  readonly testPerDefect?: number;
  readonly rng: Rng;
};

/**
 * A sample that carries its picture; `contaminate` takes it as any other. Its severity is how much the flaw changes the picture, by size and by contrast
 * alike: the root mean square over the whole picture, in grey levels of 255, rounded to hundredths.
 */
export type SyntheticSample = Sample & Picture & { readonly split: 'train' | 'test' };

export type SyntheticDataset = {
  readonly kind: SyntheticKind;
  readonly size: number;
  /** In the order and with the paths that `parseMvtec` gives the same data set once it is written. */
  readonly samples: readonly SyntheticSample[];
};

/**
 * A procedural data set in the spirit of MVTec AD's bottle, carpet and grid, with exact masks.
 *
 * Lighting, pose, colour and texture vary from image to image, and defects take their colours from their own image: they are wrong
 * for where they are, not bright. The distance to the mean training image finds them badly.
 *
 * Each image depends on the generator and on its own path alone: more images leave the others as they are.
 *
 * @throws {ConfigError} for an unknown kind, or a size or number that can't be.
 */
export function synthesize(options: SynthesizeOptions): SyntheticDataset {
  const { kind = 'carpet', size = 64, train = 200, testGood = 20, testPerDefect = 15, rng } = options;
  const scene = SCENES[kind];
  if (!scene) throw new ConfigError(`synthesize: kind is '${kind}'; it must be one of ${Object.keys(SCENES).join(', ')}`);
  assertPositiveInteger('synthesize: size', size);
  if (size < 16) throw new ConfigError(`synthesize: size is ${size}; below 16 pixels nothing can be made out`);
  for (const [name, count] of Object.entries({ train, testGood, testPerDefect })) assertCount(`synthesize: ${name}`, count);

  const draw = (split: 'train' | 'test', defect: string, index: number): SyntheticSample => {
    const id = `${defect}/${String(index).padStart(3, '0')}`;
    const path = `${split}/${id}.png`;
    const own = rng.fork(`${kind} ${path}`);
    const drawn = scene(own.fork('scene'));
    const flaw = drawn.flaws[defect]?.(own.fork('flaw'));
    const { change, ...picture } = render(drawn, flaw, size, own.fork('noise'));
    const severity = flaw && { severity: Math.round(100 * change) / 100 };
    return { id, path, split, anomalous: flaw !== undefined, kind: defect, ...severity, ...picture };
  };
  const defects = Object.keys(scene(rng).flaws);
  const test = [...defects.map((defect) => ({ defect, count: testPerDefect })), { defect: GOOD, count: testGood }];
  test.sort((a, b) => (a.defect < b.defect ? -1 : 1));
  const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));
  return {
    kind,
    size,
    samples: [
      ...times(train, (index) => draw('train', GOOD, index)),
      ...test.flatMap(({ defect, count }) => times(count, (index) => draw('test', defect, index))),
    ],
  };
}

/** The samples' images, [n, size, size, 3] in [0, 1]. @throws {ShapeError} if there are none. */
export function stackImages(samples: readonly SyntheticSample[]): ImageBatch {
  const shape = shapeOf('stackImages', samples);
  const values = new Float32Array(samples.length * shape[0] * shape[1] * 3);
  for (const [i, { image }] of samples.entries()) values.set(image.data, i * image.size);
  return ndarray(values, [samples.length, ...shape, 3]);
}

/** The samples' masks, [n, size, size], 0 and 1. @throws {ShapeError} if there are none. */
export function stackMasks(samples: readonly SyntheticSample[]): NdArray<Uint8Array> {
  const shape = shapeOf('stackMasks', samples);
  const values = new Uint8Array(samples.length * shape[0] * shape[1]);
  for (const [i, { mask }] of samples.entries()) values.set(mask.data, i * mask.size);
  return ndarray(values, [samples.length, ...shape]);
}

function shapeOf(where: string, samples: readonly SyntheticSample[]): [number, number] {
  const [first] = samples;
  if (!first) throw new ShapeError(`${where}: there are no samples; at least one is needed`);
  return [first.mask.shape[0]!, first.mask.shape[1]!];
}

function assertCount(what: string, count: number): void {
  if (!(Number.isSafeInteger(count) && count >= 0)) throw new ConfigError(`${what} is ${count}; it must be a whole number of at least 0`);
}
