import { expect, test } from 'vitest';
import { resultsTable } from '../src/index.ts';
import { method, reference, results, scores, threeMethods } from './example-results.ts';

test('lines up columns, with references below a rule and reasons below the table', () => {
  expect(resultsTable(threeMethods())).toBe(
    [
      'method       pixel AUROC  pixel AP  AU-PRO 0.3  AU-PRO 0.05  AUPIMO  pixel F1-max  image AUROC  image AP',
      '-----------  -----------  --------  ----------  -----------  ------  ------------  -----------  --------',
      'ddpm               0.861     0.389       0.700        0.300   0.600         0.410        0.900     0.950',
      'rddpm-huber        0.881     0.416       0.720        0.310   0.600         0.440        0.900     0.940',
      '-----------  -----------  --------  ----------  -----------  ------  ------------  -----------  --------',
      'untrained          0.500     0.040       0.100        0.010   0.600         0.080        - (1)     1.000',
      '',
      'Chance reaches a pixel AUROC of 0.500 and a pixel AP of 0.040 (share of defective pixels).',
      '(1) image AUROC: needs both good and defective images',
    ].join('\n'),
  );
});

test('the same reason for the same metric is one footnote', () => {
  const undefinedImages = {
    ...scores([0.5, 0.5, 0.5, 0.5, 0.5], [0, 0]),
    image: { auroc: null, averagePrecision: null },
    undefined: { 'image.auroc': 'why', 'image.averagePrecision': 'why' },
  };
  const table = resultsTable(results([method('a', undefinedImages), method('b', undefinedImages)]));
  expect(table.match(/- \(1\)/g)).toHaveLength(2);
  expect(table.match(/- \(2\)/g)).toHaveLength(2);
  expect(table.split('\n').filter((line) => line.startsWith('('))).toEqual(['(1) image AUROC: why', '(2) image AP: why']);
});

test('a null without a reason is still marked', () => {
  const broken = { ...scores([0.5, 0.5, 0.5, 0.5, 0.5], [0, 1]), image: { auroc: null, averagePrecision: 1 } };
  expect(resultsTable(results([method('a', broken)]))).toContain('(1) image AUROC: not recorded');
});

test('references come last whatever the order', () => {
  const own = scores([0.5, 0.5, 0.5, 0.5, 0.5], [0.5, 0.5]);
  const lines = resultsTable(results([reference('untrained', own), method('ddpm', own)])).split('\n');
  expect(lines[2]).toMatch(/^ddpm/);
  expect(lines[4]).toMatch(/^untrained/);
});
