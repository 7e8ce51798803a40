import { FormatError } from '@rddpm/core';
import type { DatasetLayout, FileSource, Problem, Sample } from '@rddpm/core/contracts';
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

type Checked = { readonly size?: string; readonly hasMask: boolean; readonly problems: Problem[] };

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
 * Errors: an image or mask that doesn't decode, a defective test image without mask, a mask of another size than its image, or empty.
 * Warnings: a mask of more than two values. What only the names tell (masks without images, counts that differ from published ones) is
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
  for await (const { item: sample, result } of inOrder(samples, (sample) => check(source, sample, truth))) {
    if (result.status === 'rejected') throw result.reason;
    const { size, hasMask, problems: found } = result.value;
    problems.push(...found);
    if (hasMask) masked.add(sample);
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
    problems,
  };
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
  const size = image && `${image.width}x${image.height}`;
  const masks = sample.split === 'test' && sample.anomalous ? ((await findTruth())?.masks ?? []) : [];
  for (const { path } of masks) {
    const mask = await decode(path, 1);
    if (!mask) continue;
    const maskSize = `${mask.width}x${mask.height}`;
    if (size !== undefined && maskSize !== size) report('error', path, `is ${maskSize}, but its image ${sample.path} is ${size}`);
    const values = new Set(mask.data);
    if (values.size === 1 && values.has(0)) report('error', path, `marks nothing, but ${sample.path} should show a defect`);
    if (values.size > 2) report('warning', path, `has ${values.size} values instead of two; all above 0 count as defect`);
  }
  return { ...(size === undefined ? {} : { size }), hasMask: masks.length > 0, problems };
}
