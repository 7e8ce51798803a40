/** One sample's files, opened, and what is wrong with each. */
import { FormatError, sha256 } from '@rddpm/core';
import type { DatasetLayout, FileSource, PictureInfo, Problem, Raster, Sample } from '@rddpm/core/contracts';
import { withRaster } from '../decode.ts';
import { MOST_VALUES, readMask } from '../mask.ts';
import { exchangesSides } from '../orientation.ts';

export type Look = {
  /** Absent where the image can't be decoded. */
  readonly image?: LookAtImage;
  /** Those that can be decoded. */
  readonly masks: readonly LookAtMask[];
  /** Whether the layout knows of masks, be they readable or not. */
  readonly hasMasks: boolean;
  /** Whether the layout knows of no mask, though one may be expected. */
  readonly lacksMask: boolean;
  readonly problems: readonly Problem[];
};

export type LookAtImage = {
  readonly info: PictureInfo;
  readonly hash: string;
  /** The highest value of an image of 16 bits. */
  readonly peak?: number;
};

export type LookAtMask = {
  readonly path: string;
  /** How much of it is marked, from 0 to 1. */
  readonly share: number;
};

/** @property seen What its pixels are asked for; they themselves are let go. */
type Picture<Seen> = { readonly path: string; readonly bytes: Uint8Array; readonly info: PictureInfo; readonly seen: Seen };

type Report = (severity: Problem['severity'], path: string, message: string) => void;

/** Rejects only if the layout itself fails. */
export async function look(source: FileSource, sample: Sample, truth: DatasetLayout['truth']): Promise<Look> {
  const problems: Problem[] = [];
  const report: Report = (severity, path, message) => problems.push({ severity, path, message });
  const image = await open(source, sample.path, report, imageSeen);
  if (image) reportImage(image, report);
  const found = maskIsExpected(sample) ? await findMasks(source, sample, truth, report) : undefined;
  const masks: LookAtMask[] = [];
  for (const { path } of found ?? []) {
    const mask = await open(source, path, report, maskSeen);
    if (!mask) continue;
    if (image) reportSizes(mask, image, report);
    if (image && image.info.orientation !== 1 && mask.info.orientation === 1) {
      report(
        'warning',
        path,
        `has no EXIF orientation, which its image ${image.path} has (${image.info.orientation}); it is taken as it is`,
      );
    }
    masks.push({ path, share: reportMarks(mask, sample, report) });
  }
  return {
    ...(image && { image: { info: image.info, hash: await sha256(image.bytes), ...peakOf(image) } }),
    masks,
    hasMasks: found !== undefined && found.length > 0,
    lacksMask: found?.length === 0 && sample.anomalous === true,
    problems,
  };
}

/** Defects among the training images need no mask: nothing is measured on those. */
const maskIsExpected = ({ anomalous, split }: Sample): boolean => anomalous !== false && split !== 'train';

/** Undefined where the layout says itself what is wrong. */
async function findMasks(source: FileSource, sample: Sample, truth: DatasetLayout['truth'], report: Report) {
  try {
    return (await truth(sample, source))?.masks ?? [];
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    report('error', sample.path, error.message.replace(`${sample.path} `, ''));
    return undefined;
  }
}

