import { definedFields, FormatError, withoutFields } from '@rddpm/core';
import type { Sample, Variation } from '@rddpm/core/contracts';
import { parseJson } from '@rddpm/core/schema';
import * as z from 'zod/mini';
import { inOrder } from './in-order.ts';
import { assertUniqueIds } from './unique-ids.ts';

/** How exactly a contaminated data set was built: enough to check a result by hand, and to build the identical set. */
export type ContaminationManifest = {
  readonly version: 2;
  readonly dataset: string | null;
  readonly layout: string | null;
  readonly seed: number | string | null;
  readonly protocol: ContaminationProtocol;
  /** Training images that are not known to be defective. */
  readonly normals: number;
  /** Number of defective images that could be chosen. */
  readonly available: number;
  /** Defective images in training, repetitions included. */
  readonly contaminants: number;
  /** The largest ratio that the available images allow without repetition. */
  readonly largestRatio: number;
  /** One entry for each use of an image: first the samples in use, in their order, then the images that are left out. */
  readonly samples: readonly ManifestEntry[];
};

/** The options of `contaminate`, defaults filled in; null where nothing was asked for. */
export type ContaminationProtocol = {
  readonly ratio: number | 'natural';
  readonly of: 'normals' | 'total';
  readonly overlap: boolean;
  readonly kinds: number | readonly string[] | null;
  readonly spread: 'images' | 'kinds';
  readonly severity: { readonly least?: number; readonly most?: number } | null;
  readonly shortage: 'error' | 'cap' | 'repeat';
  readonly labelNoise: number;
  /** Null where the data set came with its split. */
  readonly split: { readonly folds: number; readonly fold: number } | { readonly list: string } | null;
};

export type ManifestEntry = {
  readonly id: string;
  readonly path: string;
  /** SHA-256 of the file's bytes, in hexadecimal. `withHashes` fills it in. */
  readonly sha256?: string;
  readonly kind: string;
  readonly anomalous?: boolean;
  readonly group?: string;
  readonly severity?: number;
  /** The part of the data set that uses the image; null if it is left out. */
  readonly split: 'train' | 'validation' | 'test' | null;
  /** The split that the data set gave the image, if the manifest changed it; null if the data set gave none. */
  readonly was?: 'train' | 'validation' | 'test' | null;
  /** Why the entry differs from the data set: 'contaminant', 'repeated', or 'left out: ' and the reason. */
  readonly why?: string;
  /** How a repeated image is rotated and shifted, so that it differs from its file. */
  readonly variation?: Variation;
};

/** What `contamination.json` was before it had a version: it names the contaminants alone. */
export type EarlierManifest = {
  readonly version: 1;
  readonly overlap: boolean;
  /** Paths of the defective test images that were in training. */
  readonly contaminants: readonly string[];
  /** By path. */
  readonly sha256: Readonly<Record<string, string>>;
};

/** The manifest with the content hash of every file. @param hashOf The SHA-256 of a file's bytes, in hexadecimal; called once for each path, a few at once. */
export async function withHashes(
  manifest: ContaminationManifest,
  hashOf: (path: string) => Promise<string>,
): Promise<ContaminationManifest> {
  const hashes = await hashesOf(
    manifest.samples.map(({ path }) => path),
    hashOf,
  );
  return {
    ...manifest,
    samples: manifest.samples.map((entry) => {
      const { id, path } = entry;
      return { id, path, sha256: hashes.get(path)!, ...withoutFields(entry, 'id', 'path', 'sha256') };
    }),
  };
}

/**
 * The manifest after some of its samples turned out to be of no use, such as files that don't decode.
 *
 * @param samples In use until now. @param reason Continues 'left out: '.
 */
export function leaveOut(manifest: ContaminationManifest, samples: readonly Sample[], reason: string): ContaminationManifest {
  const key = ({ split, id }: { readonly split?: ManifestEntry['split']; readonly id: string }) => `${split} ${id}`;
  const useless = new Set(samples.map(key));
  const entries = manifest.samples.map((entry): ManifestEntry => {
    const { split } = entry;
    if (split === null || !useless.has(key(entry))) return entry;
    const kept = withoutFields(entry, 'split', 'was', 'why', 'variation');
    return { ...kept, split: null, was: split, why: `left out: ${reason}` };
  });
  const training = entries.filter(({ split }) => split === 'train');
  const contaminants = training.filter(({ anomalous }) => anomalous).length;
  const used = entries.filter(({ split }) => split !== null);
  return {
    ...manifest,
    normals: training.length - contaminants,
    contaminants,
    samples: [...used, ...entries.filter(({ split }) => split === null)],
  };
}

