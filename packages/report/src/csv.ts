import { METRICS, readMetric } from '@rddpm/metrics';
import { csvLines, type Field } from './csv-lines.ts';
import type { MethodResult, ResultScores, Results } from './results.ts';
import { timingNames, wordsOf } from './timing.ts';

/**
 * The numbers as CSV (RFC 4180, CRLF, a heading line), at full precision. A null metric is an empty field, and its reason is in
 * the last column. Lines of methods have a column for each name that is in the `timing` of any of them, and one with all `facts` as JSON.
 *
 * @param options.rows One line per method and contamination (the default), per cell (method × contamination × seed), or per method and defect type.
 */
export function resultsCsv(results: Results, options: { rows?: 'methods' | 'cells' | 'defects' } = {}): string {
  const { rows = 'methods' } = options;
  return csvLines(TABLES[rows](results));
}

const SCORE_HEAD = [
  ...METRICS.map(({ level, name }) => `${level}_${wordsOf(name).join('_')}`),
  'reconstruction_mse',
  'reconstruction_psnr',
];

const TABLES: Record<'methods' | 'cells' | 'defects', (results: Results) => Field[][]> = {
  methods: ({ dataset, methods, protocol }) => {
    const timings = timingNames(methods);
    return [
      [
        'dataset',
        'method',
        'role',
        'contamination',
        ...timings.map((name) => wordsOf(name).join('_')),
        'facts',
        ...SCORE_HEAD,
        'undefined',
      ],
      ...methods.map((method) => {
        const { name, role, timing, facts } = method;
        return [
          dataset,
          name,
          role,
          contaminationOf(method, protocol),
          ...timings.map((of) => timing[of]),
          JSON.stringify(facts),
          ...scoreFields(method),
          reasons(method),
        ];
      }),
    ];
  },
  cells: ({ dataset, cells }) => [
    ['dataset', 'method', 'contamination', 'seed', ...SCORE_HEAD, 'undefined'],
    ...cells.map((cell) => [dataset, cell.method, cell.contamination, cell.seed, ...scoreFields(cell), reasons(cell)]),
  ],
  defects: ({ dataset, methods, protocol }) => [
    ['dataset', 'method', 'contamination', 'defect', 'seen_in_training', 'count', ...SCORE_HEAD, 'undefined'],
    ...methods.flatMap((method) =>
      method.defects.map((defect) => [
        dataset,
        method.name,
        contaminationOf(method, protocol),
        defect.name,
        defect.seenInTraining,
        defect.count,
        ...scoreFields(defect),
        reasons(defect),
      ]),
    ),
  ],
};

/** In files of before, a row may be the mean of several. */
function contaminationOf({ contamination }: MethodResult, protocol: Results['protocol']): Field {
  return contamination ?? [protocol.contamination].flat().join(' ');
}

function scoreFields(scores: ResultScores): Field[] {
  const { reconstruction } = scores;
  return [...METRICS.map((metric) => readMetric(scores, metric)), reconstruction?.mse, reconstruction?.psnr];
}

function reasons(scores: ResultScores): string {
  return Object.entries(scores.undefined ?? {})
    .map(([path, reason]) => `${path}: ${reason}`)
    .join('; ');
}
