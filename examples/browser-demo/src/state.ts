/** What the page knows. Views read it, actions write it. */
import { computed, signal } from '@preact/signals';
import { type Choices, choicesFrom, LOSSES } from './choices.ts';
import type { BackendName, ChosenFile, Curve, Prepared, StoredRun, Verdict } from './messages.ts';

export type Phase = 'idle' | 'preparing' | 'starting' | 'training' | 'detecting' | 'stopping' | 'stopped' | 'done';

export type Notice = {
  readonly tone: 'error' | 'warning' | 'info';
  readonly title: string;
  readonly text: string;
  /** Whether it outlives the run that it's about. @defaultValue false */
  readonly stays?: boolean;
};

/** Maps of some images, of one method. */
export type Seen = {
  readonly maps: Float32Array;
  readonly rebuilt: Uint8Array;
  readonly scores: readonly number[];
};

export type Preview = Seen & { readonly step: number };

export type Result = Seen & {
  /** The model's own: where it says that something is odd. Null if it has none. */
  readonly threshold: number | null;
  /** Test images that have their maps. */
  readonly images: number;
  readonly verdict: Verdict | undefined;
};

const address = new URLSearchParams(location.search);
const complaints: string[] = [];

export const choices = signal<Choices>(choicesFrom(address, (text) => complaints.push(text)));
export const backendWish = backendFrom(address.get('backend'));
/** Nothing: the built-in set. */
export const files = signal<readonly ChosenFile[] | null>(null);
export const data = signal<Prepared | null>(null);
export const phase = signal<Phase>('idle');
export const preparing = signal<{ what: string; done: number; total: number } | null>(null);
export const backend = signal<{ name: string; device: string; passedOver: readonly string[] } | null>(null);
export const stored = signal<StoredRun | null>(null);
export const saved = signal<Readonly<Record<string, number>>>({});
export const previews = signal<Readonly<Record<string, Preview>>>({});
export const results = signal<Readonly<Record<string, Result>>>({});
export const notices = signal<readonly Notice[]>(
  complaints.length > 0
    ? [{ tone: 'warning', title: 'The address', text: `What it says makes no sense: ${complaints.join('; ')}.`, stays: true }]
    : [],
);
/** The run on the page, whether it goes on or not. */
export const run = signal<{ readonly choices: Choices; readonly steps: number; readonly methods: readonly string[] } | null>(null);
/** Grow in place; `curvesVersion` tells that they have. */
export const curves = new Map<string, Curve>();
export const curvesVersion = signal(0);
export const secondsPerStep = signal<Readonly<Record<string, number>>>({});

/** What the user moved each method's threshold to. */
export const thresholds = signal<Readonly<Record<string, number>>>({});

/** Where heat maps end in the brightest colour: the same for every method, image and step. */
export const heatTo = signal(0.05);

export const busy = computed(() => ['preparing', 'starting', 'training', 'detecting', 'stopping'].includes(phase.value));

/** Steps done, of each method. */
export const stepOf = (method: string) => curves.get(method)?.step.at(-1) ?? 0;

export const titleOf = (method: string) => (method in LOSSES ? LOSSES[method as keyof typeof LOSSES].title : method);

/** Methods of the run in their order, then models from files: what they are drawn in stays the same. */
export const colorOf = (method: string) => {
  const index = Object.keys(LOSSES).indexOf(method);
  return `var(--method-${index < 0 ? 3 : index})`;
};

export function say(notice: Notice): void {
  notices.value = [...notices.value.filter(({ title }) => title !== notice.title), notice];
}

function backendFrom(text: string | null): BackendName {
  if (text === null) return 'auto';
  const known: readonly BackendName[] = ['auto', 'webgpu', 'onnx', 'cpu'];
  const name = known.find((name) => name === text);
  if (!name) complaints.push(`backend=${text}; there are ${known.join(', ')}, and auto is used`);
  return name ?? 'auto';
}
