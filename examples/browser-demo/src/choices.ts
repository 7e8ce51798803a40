/** What can be chosen on the page: the numbers with their ranges, the losses, and the run's settings that follow. */
import { DEFAULT_SMOOTHING } from '@rddpm/maps';
import type { Method, Settings } from '../../train.ts';

type NumberField = {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly standard: number;
  /** One line for people who meet it for the first time. */
  readonly hint: string;
};

export const NUMBERS = {
  size: {
    label: 'Image size',
    min: 16,
    max: 128,
    step: 4,
    standard: 32,
    hint: 'Pixels on each side; twice as many take four times as long.',
  },
  steps: { label: 'Training steps', min: 1, max: 20_000, step: 1, standard: 240, hint: 'For each loss; 240 do for the built-in set.' },
  contamination: {
    label: 'Contamination',
    min: 0,
    max: 0.5,
    step: 0.05,
    standard: 0.2,
    hint: 'Defective images hidden among the training images, for each normal one.',
  },
  delta: { label: 'delta', min: 0.01, max: 2, step: 0.01, standard: 0.2, hint: 'Errors beyond it pull with constant force.' },
  keep: {
    label: 'keep',
    min: 0.1,
    max: 1,
    step: 0.05,
    standard: 0.8,
    hint: 'The share of each batch that is learnt from: its smallest errors.',
  },
  normals: { label: 'Normal training images', min: 8, max: 400, step: 1, standard: 80, hint: 'Of the built-in set.' },
  perDefect: { label: 'Images of each defect', min: 1, max: 50, step: 1, standard: 8, hint: 'Of the built-in set, which has four kinds.' },
  batch: { label: 'Batch size', min: 1, max: 64, step: 1, standard: 8, hint: 'Images that each step learns from.' },
  rate: { label: 'Learning rate', min: 0.00001, max: 0.01, step: 0.00001, standard: 0.002, hint: 'How far each step moves the weights.' },
  depth: {
    label: 'Noise depth',
    min: 1,
    max: 1000,
    step: 1,
    standard: 200,
    hint: 'How far an image is noised before it is rebuilt: deeper removes larger defects, and more detail.',
  },
  evaluations: { label: 'Rebuilding steps', min: 1, max: 100, step: 1, standard: 8, hint: 'In how many steps the noise is removed again.' },
  draws: { label: 'Noise draws', min: 1, max: 8, step: 1, standard: 2, hint: 'Rebuilt images that are averaged: more make calmer maps.' },
  seed: { label: 'Seed', min: 0, max: 1_000_000, step: 1, standard: 0, hint: 'The same seed repeats a run exactly.' },
} as const satisfies Record<string, NumberField>;

export type NumberName = keyof typeof NUMBERS;

export const LOSSES = {
  ddpm: { title: 'L2', hint: 'Squared error: every error counts with its square, so rare large ones – the defects – pull hard.' },
  'rddpm-huber': { title: 'Huber', hint: 'Squared up to delta, straight beyond: large errors pull less.' },
  'rddpm-lts': { title: 'Least trimmed squares', hint: 'Squared, but the worst images of each batch are left out.' },
} as const;

export type LossName = keyof typeof LOSSES;

export const NETWORKS = { '8,16,32': 'small', '16,32,64': 'medium', '32,64,128': 'large' } as const;

export const SIZES = [16, 24, 32, 48, 64] as const;

export type Choices = { readonly [N in NumberName]: number } & {
  readonly losses: readonly LossName[];
  readonly widths: readonly number[];
};

/** What decides which pixels there are. A change in these prepares the images anew. */
export type DataChoices = Pick<Choices, 'size' | 'contamination' | 'normals' | 'perDefect' | 'seed'>;

/**
 * The defaults, with what the page's address says instead: `?size=16&steps=4&losses=ddpm,rddpm-lts&widths=8,16`.
 *
 * @param complain Told of each value that makes no sense; its default is used.
 */
export function choicesFrom(address: URLSearchParams, complain: (text: string) => void): Choices {
  const numbers = Object.entries<NumberField>(NUMBERS).map(([name, { min, max, standard }]) => {
    const text = address.get(name);
    const value = text === null ? standard : Number(text);
    if (text !== '' && value >= min && value <= max) return [name, value];
    complain(`${name}=${text}; it must be a number from ${min} to ${max}, so it is ${standard}`);
    return [name, standard];
  });
  const losses = listed(address.get('losses'), 'ddpm,rddpm-huber').filter((name): name is LossName => {
    if (name in LOSSES) return true;
    complain(`the loss '${name}'; there are ${Object.keys(LOSSES).join(', ')}`);
    return false;
  });
  const widths = listed(address.get('widths'), '8,16,32').map(Number);
  const usable = widths.length > 0 && widths.every((width) => Number.isInteger(width) && width >= 8 && width <= 256 && width % 8 === 0);
  if (!usable) complain(`widths=${address.get('widths')}; they must be multiples of 8 up to 256, so they are 8,16,32`);
  return { ...(Object.fromEntries(numbers) as { [N in NumberName]: number }), losses, widths: usable ? widths : [8, 16, 32] };
}

const listed = (text: string | null, standard: string) => (text ?? standard).split(',').filter((part) => part !== '');

const CHECKPOINTS = 12; // of a run: often enough to lose little and to see it learn, seldom enough to cost little

export function settingsOf(choices: Choices): Settings {
  const { losses, widths, steps, batch, rate, depth, evaluations, draws, seed } = choices;
  return {
    seed,
    methods: losses.map((name) => methodOf(name, choices)),
    widths,
    steps,
    batchSize: batch,
    learningRate: rate,
    reportEvery: 1, // a stopped run has then told all that it did, and goes on as if it had not been stopped
    checkpointEvery: Math.max(1, Math.ceil(steps / CHECKPOINTS)),
    detection: {
      reading: 'walk',
      forwardSteps: depth,
      reverseSteps: depth,
      evaluations: Math.min(evaluations, depth),
      draws,
      spacing: 'linspace',
      sampler: { name: 'ddim' },
      encode: 'noise',
      error: 'squared',
      channelReduction: 'mean',
    },
    calibration: 'none', // one scale for all methods, and for maps on the way
    smoothing: DEFAULT_SMOOTHING,
  };
}

function methodOf(name: LossName, { delta, keep }: Choices): Method {
  if (name === 'rddpm-huber') return { name, loss: { name: 'huber', delta } };
  if (name === 'rddpm-lts') return { name, loss: { name: 'lts', keep } };
  return { name, loss: { name: 'mse' } };
}
