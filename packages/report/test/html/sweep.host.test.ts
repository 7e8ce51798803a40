import { expect, test } from 'vitest';
import { htmlReport, type MethodResult, type Results, resultsTable } from '../../src/index.ts';
import { method, results, scores } from '../example-results.ts';

const interval = { low: 0.31, high: 0.52 };
const at = (name: string, contamination: number, precision: number): MethodResult =>
  method(name, scores([0.9, precision, 0.7, 0.3, 0.4], [0.9, 0.9]), { contamination, intervals: { 'pixel.averagePrecision': interval } });
const sweep: Results = results([at('ddpm', 0, 0.4), at('huber', 0, 0.41), at('ddpm', 0.3, 0.2), at('huber', 0.3, 0.35)], {
  failed: [{ method: 'huber', contamination: 0.5, seed: 1, why: 'there are too few defects' }],
  comparisons: [
    {
      ...interval,
      method: 'huber',
      against: 'ddpm',
      contamination: 0,
      metric: 'pixel.averagePrecision',
      seeds: 3,
      difference: 0.01,
      low: -0.02,
      pValue: 0.4,
      adjustedPValue: 0.4,
    },
    {
      ...interval,
      method: 'huber',
      against: 'ddpm',
      contamination: 0.3,
      metric: 'pixel.averagePrecision',
      seeds: 3,
      difference: 0.15,
      low: 0.1,
      pValue: 0.0002,
      adjustedPValue: 0.0004,
    },
  ],
});
const page = htmlReport({ results: sweep });
/** Without tags. */
const text = page.replaceAll(/<style>.*?<\/style>|<[^>]+>/gs, ' ').replaceAll(/\s+/g, ' ');

test('methods have a row for each contamination, with intervals, and the best of each is marked', () => {
  expect(text).toContain('By pixel AP at 30 % contamination, huber leads with 0.350, ahead of ddpm 0.200');
  expect(text).toMatch(/ddpm 0 % 0\.900 0\.400 0\.310 to 0\.520 /);
  expect(page.match(/<b>0\.410<\/b>|<b>0\.350<\/b>/g)).toHaveLength(2);
  expect(text).toContain('2 methods');
  expect(text.match(/method ddpm loss mse/g)).toHaveLength(1);
});

test('of a kind of defect, too, the best of each contamination is marked', () => {
  const defects = (precision: number) => [
    { name: 'cut', seenInTraining: false, count: 3, ...scores([0.9, precision, 0.7, 0.3, 0.4], [0.9, 0.9]) },
  ];
  const rows = sweep.methods.map((row) => ({ ...row, defects: defects(row.pixel.averagePrecision! + 0.1) }));
  const marked = htmlReport({ results: results(rows) });
  expect(marked).toContain('<b>0.510</b>');
  expect(marked).toContain('<b>0.450</b>');
  expect(marked).not.toContain('<b>0.500</b>');
});

test('cells that could not be run are listed, on the page and in the terminal', () => {
  const note = 'not run: huber at contamination 0.5, seed 1: there are too few defects';
  expect(text).toContain(note);
  expect(resultsTable(sweep)).toContain(note);
});

test('curves by contamination are drawn, and described in words', () => {
  expect(page).toContain('aria-label="pixel AP by contamination: ddpm 0.200 at 0.3, huber 0.350 at 0.3"');
  const one = results(sweep.methods.slice(0, 2).map(({ contamination: _, ...row }) => row));
  expect(htmlReport({ results: one })).not.toContain('By contamination');
});

test('differences have an interval and a corrected p-value; those clear of 0 are bold', () => {
  expect(text).toContain('huber 0 % 3 – +0.010 −0.020 to +0.520, p 0.400 –');
  expect(text).toContain('huber 30 % 3 – +0.150 +0.100 to +0.520, p &lt; 0.001 –');
  expect(page).toContain('<b>+0.150</b>');
  expect(page).not.toContain('<b>+0.010</b>');
});
