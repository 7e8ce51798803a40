/** A data set's folder made ready for fitting and scoring: contaminated, its images opened, its broken files named. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ConfigError, createRng, FormatError, sha256 } from '@rddpm/core';
import type { DatasetLayout, FileSource, LeftOut, Preparation, Problem, Sample, TrainingSet } from '@rddpm/core/contracts';
import {
  applyManifest,
  applySplitList,
  type ContaminationManifest,
  contaminate,
  type EarlierManifest,
  type LoadProblem,
  leaveOut,
  type OpenedImageSet,
  openImageSet,
  parseManifest,
  readSplitList,
  type SplitProtocol,
  splitSamples,
  withHashes,
} from '@rddpm/data';
import { tiledSet } from '@rddpm/maps';
import type { Registry } from '../registry.ts';
import type { Reporter } from '../reporter.ts';
import { counted, listed, noteLeftOut, type ReadDataset, readDataset } from './read-dataset.ts';
import type { RunConfig } from './run-config.ts';

export type ContaminatedDataset = {
  readonly source: FileSource;
  readonly layout: DatasetLayout;
  readonly train: readonly Sample[];
  readonly test: readonly Sample[];
  readonly manifest: ContaminationManifest;
  readonly leftOut: readonly LeftOut[];
  readonly warnings: readonly Problem[];
};

/** Options that have an effect on some data sets only. */
export type AskedFor = Partial<Pick<RunConfig['data'], 'folds' | 'fold' | 'overlap'>>;

/**
 * A run's data set.
 *
 * @param known The manifest that the run was built from before: the same files are found again by their content.
 * @param asked The options that the user gave, as opposed to those left at their defaults.
 * @throws {FormatError} if the folder is no data set, or naming what isn't as a manifest or a split list has it; {ConfigError} if it has fewer
 *   defects than the contamination asks for, or what was asked for has no effect on it.
 */
export async function openContaminated(
  config: Pick<RunConfig, 'dataset' | 'layout' | 'data' | 'seed'>,
  registry: Pick<Registry, 'layouts'>,
  known?: ContaminationManifest | EarlierManifest,
  asked: AskedFor = {},
): Promise<ContaminatedDataset> {
  const read = await readDataset(config.dataset, registry, config.layout);
  const { manifest: path } = config.data;
  const given = known ?? (path === undefined ? undefined : await manifestAt(path));
  const { samples, manifest, warnings = [] } = given?.version === 2 ? await rebuilt(read, given) : await built(read, config, asked);
  const train = samples.filter(({ split }) => split === 'train');
  const { source, layout, leftOut } = read;
  if (train.length === 0) throw new FormatError(`${config.dataset} has no training images, as its layout ${layout.name} reads it`);
  const test = samples.filter(({ split }) => split === 'test');
  return { source, layout, train, test, manifest, leftOut, warnings: [...read.warnings, ...warnings] };
}

/** A manifest that a set can be built from. @throws {FormatError} for one of an earlier version, which doesn't name every file, and for what is none. */
export async function manifestAt(path: string): Promise<ContaminationManifest> {
  const text = await textOf(path);
  if (!looksLikeManifest(text)) throw new FormatError(`${path} is no manifest; it must be the contamination.json of a run`);
  const manifest = parseManifest(text, path);
  if (manifest.version === 2) return manifest;
  throw new FormatError(`${path} is of an earlier version, which doesn't name every file; it can't be built from`);
}

/** Whether the text is JSON with the fields that manifests of all versions have. Users mistake other files of a run for a manifest. */
function looksLikeManifest(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'contaminants' in value;
  } catch {
    return false;
  }
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new FormatError(`${path} can't be read: ${cause.message}`, { cause });
  });
}

type Built = { readonly samples: readonly Sample[]; readonly manifest: ContaminationManifest; readonly warnings?: readonly Problem[] };

async function built(
  { source, layout, samples: all }: ReadDataset,
  { data, seed }: Pick<RunConfig, 'data' | 'seed'>,
  asked: AskedFor,
): Promise<Built> {
  const { contamination: ratio, of, overlap, kinds, spread, severity, shortage, labelNoise = 0, folds, fold, splitList } = data;
  const rng = createRng(seed);
  const { samples, split } =
    splitList === undefined ? splitSamples(all, { folds, fold, rng: rng.fork('folds') }) : await listedSplit(all, splitList, source.name);
  if (!(split && 'folds' in split)) {
    const why =
      splitList === undefined
        ? `${source.name} needs no dealing: it comes with its split, or without labels`
        : 'the split is that of a list';
    const { fold: part = fold > 0 ? fold : undefined, folds: parts } = asked;
    if (part !== undefined) throw new ConfigError(`--fold is ${part}, but ${why}; leave it out`);
    if (parts !== undefined) throw new ConfigError(`--folds is ${parts}, but ${why}; leave it out`);
  }
  const isDrawn = labelNoise > 0 || (ratio !== 'natural' && ratio > 0);
  if (isDrawn && isUnlabelled(samples)) {
    throw new ConfigError(`${whyUnlabelled(source.name, samples)}: there are no defects to put into training, and nothing to test on`);
  }
  const contaminated = contaminate(samples, {
    ratio,
    of,
    overlap,
    spread,
    shortage,
    kinds,
    severity,
    labelNoise,
    split,
    dataset: source.name,
    layout: layout.name,
    seed,
    rng: rng.fork('contamination'),
  });
  const brought = contaminated.manifest.samples.filter((entry) => entry.split === 'train' && entry.anomalous);
  if (asked.overlap && brought.length > 0 && brought.every(({ was }) => was !== 'test')) {
    throw new ConfigError(
      `--overlap keeps in the test half what is moved out of it, but ${source.name} has defects beside its test half, and those are drawn; leave it out`,
    );
  }
  return contaminated;
}

