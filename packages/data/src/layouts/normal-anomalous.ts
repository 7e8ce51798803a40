import { FormatError } from '@rddpm/core';
import type { DatasetLayout, Problem, Sample } from '@rddpm/core/contracts';
import { oncePerSource, placeOf, SURE_BY_NAMES, sortFiles } from '../files.ts';
import { splitOf } from '../image-table.ts';
import { sharedIds } from '../unique-ids.ts';
import { folderLabel } from './folder-label.ts';

/**
 * Folders of normal and of anomalous images: `good/`, `bad/`, or other words for these, in any case. Folders within the anomalous one are kinds of defects;
 * without them the kind is 'anomalous'. The same below `train/`, `validation/` and `test/` (or other words for these), which then are the split; else there is none.
 *
 * Masks are optional, in `masks/`, `ground_truth/` or the like, with the image's path and name, whatever the ending: with or without the folders `test/` and
 * `bad/` in front, with or without `_mask`, `_label` or `_gt` behind. Where there are any, each anomalous image must have one, but for those in `train/`.
 *
 * `recognises` gives the share of the pictures that lie in such folders, times 0.99; it needs both folders, or `train/` and `test/` with a normal one; if that
 * is called 'good', the data set has MVTec AD's layout rather than this. Errors are masks that belong to no image or to several, images with two, and
 * images of one id.
 */
export const normalAnomalousLayout: DatasetLayout = {
  name: 'normal-anomalous',
  recognises(paths) {
    const { pictures } = sortFiles(paths);
    const images = pictures.flatMap((path) => imageOf(path) ?? []);
    const unsplit = new Set(images.flatMap(({ split, isNormal }) => (split === undefined ? [isNormal] : [])));
    const hasBoth = unsplit.size === 2;
    const hasSplit = images.some(({ split, isNormal }) => split !== undefined && isNormal) && !isLikeMvtec(pictures);
    if (!hasBoth && !hasSplit) return 0;
    return (SURE_BY_NAMES * pictures.filter((path) => imageOf(path) ?? maskOfPath(path)).length) / pictures.length;
  },
  async read(source) {
    const paths = await source.list();
    const { pictures, leftOut } = sortFiles(paths);
    const images = pictures.flatMap((path) => imageOf(path) ?? []).sort(bySplitAndId);
    if (images.length === 0) {
      throw new FormatError(
        `normal-anomalous: no folder of normal or of anomalous images among ${paths.length} files of ${source.name}; they are called good and bad, or the like`,
      );
    }
    const { problems, unused } = pairMasks(pictures);
    const samples = images.map(sampleOf);
    const elsewhere = pictures.filter((path) => !imageOf(path) && !maskOfPath(path));
    const more = [
      { reason: 'masks of normal images', paths: unused },
      { reason: 'not in a folder of normal images, of anomalous ones, or of masks', paths: elsewhere },
    ];
    return {
      samples,
      problems: [...problems, ...sharedIds(samples)],
      leftOut: [...leftOut, ...more.filter((group) => group.paths.length > 0)],
    };
  },
  async truth({ path, anomalous }, source) {
    if (anomalous === false) return undefined;
    const { masksOf, hasMasks } = await pairsOf(source);
    const [mask, other] = masksOf.get(path) ?? [];
    if (other !== undefined) throw new FormatError(`${path} has two masks: ${mask} ${twoMasks(path, other)}`);
    if (mask !== undefined) return { masks: [{ path: mask }] };
    if (!hasMasks || imageOf(path)?.split === 'train') return undefined;
    throw new FormatError(`${path} has no mask; none of the masks has its name`);
  },
};

const pairsOf = oncePerSource(async (source) => pairMasks(sortFiles(await source.list()).pictures));

const MASKS = ['mask', 'masks', 'ground-truth', 'groundtruth', 'label', 'labels', 'gt'];
const MASK_SUFFIX = /[_-](mask|label|gt)$/i;
/** Of images without a folder of their kind. */
const KINDS = { normal: 'good', anomalous: 'anomalous' };

