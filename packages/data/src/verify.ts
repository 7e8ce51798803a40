import type { DatasetLayout, FileSource, LeftOut, PictureInfo, Problem, Sample } from '@rddpm/core/contracts';
import { inOrder } from './in-order.ts';
import { type OpenDatasetOptions, openDataset } from './open-dataset.ts';
import { duplicates, fewBits, invertedMasks, type Looked, missingMasks } from './verify/across.ts';
import { look } from './verify/look.ts';

/** How many, by kind of image: 'good', or a defect. */
type Counts = Readonly<Record<string, number>>;

export type VerifyReport = {
  /** The source's name. */
  readonly name: string;
  /** The layout's name. Absent if `verifySamples` wasn't told. */
  readonly layout?: string;
  readonly train: Counts;
  readonly validation: Counts;
  readonly test: Counts;
  /** Images for which the data set says no split. */
  readonly unsplit: Counts;
  /** Images of which nobody knows whether they show a defect; they are among those above. */
  readonly unknown: Counts;
  /** Images that have masks. */
  readonly masks: Counts;
  /** The images' sizes in pixels, most frequent first. */
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly images: number }[];
  /** What the images' files are, most frequent first: `{ 'png, uint8, 3 channels': 292 }`. */
  readonly formats: Counts;
  /** Files that the layout passes over. */
  readonly leftOut: readonly LeftOut[];
  /** In the order of the samples, then those that concern several files. Without errors among them the data set can be used. */
  readonly problems: readonly Problem[];
};

export type VerifySamplesOptions = {
  /** Tells where an image's masks are: that of the layout which the samples come from. */
  readonly truth: DatasetLayout['truth'];
  /** The layout's, for the report. */
  readonly name?: string;
};

/**
 * Opens a data set and every file of it, and reports what is there and what is wrong with it: first what `verifySamples` finds, then what
 * `openDataset` says.
 *
 * @throws {FormatError} if no layout recognises it, or several do; see `openDataset`.
 */
export async function verifyDataset(source: FileSource, options: OpenDatasetOptions): Promise<VerifyReport> {
  const { layout, samples, problems, leftOut } = await openDataset(source, options);
  const report = await verifySamples(source, samples, layout);
  return { ...report, leftOut, problems: [...report.problems, ...problems] };
}

/**
 * Opens the files of `samples`, each once and a few at a time, and reports what is there and what is wrong with it.
 *
 * Errors: an image or mask that can't be read or decoded, or has too many pixels; floats that aren't finite; a defective image outside training without a
 * mask where others have one; a mask of another size than its image, or that marks nothing, or everything.
 *
 * Warnings: masks of more than two values, masks with their marks in alpha, masks that mark more than half (inverted, perhaps), no masks at all; files that
 * are not what their endings say, of several pages, transparent, or turned by EXIF; images of 16 bits that all use the lower ones only; images of one
 * content. Different sizes, depths and channels are no problem, and are counted. What only the names tell (images of one name, masks without images, counts that differ
 * from published ones) is for whoever knows the layout to add; `openDataset` does.
 *
 * @throws {BackendError} where there is no Web Crypto; see `sha256`.
 */
export async function verifySamples(
  source: FileSource,
  samples: readonly Sample[],
  { truth, name: layout }: VerifySamplesOptions,
): Promise<VerifyReport> {
  const all: Looked[] = [];
  for await (const { item: sample, result } of inOrder(samples, (sample) => look(source, sample, truth))) {
    if (result.status === 'rejected') throw result.reason;
    all.push({ sample, look: result.value });
  }
  const kinds = (keep: (looked: Looked) => boolean) => countBy(all.filter(keep).map(({ sample }) => sample.kind));
  const infos = all.flatMap(({ look }) => (look.image ? [look.image.info] : []));
  return {
    name: source.name,
    ...(layout !== undefined && { layout }),
    train: kinds(({ sample }) => sample.split === 'train'),
    validation: kinds(({ sample }) => sample.split === 'validation'),
    test: kinds(({ sample }) => sample.split === 'test'),
    unsplit: kinds(({ sample }) => sample.split === undefined),
    unknown: kinds(({ sample }) => sample.anomalous === undefined),
    masks: kinds(({ look }) => look.hasMasks),
    sizes: byFrequency(countBy(infos.map(({ width, height }) => `${width}x${height}`))).map(([size, images]) => {
      const [width, height] = size.split('x').map(Number) as [number, number];
      return { width, height, images };
    }),
    formats: Object.fromEntries(byFrequency(countBy(infos.map(formatOf)))),
    leftOut: [],
    problems: [
      ...all.flatMap(({ look }) => look.problems),
      ...missingMasks(all),
      ...invertedMasks(all.flatMap(({ look }) => look.masks)),
      ...duplicates(all),
      ...fewBits(all),
    ],
  };
}

function formatOf({ format, type, channels }: PictureInfo): string {
  return `${format}, ${type}, ${channels} ${channels === 1 ? 'channel' : 'channels'}`;
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const byFrequency = (counts: Counts): [string, number][] => Object.entries(counts).sort((a, b) => b[1] - a[1]);
