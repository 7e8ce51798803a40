import { csvLines, type Field } from './csv-lines.ts';
import type { MethodResult, Results, Scores } from './results.ts';

/**
 * The numbers as CSV (RFC 4180, CRLF, a heading line), at full precision. A null metric is an empty field, and its reason is in
 * the last column.
 *
 * @param options.rows One line per method (the default), per cell (method × contamination × seed), or per method and defect type.
 */
export function resultsCsv(results: Results, options: { rows?: 'methods' | 'cells' | 'defects' } = {}): string {
  const { rows = 'methods' } = options;
  return csvLines(TABLES[rows](results));
}

const SCORE_HEAD = [
  'pixel_auroc',
  'pixel_average_precision',
  'pixel_au_pro_30',
  'pixel_au_pro_05',
  'pixel_f1_max',
  'pixel_prevalence',
  'image_auroc',
  'image_average_precision',
  'reconstruction_mse',
  'reconstruction_psnr',
];

const TABLES: Record<'methods' | 'cells' | 'defects', (results: Results) => Field[][]> = {
  methods: ({ dataset, methods }) => [
    ['dataset', 'method', 'kind', 'loss', 'steps', 'seconds_per_step', 'images_per_second', ...SCORE_HEAD, 'undefined'],
    ...methods.map((method) => [dataset, method.name, method.kind, ...trainingFields(method), ...scoreFields(method), reasons(method)]),
  ],
  cells: ({ dataset, cells }) => [
    ['dataset', 'method', 'contamination', 'seed', ...SCORE_HEAD, 'undefined'],
    ...cells.map((cell) => [dataset, cell.method, cell.contamination, cell.seed, ...scoreFields(cell), reasons(cell)]),
  ],
  defects: ({ dataset, methods }) => [
    ['dataset', 'method', 'defect', 'seen_in_training', 'count', ...SCORE_HEAD, 'undefined'],
    ...methods.flatMap(({ name, defects }) =>
      defects.map((defect) => [dataset, name, defect.name, defect.seenInTraining, defect.count, ...scoreFields(defect), reasons(defect)]),
    ),
  ],
};

function trainingFields(method: MethodResult): Field[] {
  if (method.kind === 'baseline') return [null, null, null, null];
  const { loss, steps, timing } = method;
  return [loss.name, steps, timing.secondsPerStep, timing.imagesPerSecond];
}

function scoreFields({ pixel, image, reconstruction }: Scores): Field[] {
  return [
    pixel.auroc,
    pixel.averagePrecision,
    pixel.auPro30,
    pixel.auPro05,
    pixel.f1Max,
    pixel.prevalence,
    image.auroc,
    image.averagePrecision,
    reconstruction?.mse,
    reconstruction?.psnr,
  ];
}

function reasons(scores: Scores): string {
  return Object.entries(scores.undefined ?? {})
    .map(([path, reason]) => `${path}: ${reason}`)
    .join('; ');
}
