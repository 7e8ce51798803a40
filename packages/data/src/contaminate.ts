import { assertOneOf, assertPositiveInteger, ConfigError, definedFields, type Rng, shown } from '@rddpm/core';
import type { Sample, Variation } from '@rddpm/core/contracts';
import type { ContaminationManifest, ContaminationProtocol, ManifestEntry } from './manifest.ts';
import { naturalOrder } from './natural-order.ts';
import { shuffled } from './shuffled.ts';
import type { SplitProtocol } from './split.ts';

export const SPREADS = ['images', 'kinds'] as const;
export const SHORTAGES = ['error', 'cap', 'repeat'] as const;

export type ContaminateOptions = {
  /**
   * How many defective images training has, relative to `of`: at least 0, and below 1 when `of` is 'total'. 'natural': all that the data set's training
   * half has, or the groups that `splitSamples` trains on. @defaultValue 0
   */
  readonly ratio?: number | 'natural';
  /** 'normals': `ratio` × the good training images (0.2 of 209 is 42). 'total': so that `ratio` of the whole training set is defective. @defaultValue 'normals' */
  readonly of?: 'normals' | 'total';
  /** Whether test images that come into training stay in the test half, too. @defaultValue false */
  readonly overlap?: boolean;
  /** Only these kinds of defect are drawn from, or so many kinds, drawn themselves. @defaultValue all */
  readonly kinds?: number | readonly string[];
  /** 'images': every defective image is equally likely. 'kinds': one of each kind in turn, as long as it has any. @defaultValue 'images' */
  readonly spread?: (typeof SPREADS)[number];
  /** Only defects of this severity are drawn from, ends included, on the scale of the data set. @defaultValue any */
  readonly severity?: SeverityRange;
  /**
   * What happens when there are too few: 'error'; 'cap' takes all; 'repeat' goes round again, each time turned by up to 3 degrees and shifted by up to
   * 3 % each way. @defaultValue 'error'
   */
  readonly shortage?: (typeof SHORTAGES)[number];
  /**
   * Instead of a ratio, the share of all images that whoever sorted them got wrong: that share of the defects is in training, and that share of the normal
   * images is lost from it. At least 0, below 1. @defaultValue 0
   */
  readonly labelNoise?: number;
  readonly rng: Rng;
  /** What `rng` was made from, for the manifest. */
  readonly seed?: number | string;
  /** What `splitSamples` or `applySplitList` says, for the manifest. A list leaves out what it leaves out: nothing of that is drawn. */
  readonly split?: SplitProtocol | null;
  /** The data set's and its layout's names, for the manifest. */
  readonly dataset?: string;
  readonly layout?: string;
};

export type SeverityRange = { readonly least?: number; readonly most?: number };

/**
 * Puts defective images among the training images: what training meets when nobody has sorted it.
 *
 * They are drawn without replacement from the defects of the training half, if it has any, and those that aren't drawn are left out; else from defects
 * without a split, as `splitSamples` leaves them; else from the test half's. The number is `ratio · normals`, or `ratio / (1 − ratio) · normals` with
 * `of: 'total'`, rounded to the nearest (halves up). The same generator and data set give nested choices: what 10 % adds is among what 20 % adds.
 *
 * Without `overlap` they leave the test half, and with them whatever shares a group with them. A high ratio may then leave it without defects: the
 * manifest tells.
 *
 * @returns The samples in use, in their order; then the contaminants that were brought in, with `split: 'train'`; then their repetitions, whose ids end in '~2',
 * '~3'. Every defective image in training has `contaminant: true`.
 * @throws {ConfigError} if there are fewer defective images than are asked for, with the largest ratio that there is; if an option is out of range, or
 * asks for a kind or a severity that the data set doesn't have.
 */