/** Whether nobody says of any image whether it is good. */
export const isUnlabelled = (samples: readonly Sample[]): boolean => samples.every(({ anomalous }) => anomalous === undefined);

/** The beginning of a message. */
export const whyUnlabelled = (name: string, { length }: readonly Sample[]): string =>
  `nobody says which of the ${counted(length, 'image')} of ${name} are good`;

async function listedSplit(
  samples: readonly Sample[],
  path: string,
  object: string,
): Promise<{ readonly samples: Sample[]; readonly split: SplitProtocol }> {
  const list = readSplitList(await textOf(path), path);
  return { samples: applySplitList(samples, list, { object }), split: { list: basename(path) } };
}

/** The set that the manifest describes, under the names that its files have now. */
async function rebuilt({ source, samples: all }: ReadDataset, manifest: ContaminationManifest): Promise<Built> {
  const { samples, unlisted } = await applyManifest(manifest, all, async (path) => sha256(await source.read(path)));
  const entries = manifest.samples.filter(({ split }) => split !== null);
  const named = entries.map((entry, i) => ({ ...entry, id: samples[i]!.id, path: samples[i]!.path }));
  const rest = manifest.samples.filter(({ split }) => split === null);
  const warnings = unlisted.map((path): Problem => ({ severity: 'warning', path, message: 'is not in the manifest, and is left out' }));
  return { samples, manifest: { ...manifest, samples: [...named, ...rest] }, warnings };
}

/** Notes which files are left out and warns of what is odd, before any long work begins. */
export function noteDataset({ leftOut, warnings, manifest }: ContaminatedDataset, reporter: Pick<Reporter, 'note' | 'warn'>): void {
  noteLeftOut(leftOut, reporter);
  if (warnings.length > 0) reporter.warn(`the data set:${listed(warnings.map(({ path, message }) => `${path} ${message}`))}`);
  const reasons = new Map<string, number>();
  for (const { split, why } of manifest.samples) {
    if (split === null && why !== undefined) reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }
  for (const [why, images] of reasons) reporter.note(`${counted(images, 'image')} ${why}`);
}

/** The images that can be used, as frames, one per row. */
export type ImageSet = OpenedImageSet & {
  /** Paths of the samples that can't be used, and are left out. */
  readonly broken: readonly string[];
  /** Paths of those that another run suspects, and are left out. @defaultValue none */
  readonly suspected?: readonly string[];
};

/**
 * Decodes every image once. Ranges that the preparation leaves open are measured.
 *
 * @throws {FormatError} naming every image that can't be used; with `skipBroken` they are left out, with a warning.
 */
export async function openImages(
  source: FileSource,
  samples: readonly Sample[],
  { preparation, skipBroken }: { readonly preparation: Preparation; readonly skipBroken: boolean },
  reporter: Pick<Reporter, 'warn'>,
): Promise<ImageSet> {
  const problems: LoadProblem[] = [];
  const onError = (problem: LoadProblem) => void problems.push(problem);
  const { tiles, ...whole } = preparation;
  const opened = await openImageSet(source, samples, { ...whole, onError });
  if (opened.samples.length === 0) await assertCrop(source, preparation, problems);
  const list = problems.map(({ error }) => `\n  ${error.message.replace(/^openImageSet: /, '')}`).join('');
  const areUnusable = `${problems.length} of ${counted(samples.length, 'image')} can't be used`;
  if (problems.length > 0 && (!skipBroken || opened.samples.length === 0)) {
    const orSkipped = opened.samples.length > 0 ? ', or leave them out with --skip-broken' : '';
    throw new FormatError(`${areUnusable}; mend or remove them${orSkipped}:${list}`);
  }
  if (problems.length > 0) reporter.warn(`${areUnusable} and are left out:${list}`);
  return {
    ...opened,
    preparation: { ...opened.preparation, tiles },
    broken: problems.map(({ sample }) => sample.path),
  };
}

/** @throws {FormatError} if the region to cut out lies within none of the pictures that can be read: then the region is what is wrong. */
async function assertCrop(source: FileSource, { crop }: Pick<Preparation, 'crop'>, problems: readonly LoadProblem[]): Promise<void> {
  if (!crop) return;
  const sizes = new Map<string, string>(); // by size, the path of an example
  for (const { sample } of problems) {
    const size = await source
      .read(sample.path)
      .then((bytes) => source.inspect(bytes))
      .catch(() => undefined); // the picture is broken, which says nothing of the region
    if (size) sizes.set(`${size.width}x${size.height}`, sample.path);
    if (size && crop.x + crop.width <= size.width && crop.y + crop.height <= size.height) return;
  }
  if (sizes.size === 0) return;
  const { x, y, width, height } = crop;
  const there = listed([...sizes].map(([size, path]) => `${size}, as ${path}`));
  throw new FormatError(`--crop ${width}x${height}+${x}+${y} is more than any picture has; it must lie within them, which are:${there}`);
}

