/** Files that the user chose, decoded a few at a time: a data set in any layout that the command line knows, or any images. */
import { createRng, FormatError } from '@rddpm/core';
import {
  collectBatches,
  type DatasetLayout,
  type FileSource,
  imagesLayout,
  loadMasks,
  openDataset,
  openImageSet,
  PICTURE_ENDINGS,
  type Preparation,
  placementOf,
  type Region,
  type Sample,
  sortFiles,
  splitSamples,
} from '@rddpm/data';
import { LAYOUTS } from '@rddpm/mvtec';
import { fileListSource } from '@rddpm/mvtec/browser';
import type { ChosenFile } from '../messages.ts';
import { toBytes } from './images.ts';
import type { Progress } from './prepare.ts';

export type DecodedSample = Sample & {
  /** [size, size, channels]. */
  readonly pixels: Uint8Array;
  /** Where in its frame the picture is; the rest is padding. */
  readonly content: Region;
  /** [size, size], where it is known. */
  readonly mask: Uint8Array | undefined;
};

export type Decoded = {
  readonly name: string;
  /** Whether anybody knows of defects. */
  readonly labelled: boolean;
  /** Those without a split are defective, and there for contamination. */
  readonly samples: readonly DecodedSample[];
  /** How they were prepared. */
  readonly preparation: Preparation;
  readonly remarks: readonly string[];
};

export type DecodeOptions = {
  /** Ranges that it leaves open are measured on the training images. */
  readonly preparation: Preparation;
  /** Of the split, where the data set has none. */
  readonly seed: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/** Pixels of all training images together, and of all test images: page, worker and the browser's storage hold them, and three methods' maps of the latter. */
const MOST_PIXELS = { train: 4_194_304, test: 1_048_576 };
const MOST_IMAGES = { train: 2000, test: 256 };
const NAMED = 3; // files that a remark names; more are counted
const AT_ONCE = 8; // images that become bytes between two looks at the signal

/** @throws {FormatError} for files that make no data set, {ConfigError} for one that is too small to be split. */
export async function decodeFiles(files: readonly ChosenFile[], options: DecodeOptions): Promise<Decoded> {
  const { preparation: asked, seed, progress, signal } = options;
  const source = fileListSource(files);
  if (sortFiles(await source.list()).pictures.length === 0) {
    throw new FormatError(`None of the ${files.length} files is a picture by its name; pictures end with ${PICTURE_ENDINGS.join(', ')}`);
  }
  const { layout, samples: all, problems, leftOut } = await openDataset(source, { layouts: LAYOUTS });
  const { samples } = splitSamples(all, { rng: createRng(seed).fork('folds') });
  const half = (split: Sample['split'], limit: 'train' | 'test') =>
    thinned(
      samples.filter((sample) => sample.split === split),
      limit,
      asked.size,
    );
  const [train, pool, test] = [half('train', 'train'), half(undefined, 'test'), half('test', 'test')];
  const validation = samples.filter(({ split }) => split === 'validation');

  const total = [train, pool, test].reduce((sum, { samples }) => sum + samples.length, 0);
  let done = 0;
  const what = 'Reading images';
  progress(what, done, total);
  const watched: FileSource = {
    ...source,
    async read(path) {
      signal.throwIfAborted();
      const bytes = await source.read(path);
      progress(what, ++done, total);
      return bytes;
    },
  };
  const training = await decodeSet(watched, train.samples, asked, signal);
  const { preparation } = training;
  const others = await decodeSet(watched, [...pool.samples, ...test.samples], preparation, signal);
  const masks = await readMasks(source, others.samples, { layout, preparation, signal });
  const decoded = [...training.samples, ...others.samples].map((sample) => ({ ...sample, mask: masks.bySample.get(sample) }));
  const broken = [...training.broken, ...others.broken];
  // nobody says what to judge: all that is trained on is scored
  const judged = decoded.some(({ split }) => split === 'test') ? undefined : thinned(decoded, 'test', asked.size);
  const remarks = [
    ...leftOut.map(({ reason, paths }) => `Left out, ${reason}: ${named(paths)}.`),
    ...(problems.length > 0
      ? [
          `To be looked at: ${named(
            problems.map(({ path, message }) => `${path} ${message}`),
            '; ',
          )}.`,
        ]
      : []),
    ...(validation.length > 0
      ? [`Left out, for validation, of which this page makes no use: ${named(validation.map(({ path }) => path))}.`]
      : []),
    ...[train, pool, test, judged].flatMap((half) => half?.remark ?? []),
    ...(broken.length > 0 ? [`Left out, not images that can be used here: ${named(broken)}.`] : []),
    ...(masks.missing.length > 0 ? [`No usable mask, so their pixels aren't judged: ${named(masks.missing)}.`] : []),
  ];
  if (decoded.length === 0) {
    throw new FormatError(`None of the ${files.length} files is an image that this browser can read. ${remarks.join(' ')}`);
  }
  const { width, height } = preparation.size;
  if (decoded.some(({ content }) => content.width < width || content.height < height)) {
    remarks.push('Images keep their proportions: squares are filled up with the pixels of their edges, which are not judged.');
  }
  const labelled = decoded.some(({ anomalous }) => anomalous);
  return {
    name: layout.name === imagesLayout.name ? 'Your images' : source.name,
    labelled,
    samples: [...decoded, ...(judged?.samples ?? []).map((sample) => ({ ...sample, split: 'test' as const }))],
    preparation,
    remarks,
  };
}

type Thinned<S> = { readonly samples: readonly S[]; readonly remark?: string };

/** At most as many as memory is meant for, evenly spread. */
function thinned<S extends Sample>(all: readonly S[], limit: 'train' | 'test', { width, height }: Preparation['size']): Thinned<S> {
  const most = Math.min(MOST_IMAGES[limit], Math.floor(MOST_PIXELS[limit] / (width * height)));
  if (all.length <= most) return { samples: all };
  const [count, used] = [all.length, most].map((number) => number.toLocaleString('en'));
  const kind = all[0]!.split === undefined ? 'defective' : all[0]!.split === 'train' ? 'training' : 'test';
  return {
    samples: Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]!),
    remark: `${count} ${kind} images are there; ${used} of them, evenly spread, are ${limit === 'test' && kind === 'training' ? 'judged' : 'used'}, so that memory stays bounded at ${width} pixels.`,
  };
}

