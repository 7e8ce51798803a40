import type { MethodResult, Results } from '@rddpm/report';
import { expect, test } from 'vitest';
import { assembleResults } from '../../src/cells/assemble-results.ts';

function cell(seed: number, auroc: number | null, contamination = 0.1): Results {
  const pixel = { auroc: seed / 10, averagePrecision: 0.5, auPro30: 0.5, auPro05: 0.5, auPimo: 0.5, f1Max: 0.5, prevalence: 0.1 };
  const scores = {
    pixel,
    image: { auroc, averagePrecision: null },
    undefined: { 'image.auroc': 'why', 'image.averagePrecision': 'because' },
  };
  const method: MethodResult = {
    name: 'ddpm',
    role: 'method',
    facts: { steps: seed },
    timing: { secondsPerStep: seed, ...(seed === 2 && { fitSeconds: 7 }) },
    curves: [{ name: 'loss', x: 'step', points: [[1, seed]] }],
    defects: [{ name: 'cut', seenInTraining: seed === 2, count: 3, ...scores }],
    ...scores,
  };
  return {
    version: 2,
    dataset: 'x',
    protocol: { size: { width: 8, height: 8 }, contamination, of: 'normals', overlap: true, seed },
    methods: [method],
    cells: [{ method: 'ddpm', contamination, seed, ...scores }],
    environment: { node: '', platform: '', cpu: '', backend: '', versions: {}, date: '' },
  };
}

test('several seeds of a method become their mean; what is undefined in one of them does not count', () => {
  const { methods, cells, protocol } = assembleResults([cell(1, null), cell(2, 0.75)]);
  expect(protocol).toMatchObject({ contamination: 0.1, seed: [1, 2] });
  expect(cells).toHaveLength(2);
  expect(methods).toHaveLength(1);
  const [ddpm] = methods as [MethodResult];
  expect(ddpm.pixel.auroc).toBeCloseTo(0.15, 12);
  expect(ddpm.image).toEqual({ auroc: 0.75, averagePrecision: null });
  expect(ddpm.undefined).toEqual({ 'image.averagePrecision': 'because' });
  expect(ddpm.timing).toEqual({ secondsPerStep: 1.5, fitSeconds: 7 });
  expect(ddpm.facts).toEqual({ steps: 1 }); // of the first run, as the curves are
  expect(ddpm.curves).toEqual([{ name: 'loss', x: 'step', points: [[1, 1]] }]);
  expect(ddpm.defects).toMatchObject([{ name: 'cut', seenInTraining: true, count: 3, image: { auroc: 0.75 } }]);
});

test('contaminations are rows of their own, never averaged', () => {
  const { methods, protocol } = assembleResults([cell(1, 0.5, 0), cell(1, 0.7, 0.3), cell(2, 0.9, 0.3)]);
  expect(protocol).toMatchObject({ contamination: [0, 0.3], seed: [1, 2] });
  expect(methods.map(({ contamination, image }) => [contamination, image.auroc])).toEqual([
    [0, 0.5],
    [0.3, expect.closeTo(0.8, 12)],
  ]);
});
