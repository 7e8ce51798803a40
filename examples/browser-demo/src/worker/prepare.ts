/** From the user's files, or from nothing, to images that are ready to be trained on and looked at. */
import { createRng, FormatError } from '@rddpm/core';
import { contaminate, type Preparation, type Sample } from '@rddpm/data';
import type { DataChoices } from '../choices.ts';
import type { ChosenFile, Prepared } from '../messages.ts';
import { builtIn } from './built-in.ts';
import { type Decoded, type DecodeOptions, decodeFiles } from './decode-files.ts';

export type Progress = (what: string, done: number, total: number) => void;

export type PrepareOptions = {
  readonly choices: Omit<DataChoices, 'size'>;
  /** Nothing: the built-in set. */
  readonly files: readonly ChosenFile[] | null;
  /** To squares. Ranges that it leaves open are measured. */
  readonly preparation: Preparation;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/** @throws {FormatError} for files that make no data set, {ConfigError} for a contamination that they can't give. */
export async function prepare({ choices, files, preparation, progress, signal }: PrepareOptions): Promise<Prepared> {
  const decoded = files
    ? await decodeOnce(files, { preparation, seed: choices.seed, progress, signal })
    : builtIn(choices, { preparation, progress });
  signal.throwIfAborted();
  return arrange(decoded, choices);
}

let latest: { readonly key: string; readonly files: readonly ChosenFile[]; readonly decoded: Decoded } | undefined;

/** Another contamination only moves images about: they are not decoded again. */
async function decodeOnce(files: readonly ChosenFile[], options: DecodeOptions): Promise<Decoded> {
  const key = JSON.stringify([options.preparation, options.seed, files.length]);
  if (latest?.files === files && latest.key === key) return latest.decoded;
  latest = undefined; // its memory is needed
  const decoded = await decodeFiles(files, options);
  latest = { key, files, decoded };
  return decoded;
}

/** Puts defective images among the training images, as many as are asked for, and chooses what is shown during training. */
function arrange(decoded: Decoded, { contamination, seed }: Omit<DataChoices, 'size'>): Prepared {
  const { name, labelled, samples, preparation, remarks } = decoded;
  const {
    size: { width: size },
    channels,
  } = preparation;
  const rng = createRng(seed).fork('contamination');
  const arranged = labelled ? contaminate(samples, { ratio: contamination, rng }).samples : samples;
  const training = arranged.filter(({ split }) => split === 'train');
  const test = arranged.filter(({ split }) => split === 'test');
  if (test.length === 0) {
    throw new FormatError('No test image is left: all of them went among the training images; lower the contamination, or add test images');
  }
  return {
    name,
    size,
    channels,
    preparation,
    labelled,
    remarks,
    training: joined(training.map(({ pixels }) => pixels)),
    trainingInfo: training.map(({ kind, content, contaminant }) => ({ content, defect: kind, contaminant: contaminant ?? false })),
    test: joined(test.map(({ pixels }) => pixels)),
    testInfo: test.map(({ path, kind, content, mask }) => ({ path, content, defect: kind, masked: mask !== undefined })),
    masks: joined(test.map(({ mask }) => mask ?? new Uint8Array(size * size))),
    previews: previewRows(test),
  };
}

const PREVIEWS = 4;

/** One of each kind of defect first, then others. */
function previewRows(test: readonly Sample[]): number[] {
  const seen = new Set<string>();
  const firsts = test.flatMap(({ kind, anomalous }, row) => {
    if (!anomalous || seen.has(kind)) return [];
    seen.add(kind);
    return [row];
  });
  const others = test.map((_, row) => row).filter((row) => !firsts.includes(row));
  return [...firsts, ...others].slice(0, PREVIEWS);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