type DecodedSet = {
  readonly samples: readonly Omit<DecodedSample, 'mask'>[];
  readonly preparation: Preparation;
  /** Paths of what can't be used. */
  readonly broken: readonly string[];
};

async function decodeSet(source: FileSource, samples: readonly Sample[], asked: Preparation, signal: AbortSignal): Promise<DecodedSet> {
  const broken: string[] = [];
  const onError = ({ sample }: { readonly sample: Sample }) => void broken.push(sample.path);
  const opened = await openImageSet(source, samples, { ...asked, onError });
  const { set, preparation, pictures } = opened;
  const pixels: Uint8Array[] = [];
  while (pixels.length < set.count) {
    signal.throwIfAborted();
    const rows = Int32Array.from({ length: Math.min(AT_ONCE, set.count - pixels.length) }, (_, i) => pixels.length + i);
    const bytes = toBytes((await set.read(rows)).values.data);
    for (let i = 0, length = bytes.length / rows.length; i < rows.length; i++) pixels.push(bytes.slice(i * length, (i + 1) * length));
  }
  signal.throwIfAborted(); // where reading was ended, all that was left is broken
  return {
    samples: opened.samples.map((sample, row) => ({
      ...sample,
      pixels: pixels[row]!,
      content: placementOf(pictures[row]!, preparation).target,
    })),
    preparation,
    broken,
  };
}

type MaskOptions = { readonly layout: DatasetLayout; readonly preparation: Preparation; readonly signal: AbortSignal };

/** Of test images; where nobody knows of defects, there are none to be had. @property missing Paths of those that should have one. */
async function readMasks<S extends Sample>(source: FileSource, samples: readonly S[], { layout, preparation, signal }: MaskOptions) {
  const { truth } = layout;
  const { size, fit, crop } = preparation;
  const bySample = new Map<S, Uint8Array>();
  const missing: string[] = [];
  for (const sample of samples.filter(({ split }) => split === 'test')) {
    signal.throwIfAborted();
    try {
      if (sample.anomalous === false || (await truth(sample, source))) {
        const masks = await collectBatches(loadMasks(source, [sample], { truth, size, fit, crop }));
        bySample.set(sample, masks.data);
      } else if (sample.anomalous) missing.push(sample.path);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      missing.push(sample.path);
    }
  }
  return { bySample, missing };
}

function named(items: readonly string[], separator = ', '): string {
  const more = items.length - NAMED;
  return `${items.slice(0, NAMED).join(separator)}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`;
}
