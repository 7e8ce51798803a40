import { FormatError } from '@rddpm/core';
import type { LeftOut, Problem, Sample } from '@rddpm/core/contracts';
import { folderLabel, placeOf, SURE_BY_NAMES, sharedIds, sortFiles } from '@rddpm/data';

/** What the layout calls images without a defect. */
export const GOOD = 'good';

/** The file that `writeDataset` puts into each of its folders: it tells a synthetic carpet, which may be replaced, from MVTec AD's. */
export const SYNTHETIC_MARKER = 'synthetic.json';

/** A data set's files by what they are for, as their names tell. */
export type Layout = {
  readonly samples: Sample[];
  /** Errors: pictures under ground_truth that belong to no image, images that share a name or a mask. */
  readonly problems: Problem[];
  readonly leftOut: readonly LeftOut[];
};

const MASK_SUFFIX = '_mask';
const EXPECTED = 'train/good/*.png, test/<defect>/*.png and ground_truth/<defect>/<stem>_mask.png';

/** @throws {FormatError} if there is neither a train/good image nor, without any in train, one in test. */
export function readLayout(paths: readonly string[]): Layout {
  const { pictures: names, leftOut } = sortFiles(paths.filter((path) => path !== SYNTHETIC_MARKER));
  const pictures = names.flatMap((path) => picture(path) ?? []);
  if (!hasImages(pictures)) throw new FormatError(noImages(paths));
  const images = pictures.filter(({ split }) => split !== 'ground_truth').sort(bySplitAndId);
  const samples = images.map(sampleOf);
  const { problems, unused } = checkMasks(pictures);
  const more = [
    { reason: 'masks of normal images', paths: unused },
    { reason: 'not in train/<kind>, test/<kind> or ground_truth/<kind>', paths: names.filter((path) => !picture(path)) },
  ];
  return {
    samples,
    problems: [...sharedIds(samples), ...problems],
    leftOut: [...leftOut, ...more.filter((group) => group.paths.length > 0)],
  };
}

/** Says, for a message, what was found instead of train/good images. */
export function noImages(paths: readonly string[]): string {
  return `parseMvtec: no train/good image among ${describe(paths)}; an MVTec AD data set has ${EXPECTED}`;
}

export type Masks = {
  /** Paths of masks by the image's id; an image has one, unless something is wrong. */
  readonly byId: ReadonlyMap<string, readonly string[]>;
  /** Whether anything in ground_truth is a picture. */
  readonly exist: boolean;
};

/** The paths of the masks of test images. */
export function pairMasks(paths: readonly string[]): Masks {
  const pictures = sortFiles(paths).pictures.flatMap((path) => picture(path) ?? []);
  return { byId: masksById(pictures), exist: pictures.some(({ split }) => split === 'ground_truth') };
}

/** The id of the test image at `path`, which it has in the test set; undefined of any other. */
export function testIdOf(path: string): string | undefined {
  const found = picture(path);
  return found?.split === 'test' ? found.id : undefined;
}

/** Where the mask of a defective test image belongs. */
export function maskPathOf(id: string): string {
  return `ground_truth/${id}${MASK_SUFFIX}.png`;
}

/** How surely the data set has this layout: by the share of the pictures that lie where it has pictures. */
export function recognise(paths: readonly string[]): number {
  const { pictures: names } = sortFiles(paths);
  const pictures = names.flatMap((path) => picture(path) ?? []);
  if (!hasImages(pictures) || hasOtherNormals(pictures)) return 0;
  const inPlace = pictures.filter(({ split, id }) => split !== 'ground_truth' || imageIdOf(id) !== undefined);
  return (SURE_BY_NAMES * inPlace.length) / names.length;
}

/** @property id The name with the folder of its kind: 'crack/003', or 'crack/003_mask' for a mask. */
type Picture = { readonly path: string; readonly split: 'train' | 'test' | 'ground_truth'; readonly kind: string; readonly id: string };

function picture(path: string): Picture | undefined {
  const { folders, stem } = placeOf(path);
  const [split, kind, ...within] = folders;
  if (kind === undefined || (split !== 'train' && split !== 'test' && split !== 'ground_truth')) return undefined;
  return { path, split, kind, id: [kind, ...within, stem].join('/') };
}

function sampleOf({ path, split, kind, id }: Picture): Sample {
  return { id, path, split: split === 'train' ? 'train' : 'test', anomalous: kind !== GOOD, kind };
}

/** In train there must be good ones; without any there, tests are enough. */
function hasImages(pictures: readonly Picture[]): boolean {
  const training = pictures.filter(({ split }) => split === 'train');
  return training.length > 0 ? training.some(({ kind }) => kind === GOOD) : pictures.some(({ split }) => split === 'test');
}

/** test/ok alone, say: normal images that another layout calls so. */
function hasOtherNormals(pictures: readonly Picture[]): boolean {
  const kinds = new Set(pictures.flatMap(({ split, kind }) => (split === 'ground_truth' ? [] : [kind])));
  return !kinds.has(GOOD) && [...kinds].some((kind) => folderLabel(kind) === 'normal');
}

/** The id of the image that the mask `id` belongs to; undefined if the name isn't a mask's. */
function imageIdOf(id: string): string | undefined {
  return id.toLowerCase().endsWith(MASK_SUFFIX) ? id.slice(0, -MASK_SUFFIX.length) : undefined;
}

function masksById(pictures: readonly Picture[]): ReadonlyMap<string, readonly string[]> {
  const masks = new Map<string, string[]>();
  for (const { path, split, id } of pictures) {
    const imageId = split === 'ground_truth' ? imageIdOf(id) : undefined;
    if (imageId !== undefined) masks.set(imageId, [...(masks.get(imageId) ?? []), path]);
  }
  return masks;
}

/** @returns `unused` are masks of good images. */
function checkMasks(pictures: readonly Picture[]): { readonly problems: readonly Problem[]; readonly unused: readonly string[] } {
  const problem = (path: string, message: string): Problem => ({ severity: 'error', path, message });
  const kindOf = new Map(pictures.flatMap(({ split, kind, id }) => (split === 'test' ? [[id, kind] as const] : [])));
  const masks = pictures.filter(({ split }) => split === 'ground_truth').sort((a, b) => (a.path < b.path ? -1 : 1));
  const unused: string[] = [];
  const orphans = masks.flatMap(({ path, id }) => {
    const imageId = imageIdOf(id);
    if (imageId === undefined) return problem(path, 'is no mask of any image: masks are called <stem>_mask.png');
    if (kindOf.get(imageId) === GOOD) unused.push(path);
    return kindOf.has(imageId) ? [] : problem(path, `is a mask without an image; test/${imageId}.png is missing`);
  });
  const twins = [...masksById(pictures)].flatMap(([id, [first = '', second]]) =>
    second !== undefined && kindOf.has(id) ? problem(first, `and ${second} are both masks of test/${id}; there may be one`) : [],
  );
  return { problems: [...twins, ...orphans], unused };
}

function bySplitAndId(a: Picture, b: Picture): number {
  if (a.split !== b.split) return a.split === 'train' ? -1 : 1;
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  return a.id < b.id ? -1 : 1; // by code unit: the same order in every locale
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
