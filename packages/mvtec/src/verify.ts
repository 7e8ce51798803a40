import { type FileSource, type VerifyProblem, type VerifyReport, verifySamples } from '@rddpm/data';
import { MVTEC_AD } from './categories.ts';
import { readLayout, SYNTHETIC_MARKER } from './layout.ts';
import { orphanMessage } from './parse.ts';

/**
 * Opens every file of a data set in MVTec AD layout, and reports what is there and what is wrong with it.
 *
 * Errors: an image or mask that doesn't decode, a defective image without mask, a mask without image, of another size, or empty.
 * Warnings: a mask of more than two values; no test images; counts unlike those of the MVTec AD category with the source's name
 * (but not of a synthetic data set).
 *
 * @throws {FormatError} as `parseMvtec`, if the layout is another one altogether.
 */
export async function verifyDataset(source: FileSource): Promise<VerifyReport> {
  const paths = await source.list();
  const { samples, orphanMasks } = readLayout(paths);
  const report = await verifySamples(source, samples);
  const { name, train, test } = report;
  const problems = [...report.problems];
  for (const path of orphanMasks) problems.push({ severity: 'error', path, message: orphanMessage(path) });
  if (Object.keys(test).length === 0) problems.push({ severity: 'warning', path: 'test', message: 'there are no test images' });
  if (!paths.includes(SYNTHETIC_MARKER)) problems.push(...unlikePublished(name, train, test));
  return { ...report, problems };
}

function unlikePublished(name: string, train: VerifyReport['train'], test: VerifyReport['test']): VerifyProblem[] {
  const published = MVTEC_AD[name];
  if (!published) return [];
  const expected = new Map<string, number>([
    ['train/good', published.train],
    ['test/good', published.good],
  ]);
  for (const [defect, images] of Object.entries(published.defects)) expected.set(`test/${defect}`, images);
  const found = new Map<string, number>();
  for (const [defect, images] of Object.entries(train)) found.set(`train/${defect}`, images);
  for (const [defect, images] of Object.entries(test)) found.set(`test/${defect}`, images);
  return [...new Set([...expected.keys(), ...found.keys()])].flatMap((path) => {
    const [is, was] = [found.get(path) ?? 0, expected.get(path) ?? 0];
    const message = `${is} images; MVTec AD's ${name} has ${was}`;
    return is === was ? [] : [{ severity: 'warning' as const, path, message }];
  });
}