async function open<Seen>(
  source: FileSource,
  path: string,
  report: Report,
  see: (raster: Raster) => Seen,
): Promise<Picture<Seen> | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await source.read(path);
  } catch (error) {
    report('error', path, `can't be read: ${messageOf(error)}`);
    return undefined;
  }
  try {
    const { info, seen } = await withRaster(source, bytes, (raster, info) => ({ info, seen: see(raster) }));
    const named = FORMATS[path.slice(path.lastIndexOf('.') + 1).toLowerCase()];
    if (named !== undefined && named !== info.format) report('warning', path, `is ${info.format} by its content, not what its ending says`);
    if (info.pages > 1) report('warning', path, `has ${info.pages} pages; the first is used`);
    return { path, bytes, info, seen };
  } catch (error) {
    report('error', path, `can't be decoded: ${messageOf(error)}`);
    return undefined;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What endings promise. */
const FORMATS: Readonly<Record<string, string>> = {
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
  tif: 'tiff',
  tiff: 'tiff',
  bmp: 'bmp',
  webp: 'webp',
  gif: 'gif',
};

type ImageSeen = {
  readonly isOpaque: boolean;
  /** How many numbers aren't finite. */
  readonly odd: number;
  /** The highest value of 16 bits. */
  readonly peak: number;
};

function imageSeen(raster: Raster): ImageSeen {
  const { channels, data } = raster;
  const colours = channels < 3 ? 1 : 3;
  let [odd, peak] = [0, 0];
  if (data instanceof Float32Array) for (const value of data) odd += Number.isFinite(value) ? 0 : 1;
  if (data instanceof Uint16Array)
    for (let at = 0; at < data.length; at++) if (at % channels < colours && data[at]! > peak) peak = data[at]!;
  return { isOpaque: isOpaque(raster), odd, peak };
}

function reportImage({ path, info, seen: { isOpaque, odd } }: Picture<ImageSeen>, report: Report): void {
  if (info.orientation !== 1) report('warning', path, `is turned as its EXIF orientation says (${info.orientation})`);
  if (!isOpaque) report('warning', path, 'is transparent in places; transparency is dropped');
  if (odd > 0) report('error', path, `has ${odd} numbers that aren't finite (NaN or infinity); each must be finite`);
}

/** Floats have no alpha that is known to be full: there it is that which all pixels share. */
function isOpaque({ channels, data }: Raster): boolean {
  if (channels === 1 || channels === 3) return true;
  const full = data instanceof Uint8Array ? 255 : data instanceof Uint16Array ? 65535 : data[channels - 1]!;
  for (let at = channels - 1; at < data.length; at += channels) if (data[at] !== full) return false;
  return true;
}

function reportSizes(mask: Picture<MaskSeen>, image: Picture<ImageSeen>, report: Report): void {
  const [m, i] = [mask.info, image.info];
  if (m.width === i.width && m.height === i.height) return;
  const isExchanged = m.width === i.height && m.height === i.width;
  const why = !isExchanged
    ? ''
    : exchangesSides(i.orientation) !== exchangesSides(m.orientation)
      ? `: ${exchangesSides(i.orientation) ? 'the image' : 'the mask'} is turned as its EXIF orientation says, the other is not`
      : ': its sides are exchanged';
  report('error', mask.path, `is ${m.width}x${m.height}, but its image ${image.path} is ${i.width}x${i.height}${why}`);
}

type MaskSeen = { readonly share: number; readonly values: number; readonly inAlpha: boolean };

function maskSeen(raster: Raster): MaskSeen {
  const { count, countValues, inAlpha } = readMask(raster);
  return { share: count / (raster.width * raster.height), values: countValues(), inAlpha };
}

/** @returns how much is marked. */
function reportMarks({ path, info, seen: { share, values, inAlpha } }: Picture<MaskSeen>, sample: Sample, report: Report): number {
  if (share === 0 && sample.anomalous) report('error', path, `marks nothing, but ${sample.path} should show a defect`);
  if (share === 1)
    report('error', path, 'marks everything; only part of its picture may be: if black marks the defect there, it is inverted');
  if (inAlpha)
    report('warning', path, "has its marks in alpha, and one colour throughout; whatever isn't wholly transparent counts as defect");
  if (values > 2) {
    const smeared = info.format === 'jpeg' ? '; as a JPEG it has smeared edges: PNG keeps them' : '';
    report(
      'warning',
      path,
      `has ${values > MOST_VALUES ? `more than ${MOST_VALUES}` : values} values instead of two; all ${inAlpha ? 'but transparent' : 'above black'} count as defect${smeared}`,
    );
  }
  return share;
}

const peakOf = ({ info, seen: { peak } }: Picture<ImageSeen>): { peak?: number } => (info.type === 'uint16' ? { peak } : {});
