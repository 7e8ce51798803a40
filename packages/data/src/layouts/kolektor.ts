import { FormatError } from '@rddpm/core';
import type { DatasetLayout, FileSource, Problem, Sample } from '@rddpm/core/contracts';
import { withRaster } from '../decode.ts';
import { oncePerSource, placeOf, SURE_BY_NAMES, sortFiles } from '../files.ts';
import { inOrder } from '../in-order.ts';
import { maskOf } from '../mask.ts';
import { sharedIds } from '../unique-ids.ts';

/**
 * KolektorSDD (Tabernik et al., 2019): `kos01/Part0.jpg` with its label `kos01/Part0_label.bmp`, which is all black where the image is good.
 *
 * There is no split: images of one item share a group ('kos01'), to be split by. `recognises` gives the share of the pictures that are such, times 0.99, and
 * 0 without labels. `read` decodes the labels, a few at a time. Errors are images without label (of which then nobody knows), labels without image, and
 * labels that can't be decoded.
 */
export const kolektorLayout: DatasetLayout = {
  name: 'ksdd',
  recognises(paths) {
    const { pictures } = sortFiles(paths);
    const { images, labels, elsewhere } = partsOf(pictures);
    return images.length > 0 && labels.size > 0 ? (SURE_BY_NAMES * (pictures.length - elsewhere.length)) / pictures.length : 0;
  },
  async read(source) {
    const paths = await source.list();
    const { pictures, leftOut } = sortFiles(paths);
    const { images, labels, elsewhere } = partsOf(pictures);
    if (images.length === 0) {
      throw new FormatError(`ksdd: no kos01/Part0.jpg or the like among ${paths.length} files of ${source.name}`);
    }
    const problems: Problem[] = [];
    const samples: Sample[] = [];
    for await (const { item, result } of inOrder(images, ({ id }) => isMarked(source, labels.get(id) ?? []))) {
      const { id, path, group } = item;
      const [label, other] = labels.get(id) ?? [];
      if (label === undefined) problems.push({ severity: 'error', path, message: `has no label; ${labelPathOf(id)} is missing` });
      else if (other !== undefined) problems.push({ severity: 'error', path: label, message: twoLabels(id, other) });
      else if (result.status === 'rejected') problems.push({ severity: 'error', path: label, message: unreadable(result.reason) });
      const marked = result.status === 'fulfilled' ? result.value : undefined;
      samples.push({
        id,
        path,
        group,
        ...(marked === undefined ? { kind: group } : { anomalous: marked, kind: marked ? 'defect' : 'good' }),
      });
    }
    const known = new Set(images.map(({ id }) => id));
    for (const [id, [label = '']] of labels) {
      if (!known.has(id)) problems.push({ severity: 'error', path: label, message: `is a label without an image; ${id}.jpg is missing` });
    }
    const other = { reason: 'not called kos<number>/Part<number>, nor a label of such', paths: elsewhere };
    return { samples, problems: [...problems, ...sharedIds(samples)], leftOut: elsewhere.length > 0 ? [...leftOut, other] : leftOut };
  },
  async truth({ path, anomalous }, source) {
    if (anomalous === false) return undefined;
    const id = partOf(path)?.id ?? path;
    const [label, other] = (await labelsOf(source)).get(id) ?? [];
    if (label === undefined) throw new FormatError(`${path} has no mask; ${labelPathOf(id)} is missing`);
    if (other !== undefined) throw new FormatError(`${path} has two masks: ${label} ${twoLabels(id, other)}`);
    return { masks: [{ path: label }] };
  },
};

const labelsOf = oncePerSource(async (source) => partsOf(sortFiles(await source.list()).pictures).labels);

type Part = { readonly id: string; readonly path: string; readonly group: string; readonly isLabel: boolean };

/** @property labels By the image's id: one, unless something is wrong. */
type Parts = {
  readonly images: readonly Part[];
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly elsewhere: readonly string[];
};

function partsOf(pictures: readonly string[]): Parts {
  const parts = pictures.flatMap((path) => partOf(path) ?? []);
  const images = parts.filter(({ isLabel }) => !isLabel).sort((a, b) => (a.id < b.id ? -1 : 1));
  const labels = new Map<string, string[]>();
  for (const { id, path, isLabel } of parts) if (isLabel) labels.set(id, [...(labels.get(id) ?? []), path]);
  return { images, labels, elsewhere: pictures.filter((path) => partOf(path) === undefined) };
}

function partOf(path: string): Part | undefined {
  const { folders, stem } = placeOf(path);
  const [group = '', ...deeper] = folders;
  const [, name, label] = /^(part\d+)(_label)?$/i.exec(stem) ?? [];
  if (name === undefined || deeper.length > 0 || !/^kos\d+$/i.test(group)) return undefined;
  return { id: `${group}/${name}`, path, group, isLabel: label !== undefined };
}

/** Undefined unless there is one label. */
async function isMarked(source: FileSource, [label, other]: readonly string[]): Promise<boolean | undefined> {
  if (label === undefined || other !== undefined) return undefined;
  return withRaster(source, await source.read(label), (raster) => maskOf(raster).includes(1));
}

const labelPathOf = (id: string) => `${id}_label.bmp`;
const twoLabels = (id: string, other: string) => `and ${other} are both labels of ${id}; there may be one`;
const unreadable = (reason: unknown) => `can't be decoded: ${reason instanceof Error ? reason.message : String(reason)}`;
