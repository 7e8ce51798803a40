import { FormatError } from '@rddpm/core';
import { GOOD, type Sample } from '@rddpm/data';

/** Lies in each folder that `writeDataset` made: a synthetic carpet isn't MVTec AD's, and may be replaced. */
export const SYNTHETIC_MARKER = 'synthetic.json';

/** A data set's files, sorted into what they are. Only names are looked at. */
export type Layout = {
  readonly samples: Sample[];
  /** Pictures under ground_truth that belong to no image. */
  readonly orphanMasks: string[];
};

const PICTURE = /^(?<stem>[^.].*)\.(?:png|jpe?g|bmp|tiff?)$/i; // a leading dot marks hidden files and macOS's '._000.png'
const MASK_SUFFIX = '_mask';
const EXPECTED = 'train/good/*.png, test/<defect>/*.png and ground_truth/<defect>/<stem>_mask.png';

/** @throws {FormatError} if there is no train/good image, or if two images or two masks share a name. */
export function readLayout(paths: readonly string[]): Layout {
  const pictures = paths.flatMap((path) => picture(path) ?? []);
  const masks = pictures.filter(({ split }) => split === 'ground_truth');
  const maskOf = new Map<string, string>();
  for (const { path, defect, stem } of masks) {
    if (!stem.endsWith(MASK_SUFFIX)) continue;
    const key = `${defect}/${stem.slice(0, -MASK_SUFFIX.length)}`;
    const other = maskOf.get(key);
    if (other !== undefined) throw new FormatError(`parseMvtec: ${other} and ${path} are both masks of test/${key}; there may be one`);
    maskOf.set(key, path);
  }

  const named = new Map<string, Sample>();
  for (const { path, split, defect, stem } of pictures) {
    if (split === 'ground_truth') continue;
    const key = `${split}/${defect}/${stem}`;
    const other = named.get(key);
    if (other)
      throw new FormatError(`parseMvtec: ${other.path} and ${path} are both called ${key}; names must differ in more than their ending`);
    const maskPath = split === 'test' && defect !== GOOD ? maskOf.get(`${defect}/${stem}`) : undefined;
    named.set(key, { path, split, defect, stem, ...(maskPath === undefined ? {} : { maskPath }) });
  }
  const samples = [...named.values()].sort(bySplitDefectStem);
  if (!samples.some(({ split, defect }) => split === 'train' && defect === GOOD)) {
    throw new FormatError(`parseMvtec: no train/good image among ${describe(paths)}; an MVTec AD data set has ${EXPECTED}`);
  }
  const paired = new Set(samples.map(({ maskPath }) => maskPath));
  const orphanMasks = masks.map(({ path }) => path).filter((path) => !paired.has(path));
  return { samples, orphanMasks: orphanMasks.sort() };
}

type Picture = { path: string; split: 'train' | 'test' | 'ground_truth'; defect: string; stem: string };

function picture(path: string): Picture | undefined {
  const [split, defect, file, ...deeper] = path.split('/');
  const stem = PICTURE.exec(file ?? '')?.groups?.stem;
  if (stem === undefined || defect === undefined || deeper.length > 0) return undefined;
  return split === 'train' || split === 'test' || split === 'ground_truth' ? { path, split, defect, stem } : undefined;
}

function bySplitDefectStem(a: Sample, b: Sample): number {
  if (a.split !== b.split) return a.split === 'train' ? -1 : 1;
  if (a.defect !== b.defect) return a.defect < b.defect ? -1 : 1;
  return a.stem < b.stem ? -1 : 1; // by code unit: the same order in every locale
}

/** What was found instead: the data sets one level down, or enough folders to see which one was meant. */
function describe(paths: readonly string[]): string {
  if (paths.length === 0) return '0 files';
  const nested = new Set(paths.flatMap((path) => /^(.+)\/train\/good\/[^/]+$/.exec(path)?.[1] ?? []));
  if (nested.size > 0) return `${paths.length} files, but there are data sets within: ${listed(nested)}. Name one of them`;
  return `${paths.length} files in ${listed(new Set(paths.map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/'))) || 'the folder itself')))}`;
}

function listed(names: ReadonlySet<string>): string {
  const sorted = [...names].sort();
  return sorted.length > 4 ? `${sorted.slice(0, 4).join(', ')}, … (${sorted.length})` : sorted.join(', ');
}
