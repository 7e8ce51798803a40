import { FormatError } from '@rddpm/core';
import type { DatasetLayout, FileSource, Problem, Sample } from '@rddpm/core/contracts';
import { assertInRange } from './image-pixels.ts';
import { inOrder } from './in-order.ts';
import { type OpenDatasetOptions, openDataset } from './open-dataset.ts';

export type VerifyReport = {
  /** The source's name. */
  readonly name: string;
  /** Images of each kind ('good', or a defect), and the masks that belong to them. */
  readonly train: Readonly<Record<string, number>>;
  readonly test: Readonly<Record<string, number>>;
  readonly masks: Readonly<Record<string, number>>;
  /** The images' sizes in pixels, most frequent first. */
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly images: number }[];
  /** In the order of the samples. Without errors among them the data set can be used. */
  readonly problems: readonly Problem[];
};

type Checked = {
  readonly size?: string;
  /** The highest value of an image of 16 bits. */
  readonly peak?: number;
  readonly hasMask: boolean;
  readonly problems: Problem[];
};

/**
 * Opens a data set and every file of it, and reports what is there and what is wrong with it: first what `verifySamples` finds, then what
 * the layout says.
 *
 * @throws {FormatError} if no layout recognises it, or several do; see `openDataset`.
 */
export async function verifyDataset(source: FileSource, options: OpenDatasetOptions): Promise<VerifyReport> {
  const { layout, samples, problems } = await openDataset(source, options);
  const report = await verifySamples(source, samples, layout);
  return { ...report, problems: [...report.problems, ...problems] };
}

/**
 * Opens the files of `samples`, a few at once, and reports what is there and what is wrong with it, in the order of the samples.
 *
 * Errors: an image or mask that doesn't decode, an image of floats outside [0, 1], a defective test image without mask, a mask of another
 * size than its image, or empty. Warnings: a mask of more than two values; images of 16 bits that use the lower ones only, all of them, as
 * cameras of 10 or 12 bits leave them. What only the names tell (masks without images, counts that differ from published ones) is
 * for whoever knows the layout to add.
 *
 * @param options.truth Tells where an image's masks are: that of the layout which the samples come from.
 */
export async function verifySamples(
  source: FileSource,
  samples: readonly Sample[],
  { truth }: { readonly truth: DatasetLayout['truth'] },
): Promise<VerifyReport> {
  const problems: Problem[] = [];
  const masked = new Set<Sample>();
  const sizes = new Map<string, number>();
  const peaks = new Map<Sample, number>();
  for await (const { item: sample, result } of inOrder(samples, (sample) => check(source, sample, truth))) {
    if (result.status === 'rejected') throw result.reason;
    const { size, peak, hasMask, problems: found } = result.value;
    problems.push(...found);
    if (hasMask) masked.add(sample);
    if (peak !== undefined) peaks.set(sample, peak);
    if (size !== undefined) sizes.set(size, (sizes.get(size) ?? 0) + 1);
  }
  const count = (keep: (sample: Sample) => boolean) => {
    const counts: Record<string, number> = {};
    for (const sample of samples) if (keep(sample)) counts[sample.kind] = (counts[sample.kind] ?? 0) + 1;
    return counts;
  };
  return {
    name: source.name,
    train: count(({ split }) => split === 'train'),
    test: count(({ split }) => split === 'test'),
    masks: count((sample) => masked.has(sample)),
    sizes: [...sizes]
      .sort((a, b) => b[1] - a[1])
      .map(([size, images]) => ({ width: Number(size.split('x')[0]), height: Number(size.split('x')[1]), images })),
    problems: [...problems, ...fewBits(peaks)],
  };
}

/** Bits that a camera fills at most, where it doesn't fill 16. */
const CAMERA_BITS = 14;

function fewBits(peaks: ReadonlyMap<Sample, number>): Problem[] {
  const [first] = peaks.keys();
  const highest = [...peaks.values()].reduce((a, b) => Math.max(a, b), 0);
  if (!first || highest === 0 || highest >= 2 ** CAMERA_BITS) return [];
  const bits = Math.max(8, Math.ceil(Math.log2(highest + 1)));
  const also = peaks.size > 1 ? `, as all ${peaks.size} images of 16 bits do` : '';
  const message = `uses the lowest ${bits} of its 16 bits only${also}: nothing is brighter than ${highest} of 65535; multiply by ${2 ** (16 - bits)}`;
  return [{ severity: 'warning', path: first.path, message }];
}

async function check(source: FileSource, sample: Sample, truth: DatasetLayout['truth']): Promise<Checked> {
  const problems: Problem[] = [];
  const report = (severity: Problem['severity'], path: string, message: string) => problems.push({ severity, path, message });
  const decode = async (path: string, channels: 1 | 3) => {
    try {
      return await source.decode(await source.read(path), { channels, kernel: channels === 1 ? 'nearest' : 'smooth' });
    } catch (error) {
      report('error', path, `can't be decoded: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const findTruth = async () => {
    try {
      const found = await truth(sample, source);
      if (!found) report('error', sample.path, 'has no mask');
      return found;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      report('error', sample.path, error.message.replace(`${sample.path} `, ''));
      return undefined;
    }
  };

  const image = await decode(sample.path, 3);
  if (image) {
    try {
      assertInRange(image);
    } catch (error) {
      report('error', sample.path, (error as FormatError).message);
    }
  }
  const size = image && `${image.width}x${image.height}`;
  const peak = image?.data instanceof Uint16Array ? image.data.reduce((a, b) => Math.max(a, b), 0) : undefined;
  const masks = sample.split === 'test' && sample.anomalous ? ((await findTruth())?.masks ?? []) : [];
  for (const { path } of masks) {
    const mask = await decode(path, 1);
    if (!mask) continue;
    const maskSize = `${mask.width}x${mask.height}`;
    if (size !== undefined && maskSize !== size) report('error', path, `is ${maskSize}, but its image ${sample.path} is ${size}`);
    const values = new Set<number>(mask.data);
    if (values.size === 1 && values.has(0)) report('error', path, `marks nothing, but ${sample.path} should show a defect`);
    if (values.size > 2) report('warning', path, `has ${values.size} values instead of two; all above 0 count as defect`);
  }
  return { ...(size === undefined ? {} : { size }), ...(peak === undefined ? {} : { peak }), hasMask: masks.length > 0, problems };
}