/** The manifest as the text of a file: JSON, with one line for each sample. */
export function formatManifest(manifest: ContaminationManifest): string {
  const { samples, ...head } = manifest;
  const lines = samples.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n');
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "samples": [\n${lines}\n  ]\n}\n`;
}

/**
 * Reads the text of a manifest. Early runs wrote manifests without a version; they are read as version 1.
 *
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} naming each field that is wrong or missing, or a version that isn't known.
 */
export function parseManifest(text: string, source: string): ContaminationManifest | EarlierManifest {
  const { version } = parseJson(z.looseObject({ version: z.optional(z.int()) }), text, source); // so that errors are those of its own version
  if (version === undefined) return { version: 1, ...parseJson(earlierSchema, text, source) };
  if (version !== 2)
    throw new FormatError(`${source} is a manifest of version ${version}; this release reads 2, and those before, without one`);
  return parseJson(manifestSchema, text, source);
}

/** Content hashes, by path, of the images that have left the test half: they are trained on, or belong to the same part as one that is. */
export function leftTestHalf(manifest: ContaminationManifest | EarlierManifest): ReadonlyMap<string, string> {
  if (manifest.version === 1) return new Map(manifest.overlap ? [] : Object.entries(manifest.sha256));
  const { samples } = manifest;
  const tested = new Set(samples.flatMap(({ split, path }) => (split === 'test' ? path : [])));
  const left = samples.filter(({ was, path }) => was === 'test' && !tested.has(path));
  return new Map(left.flatMap(({ path, sha256 }) => (sha256 === undefined ? [] : [[path, sha256] as const])));
}

/**
 * The samples that a manifest describes, of a data set that may have been moved, renamed or sorted anew since: files are recognised by their content, and
 * by their path where the manifest has no hash. Splits, order, labels and variations are the manifest's, paths and ids the data set's.
 *
 * @param samples As the layout reads them. @param hashOf As for `withHashes`; not called if the manifest has no hashes.
 * @returns The samples in use, and paths of images that the manifest doesn't know.
 * @throws {FormatError} naming all files that are missing, and all that have changed.
 */
export async function applyManifest<S extends Sample>(
  manifest: ContaminationManifest,
  samples: readonly S[],
  hashOf: (path: string) => Promise<string>,
): Promise<{ samples: S[]; unlisted: string[] }> {
  const found = await filesOf(manifest, samples, hashOf);
  const inUse = manifest.samples.filter(({ split }) => split !== null);
  const absent = [...new Set(inUse.map(({ path }) => path))].filter((path) => !found.has(path));
  if (absent.length > 0) {
    const there = new Set(samples.map(({ path }) => named(path)));
    const lines = absent.map((path) => `\n  ${path} ${there.has(named(path)) ? 'has changed' : 'is missing'}`);
    throw new FormatError(`${absent.length} of the files that the manifest uses are not there as they were:${lines.join('')}`);
  }
  const used = inUse.map((entry) => sampleOf(entry, found.get(entry.path)!));
  assertUniqueIds('applyManifest', used);
  const known = new Set(found.values());
  return { samples: used, unlisted: samples.flatMap((sample) => (known.has(sample) ? [] : sample.path)) };
}

/** The sample that is now what was at each of the manifest's paths; nothing for those that are missing or changed. */
async function filesOf<S extends Sample>(
  manifest: ContaminationManifest,
  samples: readonly S[],
  hashOf: (path: string) => Promise<string>,
): Promise<Map<string, S>> {
  const listed = new Map(manifest.samples.map(({ path, sha256 }) => [path, sha256]));
  const isHashed = [...listed.values()].some((sha256) => sha256 !== undefined);
  const hashes = isHashed
    ? await hashesOf(
        samples.map(({ path }) => path),
        hashOf,
      )
    : new Map<string, string>();
  const byPath = new Map(samples.map((sample) => [named(sample.path), sample]));
  const found = new Map<string, S>();
  const free = new Set(samples);
  const claim = (path: string, sample: S | undefined) => {
    if (sample && free.delete(sample)) found.set(path, sample);
  };
  for (const [path, sha256] of listed) {
    const same = byPath.get(named(path));
    if (same && (sha256 === undefined || hashes.get(same.path) === sha256)) claim(path, same);
  }
  const byHash = new Map<string, S[]>();
  for (const sample of free) {
    const hash = hashes.get(sample.path);
    if (hash !== undefined) byHash.set(hash, [...(byHash.get(hash) ?? []), sample]);
  }
  for (const [path, sha256] of listed) {
    if (sha256 !== undefined && !found.has(path)) claim(path, byHash.get(sha256)?.shift());
  }
  return found;
}

function sampleOf<S extends Sample>(entry: ManifestEntry, sample: S): S {
  const { kind, anomalous, group, severity, split, why, variation } = entry;
  const contaminant = split === 'train' && anomalous ? true : undefined;
  return {
    ...withoutFields(sample, 'split', 'contaminant', 'variation', 'anomalous', 'group', 'severity'),
    id: why === 'repeated' ? `${sample.id}${entry.id.slice(entry.id.lastIndexOf('~'))}` : sample.id,
    kind,
    ...definedFields({ split: split ?? undefined, anomalous, group, severity, contaminant, variation }),
  } as unknown as S; // the fields that were removed are set again from the manifest, where it has them
}

async function hashesOf(paths: readonly string[], hashOf: (path: string) => Promise<string>): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for await (const { item: path, result } of inOrder([...new Set(paths)], hashOf)) {
    if (result.status === 'rejected') throw result.reason;
    hashes.set(path, result.value);
  }
  return hashes;
}

/** The path in one Unicode form (NFC): file systems turn composed and decomposed forms of a name into each other. */
function named(path: string): string {
  return path.normalize('NFC');
}

/** A schema for each field, optional ones too, and for no other: a field that joins the type has to join here. */
type Fields<T> = { [Field in keyof Required<T>]: z.ZodMiniType<T[Field]> | z.ZodMiniType<T[Field] | undefined> };

const count = z.int().check(z.gte(0));
const split = z.nullable(z.enum(['train', 'validation', 'test']));
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

const earlierSchema = z.object({
  overlap: z.boolean(),
  contaminants: z.array(z.string()),
  sha256: z.record(z.string(), z.string()),
} satisfies Omit<Fields<EarlierManifest>, 'version'>);

const protocolSchema = z.object({
  ratio: z.union([z.literal('natural'), z.number()]),
  of: z.enum(['normals', 'total']),
  overlap: z.boolean(),
  kinds: z.nullable(z.union([z.number(), z.array(z.string())])),
  spread: z.enum(['images', 'kinds']),
  severity: z.nullable(z.object({ least: z.exactOptional(z.number()), most: z.exactOptional(z.number()) })),
  shortage: z.enum(['error', 'cap', 'repeat']),
  labelNoise: z.number(),
  split: z.nullable(z.union([z.object({ folds: count, fold: count }), z.object({ list: z.string() })])),
} satisfies Fields<ContaminationProtocol>);

const manifestSchema = z.object({
  version: z.literal(2),
  dataset: z.nullable(z.string()),
  layout: z.nullable(z.string()),
  seed: z.nullable(z.union([z.number(), z.string()])),
  protocol: protocolSchema,
  normals: count,
  available: count,
  contaminants: count,
  largestRatio: z.number(),
  samples: z.array(
    z.object({
      id: z.string(),
      path: z.string(),
      sha256: z.exactOptional(sha256),
      kind: z.string(),
      anomalous: z.exactOptional(z.boolean()),
      group: z.exactOptional(z.string()),
      severity: z.exactOptional(z.number()),
      split,
      was: z.exactOptional(split),
      why: z.exactOptional(z.string()),
      variation: z.exactOptional(z.object({ rotate: z.number(), shift: z.tuple([z.number(), z.number()]) })),
    } satisfies Fields<ManifestEntry>),
  ),
} satisfies Fields<ContaminationManifest>);