type Image = {
  readonly path: string;
  readonly split?: NonNullable<Sample['split']>;
  readonly isNormal: boolean;
  readonly kind: string;
  readonly id: string;
  /** What a mask may be called below its folder, the longest first. */
  readonly names: readonly string[];
};

function imageOf(path: string): Image | undefined {
  const { folders, stem } = placeOf(path);
  const [first = ''] = folders;
  const split = splitOf(first);
  const [folder = '', ...within] = split ? folders.slice(1) : folders;
  const label = folderLabel(folder);
  if (label === undefined) return undefined;
  const name = [...within, stem].join('/');
  const isNormal = label === 'normal';
  const [kind = KINDS[label]] = isNormal ? [] : within;
  const id = !isNormal && within.length > 0 ? name : `${kind}/${name}`;
  const names = [...(split ? [`${first}/${folder}/${name}`] : []), `${folder}/${name}`, name];
  return { path, ...(split && { split }), isNormal, kind, id, names };
}

/** What a picture among the masks is called below their folder. */
function maskOfPath(path: string): string | undefined {
  const { folders, stem } = placeOf(path);
  const [folder = '', ...within] = folders;
  return MASKS.includes(folder.toLowerCase().replaceAll(/[_ ]/g, '-')) ? [...within, stem].join('/') : undefined;
}

function sampleOf({ id, path, split, isNormal, kind }: Image): Sample {
  return { id, path, ...(split && { split }), anomalous: !isNormal, kind };
}

type Pairs = {
  /** By the image's path: one, unless something is wrong. */
  readonly masksOf: ReadonlyMap<string, readonly string[]>;
  readonly hasMasks: boolean;
  readonly problems: readonly Problem[];
  /** Masks of normal images. */
  readonly unused: readonly string[];
};

function pairMasks(pictures: readonly string[]): Pairs {
  const images = pictures.flatMap((path) => imageOf(path) ?? []);
  const byName = new Map<string, Image[]>();
  for (const image of images) for (const name of image.names) byName.set(name, [...(byName.get(name) ?? []), image]);
  const masksOf = new Map<string, string[]>();
  const problems: Problem[] = [];
  const unused: string[] = [];
  let hasMasks = false;
  for (const path of pictures) {
    const name = maskOfPath(path);
    if (name === undefined) continue;
    hasMasks = true;
    const named = byName.get(name) ?? byName.get(name.replace(MASK_SUFFIX, '')) ?? [];
    const [image, other] = named.filter(({ isNormal }) => !isNormal);
    const report = (message: string) => void problems.push({ severity: 'error', path, message });
    if (!image && named.length > 0) unused.push(path);
    else if (!image) report('is a mask without an image');
    else if (other) report(`may be the mask of ${image.path} or of ${other.path}; put it in folders called as theirs`);
    else {
      const [before] = masksOf.get(image.path) ?? [];
      if (before !== undefined) report(twoMasks(image.path, before));
      masksOf.set(image.path, [...(masksOf.get(image.path) ?? []), path]);
    }
  }
  return { masksOf, hasMasks, problems, unused };
}

const twoMasks = (image: string, other: string) => `and ${other} are both masks of ${image}; there may be one`;

/** What MVTec AD's layout reads, since it comes first: train/good; or without train, test/good. */
function isLikeMvtec(pictures: readonly string[]): boolean {
  const has = (folder: string) => pictures.some((path) => path.startsWith(folder));
  return has('train/') ? has('train/good/') : has('test/good/');
}

const SPLIT_ORDER: readonly Image['split'][] = ['train', 'validation', 'test', undefined];

function bySplitAndId(a: Image, b: Image): number {
  if (a.split !== b.split) return SPLIT_ORDER.indexOf(a.split) - SPLIT_ORDER.indexOf(b.split);
  return a.id < b.id ? -1 : 1;
}