export function contaminate<S extends Sample>(
  samples: readonly S[],
  options: ContaminateOptions,
): { samples: S[]; manifest: ContaminationManifest } {
  const { rng, seed = null, dataset = null, layout = null } = options;
  const protocol = protocolOf(samples, options);
  const { ratio, of, overlap, labelNoise } = protocol;
  const normals = samples.filter((sample) => sample.split === 'train' && !sample.anomalous);
  const pool = poolOf(samples, protocol.split, ratio);
  const candidates = candidatesOf(pool, protocol, rng);
  const available = candidates.length;
  const highest = largestRatio(available, normals.length, of);

  const wanted = labelNoise > 0 ? Math.round(labelNoise * available) : numberAskedFor(protocol, normals.length, available);
  if (wanted > available && (protocol.shortage === 'error' || (protocol.shortage === 'repeat' && available === 0))) {
    const narrowed = available === pool.samples.length ? '' : ` of those to draw from (${pool.samples.length} in all)`;
    throw new ConfigError(
      `contaminate: ratio ${ratio} of ${of} asks for ${wanted} defective images beside ${normals.length} normals, ` +
        `but ${pool.name} has ${available}${narrowed}; the largest possible ratio is ${highest}`,
    );
  }
  const drawn = ratio === 'natural' ? candidates : inTurn(candidates, protocol.spread, rng).slice(0, wanted);
  const chosen = new Set(drawn);
  const lost = new Set(shuffled(normals, rng.fork('lost')).slice(0, Math.round(labelNoise * normals.length)));
  const moved = pool.half === 'train' ? [] : samples.filter((sample) => chosen.has(sample));
  const parting = new Set(overlap ? [] : moved.flatMap(({ group }) => group ?? []));

  const uses: Use<S>[] = [];
  const leftOut: ManifestEntry[] = [];
  const leave = (sample: S, reason: string) => {
    const was = sample.split === undefined ? {} : { was: sample.split };
    leftOut.push({ ...entryOf(sample), split: null, ...was, why: `left out: ${reason}` });
  };
  for (const sample of samples) {
    const { split, anomalous, group } = sample;
    if (split === 'train') {
      if (lost.has(sample)) leave(sample, 'a normal image taken for a defective one');
      else if (!anomalous) uses.push({ sample });
      else if (chosen.has(sample))
        uses.push({ sample: { ...sample, contaminant: true }, why: sample.variation ? 'repeated' : 'contaminant' });
      else leave(sample, 'a defect that was not drawn');
    } else if (chosen.has(sample)) {
      if (overlap && split !== undefined) uses.push({ sample });
    } else if (split === undefined) leave(sample, reasonToHaveNoSplit(protocol.split));
    else if (group !== undefined && parting.has(group)) leave(sample, `shares group ${group} with a contaminant`);
    else uses.push({ sample });
  }
  for (const sample of moved) {
    uses.push({ sample: { ...sample, split: 'train', contaminant: true }, why: 'contaminant', was: sample.split ?? null });
  }
  if (protocol.shortage === 'repeat') {
    const repeated = repetitions({ samples, candidates, drawn, wanted, rng });
    for (const sample of repeated) uses.push({ sample, why: 'repeated' });
  }

  return {
    samples: uses.map(({ sample }) => sample),
    manifest: {
      version: 2,
      dataset,
      layout,
      seed,
      protocol,
      normals: normals.length - lost.size,
      available,
      contaminants: uses.filter(({ why }) => why !== undefined).length,
      largestRatio: highest,
      samples: [...uses.map(entryInUse), ...leftOut],
    },
  };
}

/** How a sample is used. @property was The split that it had, if it was moved. */
type Use<S> = { readonly sample: S; readonly why?: 'contaminant' | 'repeated'; readonly was?: Sample['split'] | null };

function entryOf({ id, path, kind, anomalous, group, severity }: Sample): Omit<ManifestEntry, 'split'> {
  return {
    id,
    path,
    kind,
    ...definedFields({ anomalous, group, severity }),
  };
}

function entryInUse<S extends Sample>({ sample, why, was }: Use<S>): ManifestEntry {
  const { split = null, variation } = sample;
  return {
    ...entryOf(sample),
    split,
    ...definedFields({ was, why, variation }),
  };
}

function reasonToHaveNoSplit(split: SplitProtocol | null): string {
  if (split === null) return 'the data set does not say whether it is for training or for tests';
  return 'list' in split ? 'the split list does not use it' : 'a defect in a group that is trained on';
}

/** The options with their defaults. @throws {ConfigError} for one that can't be. */
function protocolOf(samples: readonly Sample[], options: ContaminateOptions): ContaminationProtocol {
  const { ratio = 0, of = 'normals', overlap = false, kinds = null, spread = 'images', severity = null } = options;
  const { shortage = 'error', labelNoise = 0, split = null } = options;
  assertOneOf('contaminate: of', of, ['normals', 'total']);
  assertOneOf('contaminate: spread', spread, SPREADS);
  assertOneOf('contaminate: shortage', shortage, SHORTAGES);
  const limit = of === 'total' ? 1 : Number.POSITIVE_INFINITY;
  if (ratio !== 'natural' && !(ratio >= 0 && ratio < limit)) {
    throw new ConfigError(
      `contaminate: ratio is ${ratio}; of ${of} it must be at least 0${of === 'total' ? ' and below 1' : ''}, or 'natural'`,
    );
  }
  if (!(labelNoise >= 0 && labelNoise < 1)) {
    throw new ConfigError(`contaminate: labelNoise is ${labelNoise}; it must be at least 0 and below 1`);
  }
  if (labelNoise > 0 && ratio !== 0) {
    throw new ConfigError(`contaminate: labelNoise ${labelNoise} takes the place of a ratio, which is ${ratio}; give one of them`);
  }
  if (ratio === 'natural' && (kinds !== null || severity !== null)) {
    throw new ConfigError("contaminate: ratio 'natural' takes the defects as they are; kinds and severity need a number");
  }
  if (typeof kinds === 'number') assertPositiveInteger('contaminate: kinds', kinds);
  for (const [end, value] of Object.entries(severity ?? {})) {
    if (!Number.isFinite(value)) throw new ConfigError(`contaminate: severity.${end} is ${value}; it must be a finite number`);
  }
  const tested = new Set(samples.flatMap((sample) => (sample.split === 'test' ? sample.path : [])));
  const inBoth = () => samples.some((sample) => sample.split === 'train' && sample.anomalous && tested.has(sample.path));
  return { ratio, of, overlap: ratio === 'natural' ? inBoth() : overlap, kinds, spread, severity, shortage, labelNoise, split };
}

