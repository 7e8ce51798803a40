/** What the page and its worker say to each other. Pixels travel as bytes and are handed over, not copied. */
import type { Preparation, Region } from '@rddpm/core/contracts';
import type { Settings } from '../../train.ts';
import type { Choices, DataChoices } from './choices.ts';

export type ChosenFile = { readonly path: string; readonly file: File };

export type BackendName = 'auto' | 'webgpu' | 'onnx' | 'cpu';

/** Images as the network will see them, and what is known about them. */
export type Prepared = {
  readonly name: string;
  readonly size: number;
  readonly channels: 1 | 3;
  /** How pictures became these images: a model keeps it. */
  readonly preparation: Preparation;
  /** [n, size, size, channels]. */
  readonly training: Uint8Array<ArrayBuffer>;
  readonly trainingInfo: readonly { readonly content: Region; readonly defect: string; readonly contaminant: boolean }[];
  readonly test: Uint8Array<ArrayBuffer>;
  /** `content`: where in its square the picture is, which has proportions of its own; the rest is padding. */
  readonly testInfo: readonly { readonly path: string; readonly content: Region; readonly defect: string; readonly masked: boolean }[];
  /** [n, size, size] of the test images, 0 and 1; 0 where no mask is known. */
  readonly masks: Uint8Array<ArrayBuffer>;
  /** Whether anybody knows of images that are defective. */
  readonly labelled: boolean;
  /** Rows of the test images that are shown while it trains. */
  readonly previews: readonly number[];
  /** Sentences about what was left out, and why. */
  readonly remarks: readonly string[];
};

export type RunInfo = {
  readonly choices: Choices;
  readonly settings: Settings;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
};

/** A run that an earlier visit left. */
export type StoredRun = RunInfo & {
  readonly data: Prepared;
  /** Steps that are safe, by method. */
  readonly steps: Readonly<Record<string, number>>;
  readonly curves: Readonly<Record<string, Curve>>;
};

/** By step, in the order of the steps. */
export type Curve = { readonly step: number[]; readonly loss: number[]; readonly meanSquaredError: number[] };

/** Maps and reconstructions of some images, ready to be painted. */
export type Maps = {
  /** [n, size, size] */
  readonly maps: Float32Array<ArrayBuffer>;
  /** [n, size, size, channels] */
  readonly rebuilt: Uint8Array<ArrayBuffer>;
  readonly scores: readonly number[];
};

/** How well a method's maps agree with the masks; null where no mask is known. */
export type Verdict = {
  readonly auroc: number;
  readonly averagePrecision: number;
  readonly bestThreshold: number;
  readonly bestF1: number;
} | null;

export type WorkerEvent =
  | { readonly kind: 'preparing'; readonly what: string; readonly done: number; readonly total: number }
  | { readonly kind: 'backend'; readonly name: string; readonly device: string; readonly passedOver: readonly string[] }
  | {
      readonly kind: 'progress';
      readonly method: string;
      readonly step: number;
      readonly loss: number;
      readonly meanSquaredError: number;
      readonly secondsPerStep: number;
    }
  | { readonly kind: 'saved'; readonly method: string; readonly step: number }
  | { readonly kind: 'not saved'; readonly reason: string }
  | ({ readonly kind: 'preview'; readonly method: string; readonly step: number } & Maps)
  /** A model from Python may have no threshold. */
  | { readonly kind: 'model'; readonly method: string; readonly threshold: number | null }
  | ({ readonly kind: 'detection'; readonly method: string; readonly first: number; readonly total: number } & Maps)
  | { readonly kind: 'verdict'; readonly method: string; readonly verdict: Verdict };

export type Listener = (event: WorkerEvent) => void;

export type WorkerApi = {
  /** Files to make images of, in parts; nothing for the built-in ones. @param anew Whether those before are forgotten. */
  take(files: readonly ChosenFile[] | null, anew: boolean): void;
  /** Makes images ready. Only the newest call comes to an end. */
  prepare(choices: DataChoices, listener: Listener): Promise<Prepared>;
  /** Trains on what was prepared last, then detects. @returns Whether it came to its end, rather than being stopped. */
  start(choices: Choices, backend: BackendName, listener: Listener): Promise<boolean>;
  /** Goes on with the run that was stopped, or that an earlier visit left. */
  resume(backend: BackendName, listener: Listener): Promise<boolean>;
  /** Ends what is under way: training with a checkpoint, preparing without a result. */
  stop(): void;
  stored(): Promise<StoredRun | undefined>;
  forget(): Promise<void>;
  /** A method's model as a file. */
  modelFile(method: string): Promise<Uint8Array<ArrayBuffer>>;
  /** A model from a file, and the images prepared as it wants them. */
  openModel(file: File, choices: DataChoices, listener: Listener): Promise<Prepared>;
  /** Its maps of the test images. @returns Whether it came to its end, rather than being stopped. */
  detectWithOpened(backend: BackendName, listener: Listener): Promise<boolean>;
};
