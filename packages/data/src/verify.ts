import type { FileSource } from './file-source.ts';
import { inOrder } from './in-order.ts';
import { expectedMaskPath, GOOD, type Sample } from './sample.ts';

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
  readonly problems: readonly VerifyProblem[];
};

export type VerifyProblem = {
  /** An error stops training or scoring; a warning is something to know. */
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly message: string;
};

type Checked = { readonly size?: string; readonly problems: VerifyProblem[] };

/**
 * Opens the files of `samples`, a few at once, and reports what is there and what is wrong with it, in the order of the samples.
 *
 * Errors: an image or mask that doesn't decode, a defective test image without mask, a mask of another size than its image, or empty.
 * Warnings: a mask of more than two values. What only the names tell (masks without images, counts that differ from published ones) is
 * for whoever knows the layout to add.
 */
export async function verifySamples(source: FileSource, samples: readonly Sample[]): Promise<VerifyReport> {
  const problems: VerifyProblem[] = [];
  const sizes = new Map<string, number>();
  for await (const { result } of inOrder(samples, (sample) => check(source, sample))) {
    if (result.status === 'rejected') throw result.reason;
    const { size, problems: found } = result.value;
    problems.push(...found);
    if (size !== undefined) sizes.set(size, (sizes.get(size) ?? 0) + 1);
  }
  const count = (keep: (sample: Sample) => boolean) => {
    const counts: Record<string, number> = {};
    for (const sample of samples) if (keep(sample)) counts[sample.defect] = (counts[sample.defect] ?? 0) + 1;
    return counts;
  };
  return {
    name: source.name,
    train: count(({ split }) => split === 'train'),
    test: count(({ split }) => split === 'test'),
    masks: count(({ maskPath }) => maskPath !== undefined),
    sizes: [...sizes]
      .sort((a, b) => b[1] - a[1])
      .map(([size, images]) => ({ width: Number(size.split('x')[0]), height: Number(size.split('x')[1]), images })),
    problems,
  };
}

async function check(source: FileSource, sample: Sample): Promise<Checked> {
  const problems: VerifyProblem[] = [];
  const report = (severity: VerifyProblem['severity'], path: string, message: string) => problems.push({ severity, path, message });
  const decode = async (path: string, channels: 1 | 3) => {
    try {
      return await source.decode(await source.read(path), { channels, kernel: channels === 1 ? 'nearest' : 'smooth' });
    } catch (error) {
      report('error', path, `can't be decoded: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };

  const image = await decode(sample.path, 3);
  const size = image && `${image.width}x${image.height}`;
  if (sample.split === 'test' && sample.defect !== GOOD) {
    const { maskPath } = sample;
    const mask = maskPath === undefined ? undefined : await decode(maskPath, 1);
    if (maskPath === undefined) report('error', sample.path, `has no mask; ${expectedMaskPath(sample)} is missing`);
    if (maskPath !== undefined && mask) {
      const maskSize = `${mask.width}x${mask.height}`;
      if (size !== undefined && maskSize !== size) report('error', maskPath, `is ${maskSize}, but its image ${sample.path} is ${size}`);
      const values = new Set(mask.data);
      if (values.size === 1 && values.has(0)) report('error', maskPath, `marks nothing, but ${sample.path} should show a defect`);
      if (values.size > 2) report('warning', maskPath, `has ${values.size} values instead of two; all above 0 count as defect`);
    }
  }
  return size === undefined ? { problems } : { size, problems };
}