/** Where contaminants come from. @property name For messages. */
type Pool<S> = { readonly half: 'train' | 'rest' | 'test'; readonly name: string; readonly samples: readonly S[] };

function poolOf<S extends Sample>(samples: readonly S[], split: SplitProtocol | null, ratio: number | 'natural'): Pool<S> {
  const defects = (half: Sample['split']) => samples.filter((sample) => sample.split === half && sample.anomalous);
  const training = { half: 'train', name: 'the training set', samples: defects('train') } as const;
  if (training.samples.length > 0) return training;
  const rest = { half: 'rest', name: 'the rest of the data set', samples: defects(undefined) } as const;
  const isListed = split !== null && 'list' in split;
  if (rest.samples.length > 0 && !isListed) return rest;
  return ratio === 'natural' ? training : { half: 'test', name: 'the test set', samples: defects('test') };
}

/** Those of the kinds and the severity that are asked for. */
function candidatesOf<S extends Sample>({ name, samples }: Pool<S>, { kinds, severity }: ContaminationProtocol, rng: Rng): readonly S[] {
  const there = [...new Set(samples.map(({ kind }) => kind))].sort(naturalOrder);
  if (typeof kinds === 'number' && kinds > there.length) {
    throw new ConfigError(`contaminate: kinds is ${kinds}, but ${name} has ${there.length} kinds of defect: ${there.join(', ')}`);
  }
  const unknown = typeof kinds === 'object' && kinds !== null ? kinds.find((kind) => !there.includes(kind)) : undefined;
  if (unknown !== undefined || (typeof kinds === 'object' && kinds?.length === 0)) {
    throw new ConfigError(`contaminate: kinds are ${shown(kinds)}; ${name} has ${there.join(', ')}`);
  }
  const wanted = new Set(typeof kinds === 'number' ? shuffled(there, rng.fork('kinds')).slice(0, kinds) : (kinds ?? there));
  const ofKinds = samples.filter(({ kind }) => wanted.has(kind));
  if (severity === null) return ofKinds;
  if (ofKinds.every((sample) => sample.severity === undefined)) {
    throw new ConfigError(`contaminate: severity is ${shown(severity)}, but the data set does not say how severe its defects are`);
  }
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = severity;
  return ofKinds.filter((sample) => sample.severity !== undefined && sample.severity >= least && sample.severity <= most);
}

function numberAskedFor({ ratio, of }: ContaminationProtocol, normals: number, available: number): number {
  if (ratio === 'natural') return available;
  return Math.round((of === 'total' ? ratio / (1 - ratio) : ratio) * normals);
}

/** In the order in which they are drawn. */
function inTurn<S extends Sample>(candidates: readonly S[], spread: ContaminationProtocol['spread'], rng: Rng): readonly S[] {
  const order = shuffled(candidates, rng);
  if (spread === 'images') return order;
  const byKind = new Map<string, S[]>();
  for (const sample of order) byKind.set(sample.kind, [...(byKind.get(sample.kind) ?? []), sample]);
  const rounds = Math.max(0, ...[...byKind.values()].map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => [...byKind.values()].flatMap((ofKind) => ofKind[round] ?? [])).flat();
}

/** Rounded down, so that the number in the message works when it is typed. */
function largestRatio(available: number, normals: number, of: 'normals' | 'total'): number {
  if (normals === 0) return 0;
  return Math.floor((1000 * available) / (of === 'total' ? available + normals : normals)) / 1000;
}

type RepetitionsOptions<S> = {
  readonly samples: readonly S[];
  readonly candidates: readonly S[];
  /** In the order in which they were drawn, once each. */
  readonly drawn: readonly S[];
  /** In all, those drawn included. */
  readonly wanted: number;
  readonly rng: Rng;
};

/** What is still wanted: round after round in the order of the draw, within each in the order of the samples. */
function repetitions<S extends Sample>({ samples, candidates, drawn, wanted, rng }: RepetitionsOptions<S>): S[] {
  const taken = new Set(samples.map(({ id }) => id));
  const repeated: S[] = [];
  for (let round = 2; drawn.length * (round - 1) < wanted; round++) {
    const again = new Set(drawn.slice(0, wanted - drawn.length * (round - 1)));
    for (const sample of candidates.filter((candidate) => again.has(candidate))) {
      let number = round;
      while (taken.has(`${sample.id}~${number}`)) number++;
      const id = `${sample.id}~${number}`;
      taken.add(id);
      const variation = variationOf(rng.fork(`repetition ${round} of ${sample.path}`));
      repeated.push({ ...sample, id, split: 'train', contaminant: true, variation });
    }
  }
  return repeated;
}

/** Up to 3 degrees and 3 % each way, in hundredths of them. */
function variationOf(rng: Rng): Variation {
  const hundredths = () => rng.integer(601) - 300;
  return { rotate: hundredths() / 100, shift: [hundredths() / 10_000, hundredths() / 10_000] };
}
