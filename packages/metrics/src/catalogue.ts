/** The one list of what results, tables, CSV files, gates, reports and intervals show: a new metric is an entry here beside its own file. */
import type { RegionGains } from './counting/positives.ts';
import type { Tally } from './counting/tally.ts';
import { highestF1 } from './ranking/best-f-beta.ts';
import { meanPrecision } from './ranking/precision-recall.ts';
import { areaUnderRoc } from './ranking/roc.ts';
import { type ImageTally, meanAreaUnderPimo } from './regions/per-image-overlap.ts';
import { areaUnderPro } from './regions/per-region-overlap.ts';

/** All that the pixel metrics need to know of a set of images. */
export type PixelTally = {
  readonly counts: Tally;
  /** Undefined where regions weren't looked for. */
  readonly regions: RegionGains | undefined;
  /** Undefined where images weren't told apart. */
  readonly images: ImageTally | undefined;
};

/** A term and what it means, for readers of a report. Metrics with the same term share it. */
export type GlossaryEntry = { readonly term: string; readonly meaning: string };

type Entry<Counted> = {
  readonly label: string;
  readonly short: string;
  readonly whyUndefined: string;
  readonly higherIsBetter: boolean;
  readonly glossary: GlossaryEntry;
  readonly of: (counted: Counted) => number;
};

const AUROC: GlossaryEntry = {
  term: 'AUROC',
  meaning:
    'Area under the ROC curve: the chance that a defective pixel (or image) gets a higher score than a normal one; ties count half. 0.5 is chance, 1 is perfect. It looks good easily where defects are rare, because the many easy normal pixels dominate.',
};
const AP: GlossaryEntry = {
  term: 'AP',
  meaning:
    'Average precision, also called AUPRC: the mean of the precision at each defective pixel (or image), ranked by score; the area under the precision–recall curve in steps. Its chance level is not 0.5 but the prevalence. Some tools report the trapezoid under the same curve by this name, which is a different number.',
};
const PREVALENCE: GlossaryEntry = { term: 'prevalence', meaning: 'The share of defective pixels in all test images.' };
const AU_PRO: GlossaryEntry = {
  term: 'PRO, AU-PRO',
  meaning:
    'Per-region overlap: the mean over all defect regions of the part of each that lies above the threshold, so a small scratch counts as much as a large stain. AU-PRO is the area under PRO against the false positive rate up to 0.3 (or 0.05), divided by that limit. Plain PRO is the overlap at a single threshold.',
};
const AUPIMO: GlossaryEntry = {
  term: 'AUPIMO',
  meaning:
    'Area under the per-image overlap: for each defective image the part of its defect that is found, averaged over thresholds so high that good images show next to no false alarm (1 pixel in 100,000 to 1 in 10,000, on a logarithmic scale); here the mean over the defective images. It needs good images of 100,000 pixels in all.',
};
const F1_MAX: GlossaryEntry = {
  term: 'F1-max',
  meaning:
    'The highest F1 (harmonic mean of precision and recall) that any single threshold reaches. The threshold is chosen with the labels, so it is an upper bound, not what a deployed detector does.',
};

/** Of all pixels of all images together, in the order of every table. */
const PIXEL = {
  /** Area under the ROC curve, in [0, 1]; see `rocAuc`. */
  auroc: {
    label: 'pixel AUROC',
    short: 'AUROC',
    whyUndefined: 'needs both normal and defective pixels',
    higherIsBetter: true,
    glossary: AUROC,
    of: ({ counts }) => areaUnderRoc(counts),
  },
  /** In (0, 1]; see the function `averagePrecision`. */
  averagePrecision: {
    label: 'pixel AP',
    short: 'AP',
    whyUndefined: 'needs a defective pixel',
    higherIsBetter: true,
    glossary: AP,
    of: ({ counts }) => meanPrecision(counts),
  },
  /** AU-PRO up to a false positive rate of 0.3, in [0, 1]: `auPro` with its usual `fprLimit`. */
  auPro30: {
    label: 'AU-PRO 0.3',
    short: 'AU-PRO 0.3',
    whyUndefined: 'needs a defective region and a normal pixel',
    higherIsBetter: true,
    glossary: AU_PRO,
    of: ({ counts, regions }) => (regions ? areaUnderPro(counts, regions, 0.3) : Number.NaN),
  },
  /** AU-PRO up to a false positive rate of 0.05, in [0, 1]: `auPro` with `fprLimit: 0.05`. */
  auPro05: {
    label: 'AU-PRO 0.05',
    short: 'AU-PRO 0.05',
    whyUndefined: 'needs a defective region and a normal pixel',
    higherIsBetter: true,
    glossary: AU_PRO,
    of: ({ counts, regions }) => (regions ? areaUnderPro(counts, regions, 0.05) : Number.NaN),
  },
  /** The mean of AUPIMO over images with anomalous pixels, in [0, 1]: `auPimo` with its usual bounds. */
  auPimo: {
    label: 'AUPIMO',
    short: 'AUPIMO',
    whyUndefined: 'needs defective pixels, and good images of 100,000 pixels in all',
    higherIsBetter: true,
    glossary: AUPIMO,
    of: ({ images }) => (images ? meanAreaUnderPimo(images) : Number.NaN),
  },
  /** The highest F1 of any threshold, in (0, 1]: what `bestF1` gives as `f1`. */
  f1Max: {
    label: 'pixel F1-max',
    short: 'F1-max',
    whyUndefined: 'needs a defective pixel',
    higherIsBetter: true,
    glossary: F1_MAX,
    of: ({ counts }) => highestF1(counts).f1,
  },
  /** The part of the pixels that is anomalous, in [0, 1]: the average precision that chance reaches. */
  prevalence: {
    label: 'defective pixels',
    short: 'prevalence',
    whyUndefined: 'needs a pixel',
    higherIsBetter: false,
    glossary: PREVALENCE,
    of: ({ counts }) => counts.positives / (counts.positives + counts.negatives),
  },
} satisfies Record<string, Entry<PixelTally>>;

