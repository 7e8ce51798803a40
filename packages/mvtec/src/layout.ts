import { FormatError } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';

/** What the layout calls images without a defect. */
export const GOOD = 'good';

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
  const maskOf = pairMasks(paths);
  const named = new Map<string, Picture>();
  for (const image of pictures) {
    const { path, split, defect, stem } = image;
    if (split === 'ground_truth') continue;
    const key = `${split}/${defect}/${stem}`;
    const other = named.get(key);
    if (other)
      throw new FormatError(`parseMvtec: ${other.path} and ${path} are both called ${key}; names must differ in more than their ending`);
    named.set(key, image);
  }
  const images = [...named.values()].sort(bySplitDefectStem);
  if (!images.some(({ split, defect }) => split === 'train' && defect === GOOD)) {
    throw new FormatError(`parseMvtec: no train/good image among ${describe(paths)}; an MVTec AD data set has ${EXPECTED}`);
  }
  const samples = images.map(sampleOf);
  const defective = samples.filter(({ split, anomalous }) => split === 'test' && anomalous);
  const paired = new Set(defective.map(({ id }) => maskOf.get(id)));
  const masks = pictures.filter(({ split }) => split === 'ground_truth').map(({ path }) => path);
  return { samples, orphanMasks: masks.filter((path) => !paired.has(path)).sort() };
}

/** Where the mask of each test image is, by the image's id: 'crack/003'. @throws {FormatError} if an image has two. */
export function pairMasks(paths: readonly string[]): ReadonlyMap<string, string> {
  const maskOf = new Map<string, string>();
  for (const path of paths) {
    const mask = picture(path);
    if (mask?.split !== 'ground_truth' || !mask.stem.endsWith(MASK_SUFFIX)) continue;
    const id = `${mask.defect}/${mask.stem.slice(0, -MASK_SUFFIX.length)}`;
    const other = maskOf.get(id);
    if (other !== undefined) throw new FormatError(`parseMvtec: ${other} and ${path} are both masks of test/${id}; there may be one`);
    maskOf.set(id, path);
  }
  return maskOf;
}

/** Where the mask of a defective test image belongs. */
export function maskPathOf(id: string): string {
  return `ground_truth/${id}${MASK_SUFFIX}.png`;
}

/** Of the files that are pictures by their names, the share that lies where the layout has pictures. */
export function shareInPlace(paths: readonly string[]): number {
  const pictures = paths.filter((path) => PICTURE.test(path.slice(path.lastIndexOf('/') + 1)));
  const inPlace = pictures.filter((path) => {
    const found = picture(path);
    return found && (found.split !== 'ground_truth' || found.stem.endsWith(MASK_SUFFIX));
  });
  const hasNormals = inPlace.some((path) => path.startsWith(`train/${GOOD}/`));
  return hasNormals ? inPlace.length / pictures.length : 0;
}

type Picture = { path: string; split: 'train' | 'test' | 'ground_truth'; defect: string; stem: string };

function sampleOf({ path, split, defect, stem }: Picture): Sample {
  return { id: `${defect}/${stem}`, path, split: split === 'train' ? 'train' : 'test', anomalous: defect !== GOOD, kind: defect };
}

function picture(path: string): Picture | undefined {
  const [split, defect, file, ...deeper] = path.split('/');
  const stem = PICTURE.exec(file ?? '')?.groups?.stem;
  if (stem === undefined || defect === undefined || deeper.length > 0) return undefined;
  return split === 'train' || split === 'test' || split === 'ground_truth' ? { path, split, defect, stem } : undefined;
}

function bySplitDefectStem(a: Picture, b: Picture): number {
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