/** Warns of pictures whose values exceed the range of the model's training set: they are clipped, and may look alike. */
export function noteBeyond({ samples, beyond, preparation: { ranges = {} } }: ImageSet, reporter: Pick<Reporter, 'warn'>): void {
  const [first] = beyond;
  if (first === undefined) return;
  const known = (['uint16', 'float'] as const).flatMap((type) => {
    const range = ranges[type];
    return range ? `${type === 'float' ? 'floats' : '16 bits'} from ${range.black} to ${range.white}` : [];
  });
  reporter.warn(
    `${beyond.length} of ${counted(samples.length, 'image')} ${beyond.length === 1 ? 'has' : 'have'} numbers that the model doesn't know (it knows ${known.join(', ') || '8 bits only'}), ` +
      `and may mistake for others: ${samples[first]!.path}${beyond.length > 1 ? ', …' : ''}`,
  );
}

/** The items that a method learns from: frames, or the tiles of frames. */
export function shownSet({ set, preparation: { tiles } }: Pick<ImageSet, 'set' | 'preparation'>): TrainingSet {
  return tiles ? tiledSet(set, tiles) : set;
}

/**
 * The content of `contamination.json`: every file of the data set with the hash of its content and its part in the run. Hashes that the training set lacks are computed.
 *
 * @param training Its images that are broken or suspected are left out.
 */
export async function contaminationFile(
  { source, manifest, train }: Pick<ContaminatedDataset, 'source' | 'manifest' | 'train'>,
  training: Pick<ImageSet, 'samples' | 'hashes' | 'broken' | 'suspected'>,
): Promise<ContaminationManifest> {
  const known = new Map(training.samples.map(({ path }, row) => [path, training.hashes[row]!]));
  const hashed = await withHashes(manifest, async (path) => known.get(path) ?? (await sha256(await source.read(path))));
  const without = (from: ContaminationManifest, paths: readonly string[], reason: string) =>
    paths.length === 0
      ? from
      : leaveOut(
          from,
          train.filter(({ path }) => paths.includes(path)),
          reason,
        );
  return without(without(hashed, training.broken, "it can't be used"), training.suspected ?? [], 'another run suspects it');
}

/**
 * A manifest for a run without training, such as a detection in a folder: the images that were looked at are tests, broken ones and all others are left out.
 * Files that can't be read have no hash, and are known by their path.
 *
 * @param tested The images that were to be looked at. @param all Every image of the data set. @param images Those of `tested` that could be used.
 */
export async function testedFile(
  source: FileSource,
  { tested, all }: { readonly tested: readonly Sample[]; readonly all: readonly Sample[] },
  images: Pick<ImageSet, 'samples' | 'hashes' | 'broken'>,
): Promise<ContaminationManifest> {
  const asTest = tested.map((sample): Sample => ({ ...sample, split: 'test' }));
  const { manifest } = contaminate(asTest, { rng: createRng(0), dataset: source.name });
  const isBroken = new Set(images.broken);
  const own = leaveOut(
    manifest,
    asTest.filter(({ path }) => isBroken.has(path)),
    "it can't be used",
  );
  const isTested = new Set(tested.map(({ path }) => path));
  const rest = all.filter(({ path, split }) => split !== 'train' && !isTested.has(path));
  const others = rest.map(({ id, path, kind, anomalous }) => ({
    id,
    path,
    kind,
    ...(anomalous !== undefined && { anomalous }),
    split: null,
    why: 'left out: it is trained on, or belongs to what is',
  }));
  const known = new Map(images.samples.map(({ path }, row) => [path, images.hashes[row]!]));
  const hashed = [...own.samples, ...others].map(async (entry) => {
    const hash = known.get(entry.path) ?? (await source.read(entry.path).then(sha256, () => undefined));
    return { ...entry, ...(hash !== undefined && { sha256: hash }) };
  });
  return { ...own, samples: await Promise.all(hashed) };
}

/** Warns of images that are in training and in test under two names: what a method finds in them is no evidence. */
export function noteDuplicates({ samples }: ContaminationManifest, reporter: Pick<Reporter, 'warn'>): void {
  const trained = new Map(
    samples.flatMap(({ split, sha256, path }) => (split === 'train' && sha256 !== undefined ? [[sha256, path]] : [])),
  );
  const both = samples.flatMap(({ split, sha256 = '', path }) => {
    const twin = split === 'test' ? trained.get(sha256) : undefined;
    return twin === undefined || twin === path ? [] : [`${path} is ${twin}`];
  });
  if (both.length > 0) reporter.warn(`by their content, test images are training images as well, ${both.length} in all:${listed(both)}`);
}