/** Of images, each with one score. */
const IMAGE = {
  /** Area under the ROC curve, in [0, 1]; see `rocAuc`. */
  auroc: {
    label: 'image AUROC',
    short: 'AUROC',
    whyUndefined: 'needs both good and defective images',
    higherIsBetter: true,
    glossary: AUROC,
    of: (counts) => areaUnderRoc(counts),
  },
  /** In (0, 1]; see the function `averagePrecision`. */
  averagePrecision: {
    label: 'image AP',
    short: 'AP',
    whyUndefined: 'needs a defective image',
    higherIsBetter: true,
    glossary: AP,
    of: (counts) => meanPrecision(counts),
  },
} satisfies Record<string, Entry<Tally>>;

export type PixelMetricName = keyof typeof PIXEL;
export type ImageMetricName = keyof typeof IMAGE;

const PIXEL_METRIC_NAMES: readonly PixelMetricName[] = names(PIXEL);

/** `Value` for each pixel metric, with what the catalogue says of it. */
export type ByPixelMetric<Value> = { readonly [Name in keyof typeof PIXEL]: Value };
/** `Value` for each image metric. */
export type ByImageMetric<Value> = { readonly [Name in keyof typeof IMAGE]: Value };

/** A metric's name in results: `'pixel.auroc'`, `'image.averagePrecision'`, … */
export type MetricPath = `pixel.${PixelMetricName}` | `image.${ImageMetricName}`;

/** `Value` for each metric by its path. */
export type ByMetric<Value> = { readonly [Path in MetricPath]: Value };

/** What there is to say of a metric, for whoever shows it. */
export type MetricInfo = {
  readonly path: MetricPath;
  /** In a heading or a list: `'pixel AUROC'`. */
  readonly label: string;
  /** In a heading below one that names the level: `'AUROC'`. */
  readonly short: string;
  /** What it needs to be defined, after "undefined:": `'needs a defective pixel'`. */
  readonly whyUndefined: string;
  /** Whether methods can be compared by it: true of all but the prevalence. Those that are lie in [0, 1], and 1 is best. */
  readonly higherIsBetter: boolean;
  readonly glossary: GlossaryEntry;
} & ({ readonly level: 'pixel'; readonly name: PixelMetricName } | { readonly level: 'image'; readonly name: ImageMetricName });

/**
 * The metrics of `results.json`, `rddpm evaluate` and reports, in the order of every table: those of pixels, then those of images. For
 * programs that show metrics, or let a user choose one: names and labels stand nowhere else.
 */
export const METRICS: readonly MetricInfo[] = [
  ...PIXEL_METRIC_NAMES.map((name): MetricInfo => ({ level: 'pixel', name, path: `pixel.${name}`, ...textsOf(PIXEL[name]) })),
  ...names(IMAGE).map((name): MetricInfo => ({ level: 'image', name, path: `image.${name}`, ...textsOf(IMAGE[name]) })),
];

/**
 * The value of a metric of the catalogue among those of all.
 *
 * @param scores By level and name, as `results.json` has them.
 */
export function readMetric<Value>(
  scores: { readonly pixel: ByPixelMetric<Value>; readonly image: ByImageMetric<Value> },
  metric: MetricInfo,
): Value {
  return metric.level === 'pixel' ? scores.pixel[metric.name] : scores.image[metric.name];
}

/** @param make Of each metric of the catalogue. */
export function byMetric<Value>(make: (metric: MetricInfo) => Value): ByMetric<Value> {
  return Object.fromEntries(METRICS.map((metric) => [metric.path, make(metric)])) as ByMetric<Value>;
}

/** @param make Of a name and its place among `PIXEL_METRIC_NAMES`. */
function byPixelMetric<Value>(make: (name: PixelMetricName, i: number) => Value): ByPixelMetric<Value> {
  return Object.fromEntries(PIXEL_METRIC_NAMES.map((name, i) => [name, make(name, i)])) as ByPixelMetric<Value>;
}

/** Each is NaN where it is undefined. */
export function pixelValues(tally: PixelTally): ByPixelMetric<number> {
  return byPixelMetric((name) => PIXEL[name].of(tally));
}

/** Each is NaN where it is undefined. */
export function imageValues(counts: Tally): ByImageMetric<number> {
  return Object.fromEntries(names(IMAGE).map((name) => [name, IMAGE[name].of(counts)])) as ByImageMetric<number>;
}

function names<Name extends string>(entries: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(entries) as Name[];
}

function textsOf({ label, short, whyUndefined, higherIsBetter, glossary }: Omit<Entry<never>, 'of'>) {
  return { label, short, whyUndefined, higherIsBetter, glossary };
}
