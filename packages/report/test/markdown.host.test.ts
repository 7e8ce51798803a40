import { expect, test } from 'vitest';
import { resultsMarkdown } from '../src/index.ts';
import { method, results, scores, threeMethods } from './example-results.ts';

test('is a table with the best value of each column in bold, references in italics', () => {
  expect(resultsMarkdown(threeMethods())).toBe(
    [
      '| method | pixel AUROC | pixel AP | AU-PRO 0.3 | AU-PRO 0.05 | pixel F1-max | image AUROC | image AP |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      '| ddpm | 0.861 | 0.389 | 0.700 | 0.300 | 0.410 | **0.900** | **0.950** |',
      '| rddpm-huber | **0.881** | **0.416** | **0.720** | **0.310** | **0.440** | **0.900** | 0.940 |',
      '| *untrained* | 0.500 | 0.040 | 0.100 | 0.010 | 0.080 | - (1) | 1.000 |',
      '',
      'Chance reaches a pixel AUROC of 0.500 and a pixel AP of 0.040 (share of defective pixels).  ',
      '(1) image AUROC: needs both good and defective images',
    ].join('\n'),
  );
});

test('a single method is not called the best', () => {
  expect(resultsMarkdown(results([method('ddpm', scores([0.5, 0.5, 0.5, 0.5, 0.5], [0.5, 0.5]))]))).not.toContain('**');
});

test('a pipe or line break in a name does not break the table', () => {
  const markdown = resultsMarkdown(results([method('a|b\nc', scores([0.5, 0.5, 0.5, 0.5, 0.5], [0.5, 0.5]))]));
  expect(markdown.split('\n')[2]).toMatch(/^\| a\\\|b c \|/);
});
