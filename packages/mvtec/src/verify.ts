import type { FileSource } from '@rddpm/core/contracts';
import { type VerifyReport, verifyDataset as verifyAnyDataset } from '@rddpm/data';
import { mvtecLayout } from './mvtec-layout.ts';

/**
 * Opens every file of a data set in MVTec AD layout, and reports what is there and what is wrong with it.
 *
 * Errors: an image or mask that doesn't decode, a defective image without mask, a mask without image, of another size, or empty.
 * Warnings: a mask of more than two values; no test images; counts unlike those of the MVTec AD category with the source's name
 * (but not of a synthetic data set).
 *
 * @throws {FormatError} as `parseMvtec`, if the layout is another one altogether.
 */
export function verifyDataset(source: FileSource): Promise<VerifyReport> {
  return verifyAnyDataset(source, { layouts: [mvtecLayout] });
}
