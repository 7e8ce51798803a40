/** Files that the user chose, decoded a few at a time: a folder in MVTec AD layout, or any images. */
import { FormatError } from '@rddpm/core';
import { collectBatches, type FileSource, loadImages, type Sample } from '@rddpm/data';
import { GOOD, loadMasks, parseMvtec } from '@rddpm/mvtec';
import { fileListSource } from '@rddpm/mvtec/browser';
import type { ChosenFile } from '../messages.ts';
import { toBytes } from './images.ts';
import type { Progress } from './prepare.ts';

export type DecodedSample = Sample & {
  /** [size, size, channels]. */
  readonly pixels: Uint8Array;
  /** [size, size], where it is known. */
  readonly mask: Uint8Array | undefined;
};

export type Decoded = {
  readonly name: string;
  readonly labelled: boolean;
  readonly samples: readonly DecodedSample[];
  readonly remarks: readonly string[];
};

type Options = { readonly size: number; readonly channels: 1 | 3; readonly progress: Progress; readonly signal: AbortSignal };

/** Pixels of all training images together, and of all test images: with three losses the former come to 200 MB of numbers. */
const MOST_PIXELS = { train: 4_194_304, test: 1_048_576 };
const MOST_IMAGES = { train: 2000, test: 256 };
const PICTURE = /^[^.].*\.(?:png|jpe?g|bmp|webp|avif|gif|tiff?)$/i;
const NAMED = 3; // files that a remark names; more are counted

export async function decodeFiles(files: readonly ChosenFile[], options: Options): Promise<Decoded> {
  const source = fileListSource(files);
  const paths = await source.list();
  const labelled = paths.some((path) => path.startsWith('train/good/'));
  const listed = labelled ? { samples: await parseMvtec(paths), remarks: [] } : unlabelled(paths);
  const used = (['train', 'test'] as const).map((split) => thinned(listed.samples, split, options.size));
  const chosen = used.flatMap(({ samples }) => samples);
  const decoded = await decodeAll(source, chosen, options);
  const remarks = [...listed.remarks, ...used.flatMap(({ remark }) => remark ?? []), ...decoded.remarks];
  if (decoded.samples.length === 0)
    throw new FormatError(`None of the ${files.length} files is an image that this browser can read. ${remarks.join(' ')}`);
  if (labelled) return { name: source.name, labelled, samples: decoded.samples, remarks };
  // nobody says what is normal here: all are trained on, and all are scored
  const scored = thinned(decoded.samples, 'train', options.size, 'test').samples.map((sample) => ({ ...sample, split: 'test' as const }));
  return { name: 'Your images', labelled, samples: [...decoded.samples, ...scored], remarks };
}

function unlabelled(paths: readonly string[]): { samples: Sample[]; remarks: string[] } {
  const fileName = (path: string) => path.split('/').at(-1)!;
  const pictures = paths.filter((path) => PICTURE.test(fileName(path)));
  const others = paths.filter((path) => !pictures.includes(path));
  return {
    samples: pictures.map((path) => ({ id: path, path, split: 'train', kind: GOOD })),
    remarks: others.length > 0 ? [`Left out, not pictures by their names: ${named(others)}.`] : [],
  };
}

/** At most as many as memory is meant for, evenly spread. */
function thinned<S extends Sample>(
  all: readonly S[],
  split: 'train' | 'test',
  size: number,
  limit = split,
): { samples: S[]; remark?: string } {
  const samples = all.filter((sample) => sample.split === split);
  const most = Math.min(MOST_IMAGES[limit], Math.floor(MOST_PIXELS[limit] / size ** 2));
  if (samples.length <= most) return { samples };
  const remark = `${samples.length.toLocaleString('en')} ${split === 'train' ? 'training' : 'test'} images are there; ${most.toLocaleString('en')} of them, evenly spread, are used, so that memory stays bounded at ${size} pixels.`;
  return { samples: Array.from({ length: most }, (_, i) => samples[Math.floor((i * samples.length) / most)]!), remark };
}

async function decodeAll(source: FileSource, samples: readonly Sample[], { size, channels, progress, signal }: Options) {
  const what = 'Reading images';
  const broken = new Set<Sample>();
  const pixels: Uint8Array[] = [];
  progress(what, 0, samples.length);
  const onError = ({ sample }: { sample: Sample }) => broken.add(sample);
  for await (const batch of loadImages(source, samples, { size, channels, batch: 8, onError })) {
    signal.throwIfAborted();
    const bytes = toBytes(batch.data);
    const length = size * size * channels;
    for (let at = 0; at < bytes.length; at += length) pixels.push(bytes.subarray(at, at + length));
    progress(what, pixels.length + broken.size, samples.length);
  }
  const decoded: DecodedSample[] = [];
  const maskless: string[] = [];
  for (const [i, sample] of samples.filter((sample) => !broken.has(sample)).entries()) {
    signal.throwIfAborted();
    decoded.push({
      ...sample,
      pixels: pixels[i]!,
      mask: sample.split === 'test' ? await maskOf(source, sample, size, maskless) : undefined,
    });
  }
  const remarks = [
    ...(broken.size > 0 ? [`Left out, not images that this browser can read: ${named([...broken].map(({ path }) => path))}.`] : []),
    ...(maskless.length > 0 ? [`No usable mask, so their pixels aren't judged: ${named(maskless)}.`] : []),
  ];
  return { samples: decoded, remarks };
}

async function maskOf(source: FileSource, sample: Sample, size: number, maskless: string[]): Promise<Uint8Array | undefined> {
  try {
    return (await collectBatches(loadMasks(source, [sample], { size }))).data;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    maskless.push(sample.path);
    return undefined;
  }
}

function named(paths: readonly string[]): string {
  const more = paths.length - NAMED;
  return `${paths.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`;
}
