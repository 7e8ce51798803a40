import { expect, test } from 'vitest';
import { resultsCsv } from '../src/index.ts';
import { method, reference, results, scores, threeMethods } from './example-results.ts';

const own = scores([0.8614, 0.389, 0.7, 0.3, 0.41], [0.9, 0.95]);

test('holds one line per method, at full precision, with an empty field and a reason for null', () => {
  const lines = resultsCsv(threeMethods()).split('\r\n');
  const facts = '"{""loss"":{""name"":""mse""},""steps"":400}"';
  expect(lines).toEqual([
    'dataset,method,role,contamination,seconds_per_step,images_per_second,facts,pixel_auroc,pixel_average_precision,pixel_au_pro_30,pixel_au_pro_05,' +
      'pixel_au_pimo,pixel_f1_max,pixel_prevalence,image_auroc,image_average_precision,reconstruction_mse,reconstruction_psnr,undefined',
    `bottle,ddpm,method,0.2,0.25,4,${facts},0.8614,0.389,0.7,0.3,0.6,0.41,0.04,0.9,0.95,0.00125,29.03,`,
    `bottle,rddpm-huber,method,0.2,0.25,4,${facts},0.881,0.4164,0.72,0.31,0.6,0.44,0.04,0.9,0.94,0.00125,29.03,`,
    'bottle,untrained,reference,0.2,,,{},0.5,0.04,0.1,0.01,0.6,0.08,0.04,,1,0.00125,29.03,image.auroc: needs both good and defective images',
    '',
  ]);
});

test('has a column for each timing that any method has, the usual ones first', () => {
  const methods = [
    method('a', own, { facts: {}, timing: { peakMegabytes: 300, fitSeconds: 7 } }),
    method('b', own, { facts: {}, timing: { imagesPerSecond: 4 } }),
    reference('c', own),
  ];
  const lines = resultsCsv(results(methods)).split('\r\n');
  expect(lines[0]).toMatch(/^dataset,method,role,contamination,images_per_second,fit_seconds,peak_megabytes,facts,pixel_auroc/);
  expect(lines.slice(1, 4).map((line) => line.split('{}')[0])).toEqual([
    'bottle,a,method,0.2,,7,300,',
    'bottle,b,method,0.2,4,,,',
    'bottle,c,reference,0.2,,,,',
  ]);
});

test('quotes commas, quotes and line breaks as RFC 4180 does', () => {
  const csv = resultsCsv(results([method('a "b", c', own)], { dataset: 'two\nlines' }));
  expect(csv).toContain('"two\nlines","a ""b"", c",method');
});

test('cells are lines with contamination and seed', () => {
  const cells = [
    { method: 'ddpm', contamination: 0, seed: 1, ...own },
    { method: 'ddpm', contamination: 0.2, seed: 1, ...own },
  ];
  const lines = resultsCsv(results([method('ddpm', own)], { cells }), { rows: 'cells' }).split('\r\n');
  expect(lines[0]).toMatch(/^dataset,method,contamination,seed,pixel_auroc/);
  expect(lines[1]).toMatch(/^bottle,ddpm,0,1,0\.8614/);
  expect(lines[2]).toMatch(/^bottle,ddpm,0\.2,1,0\.8614/);
});

test('defect types are lines that say whether they were seen in training', () => {
  const defects = [{ name: 'broken_large', seenInTraining: true, count: 20, ...own }];
  const lines = resultsCsv(results([method('ddpm', own, { facts: {}, defects })]), { rows: 'defects' }).split('\r\n');
  expect(lines[1]).toMatch(/^bottle,ddpm,0\.2,broken_large,true,20,0\.8614/);
  expect(lines).toHaveLength(3);
});

test('every line has as many fields as the heading', () => {
  const defects = [{ name: 'scratch', seenInTraining: false, count: 3, ...own }];
  const full = results([method('ddpm', own, { facts: {}, defects })], { cells: [{ method: 'ddpm', contamination: 0, seed: 1, ...own }] });
  for (const rows of ['methods', 'cells', 'defects'] as const) {
    const [head, ...lines] = resultsCsv(full, { rows }).trimEnd().split('\r\n');
    for (const line of lines) expect(line.split(',')).toHaveLength(head!.split(',').length);
  }
});
