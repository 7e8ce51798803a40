import { precisionRecallCurve, rocCurve } from '@rddpm/metrics';
import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { type Curve, type GallerySample, htmlReport, type MethodCurves, type MethodResult, type ReportInput } from '../../src/index.ts';
import { method, reference, results, scores, threeMethods, withoutReconstruction } from '../example-results.ts';
import { suspectsOf, tenImages, withoutTruth, withPictures } from '../example-suspects.ts';
import { all, expectDescribed, expectNoRequests, expectSoundReferences, parse, textOf } from './parse-page.ts';

const labels = [0, 0, 1, 0, 1, 1];
const ranked = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
const ranking = { roc: rocCurve(labels, ranked), precisionRecall: precisionRecallCurve(labels, ranked) };

describe('the page', () => {
  test('asks for nothing from outside', () => {
    expectNoRequests(htmlReport(fullInput()));
  });

  test('every reference within the page has its target, and no id is given twice', () => {
    expectSoundReferences(htmlReport(fullInput()));
  });

  test('describes pictures in words, and its headings skip no level', () => {
    expectDescribed(htmlReport(fullInput()));
  });

  test('is the same for the same input', () => {
    expect(htmlReport(fullInput())).toBe(htmlReport(fullInput()));
  });

  test('escapes names, commands and reasons', () => {
    const attack = `<script>alert("x")</script>'`;
    const renamed = (curves: readonly Curve[]) => curves.map((curve) => ({ ...curve, name: attack, x: attack }));
    const input = fullInput();
    const methods = input.results.methods.map((method, index) =>
      index === 0 ? { ...method, name: attack, facts: { [attack]: attack }, curves: renamed(method.curves) } : method,
    );
    const rename = (name: string) => (name === 'ddpm' ? attack : name);
    const page = htmlReport({
      results: { ...input.results, dataset: attack, methods, protocol: { ...input.results.protocol, note: attack } },
      title: attack,
      command: attack,
      curves: input.curves!.map((entry) => ({ ...entry, method: rename(entry.method) })),
      gallery: {
        samples: input.gallery!.samples.map((sample) => ({
          ...sample,
          name: attack,
          methods: Object.fromEntries(Object.entries(sample.methods).map(([name, method]) => [rename(name), method])),
        })),
        thresholds: { [attack]: 0.5 },
      },
      suspects: [{ method: attack, ...suspectsOf([{ name: attack, score: 1, kept: false }], { rule: attack }) }],
    });
    expect(page).not.toContain('<script');
    expect(parse(page).querySelector('h1')!.textContent).toBe(attack);
  });

  test('holds only the sections that there is input for', () => {
    const document = parse(htmlReport({ results: threeMethods() }));
    expect(all(document, 'main > section').map(({ id }) => id)).toEqual(['results', 'glossary']);
    expect(all(parse(htmlReport(fullInput())), 'main > section')).toHaveLength(7);
  });

  test('offers results.json as a file', () => {
    const link = parse(htmlReport(fullInput())).querySelector('a[download="results.json"]')!;
    const json = decodeURIComponent(link.getAttribute('href')!.replace(/^data:application\/json;charset=utf-8,/, ''));
    expect(JSON.parse(json)).toEqual(fullInput().results);
  });
});

describe('the header', () => {
  test('says what leads, at the decimals shown, and what the best reference reaches', () => {
    expect(headline(threeMethods())).toBe(
      'By pixel AP, rddpm-huber leads with 0.416, ahead of ddpm 0.389. The best reference, untrained, reaches 0.040. One run each, so the order may be chance.',
    );
  });

  test('calls methods level that agree at the decimals shown', () => {
    const level = [0.41601, 0.41599].map((ap, index) => method(`m${index}`, scores([0.8, ap, 0.7, 0.3, 0.4], [0.9, 0.9])));
    expect(headline(results(level))).toMatch(/^By pixel AP, m0 and m1 are level at 0\.416\. /);
  });

  function headline(of: ReportInput['results']): string {
    return textOf(parse(htmlReport({ results: of })).querySelector('.headline'));
  }
});

describe('the settings', () => {
  test('hold the size of both sides and what each method tells of itself', () => {
    const facts = { loss: { name: 'huber', delta: 0.2 }, layers: [1, 2], extras: [], steps: 400, pretrained: false };
    const own = scores([0.8, 0.4, 0.7, 0.3, 0.4], [0.9, 0.9]);
    const { protocol, ...rest } = results([method('a', own, { facts }), reference('b', own)]);
    const document = parse(htmlReport({ results: { ...rest, protocol: { ...protocol, size: { width: 96, height: 64 } } } }));
    const texts = all(document, 'header .facts > div').map((fact) => [textOf(fact.querySelector('dt')), textOf(fact.querySelector('dd'))]);
    expect(texts).toContainEqual(['size', '96 × 64 pixels']);
    expect(texts).toContainEqual(['method a', 'loss huber (delta 0.2), layers 1, 2, extras none, steps 400, pretrained no']);
    expect(texts.map(([term]) => term)).not.toContain('reference b');
  });
});

describe('the tables', () => {
  const own = scores([0.8, 0.4, 0.7, 0.3, 0.4], [0.9, 0.9]);
  const lastRow = (methods: MethodResult[]) => {
    const document = parse(htmlReport({ results: results(methods) }));
    return {
      head: all(document, '#results thead tr:last-child th').map(textOf),
      cells: all(all(document, '#results tbody tr').at(-1)!, 'td').map(textOf),
      notes: all(document, '#results .footnotes li').map(textOf),
    };
  };

  test('have no column for reconstructions where no method makes any', () => {
    const { head } = lastRow([withoutReconstruction(method('padim', own, { timing: { fitSeconds: 7.125 } }))]);
    expect(head.slice(8)).toEqual(['fit, s']);
  });

  test('say of a method without reconstructions that it makes none, where another does', () => {
    const without = withoutReconstruction(method('padim', own, { timing: { fitSeconds: 7.125, peakMegabytes: 1234 } }));
    const { head, cells, notes } = lastRow([method('ddpm', own), without]);
    expect(head.slice(8)).toEqual(['MSE', 'PSNR, dB', 's / step', 'images / s', 'fit, s', 'peak megabytes']);
    expect(cells.slice(8)).toEqual(['–1', '–1', '–', '–', '7.13', '1230']);
    expect(notes).toEqual(['reconstruction: this method makes none']);
  });

  test('show a dash with its reason where a metric is undefined', () => {
    const document = parse(htmlReport({ results: threeMethods() }));
    const cell = document.querySelector('#results td.undefined[title]')!;
    expect(cell.textContent).toBe('–1');
    expect(cell.getAttribute('title')).toBe('needs both good and defective images');
    expect(document.querySelector('#results .footnotes')!.textContent).toBe('image AUROC: needs both good and defective images');
  });

  test('mark defect types that were seen in training', () => {
    const rows = all(parse(htmlReport(fullInput())), '#defects tbody');
    expect(rows.map((row) => all(row, '.badge.seen').length)).toEqual([1, 0]);
  });

  test('show the spread over seeds beside the mean', () => {
    const run = (seed: number, auroc: number) => ({
      method: 'ddpm',
      contamination: 0.2,
      seed,
      ...scores([auroc, 0.4, 0.7, 0.3, 0.4], [0.9, 0.9]),
    });
    const cells = [run(0, 0.8), run(1, 0.9)]; // sample standard deviation: 0.1 / √2
    const page = htmlReport({ results: results([method('ddpm', scores([0.85, 0.4, 0.7, 0.3, 0.4], [0.9, 0.9]))], { cells }) });
    expect(parse(page).querySelector('#results tbody td')!.textContent).toBe('0.850 ± 0.071');
  });
});

describe('the plots', () => {
  test('are SVG, described in words, with a line per method', () => {
    const document = parse(htmlReport(fullInput()));
    const plots = all(document, '#curves figure > svg');
    expect(plots).toHaveLength(4);
    expect(plots[0]!.getAttribute('aria-label')).toBe('ROC, pixels: ddpm AUROC 0.861, rddpm-huber AUROC 0.881');
    for (const plot of plots) expect(all(plot, 'path[stroke^="var(--method-"], g[stroke^="var(--method-"]').length).toBe(2);
  });

  test('dot a line of chance, at the prevalence where it is known', () => {
    const images = { train: 10, contaminants: 2, testGood: 3, testDefective: 1 };
    const plain = fullInput();
    const counted = { ...plain, results: { ...plain.results, protocol: { ...plain.results.protocol, images } } };
    const chanceLines = (input: ReportInput) =>
      all(parse(htmlReport(input)), '#curves figure > svg').map((plot) => all(plot, '[stroke-dasharray="1 4"]').length);
    expect(chanceLines(plain)).toEqual([1, 1, 1, 0]);
    expect(chanceLines(counted)).toEqual([1, 1, 1, 1]);
  });

  test('thin a curve of two hundred thousand points', () => {
    const points = 200_000;
    const rate = Float64Array.from({ length: points }, (_, index) => index / (points - 1));
    const curve = {
      roc: { falsePositiveRate: rate, truePositiveRate: rate.map(Math.sqrt) },
      precisionRecall: { recall: rate, precision: rate.map((x) => 1 - x / 2) },
    };
    const page = htmlReport({ results: threeMethods(), curves: [{ method: 'ddpm', pixel: curve }] });
    expect(page.length).toBeLessThan(100_000);
  });

  test('a method that the results do not name is an error', () => {
    expect(() => htmlReport({ results: threeMethods(), curves: [{ method: 'dpm', pixel: ranking }] })).toThrow(
      new RangeError("htmlReport: curves names the method 'dpm'; results.methods has ddpm, rddpm-huber, untrained"),
    );
  });

  test('curves without a point, where a metric is undefined, are left out', () => {
    const none = { roc: { falsePositiveRate: [Number.NaN], truePositiveRate: [0] }, precisionRecall: { recall: [], precision: [] } };
    const document = parse(htmlReport({ results: threeMethods(), curves: [{ method: 'ddpm', pixel: none }] }));
    expect(all(document, '#curves figure > svg')).toHaveLength(2);
  });
});

describe('the curves of the fit', () => {
  const own = scores([0.8, 0.4, 0.7, 0.3, 0.4], [0.9, 0.9]);
  const curve = (name: string, points: Curve['points'], x = 'step'): Curve => ({ name, x, points });
  const section = (...curves: Curve[][]) => {
    const methods = curves.map((of, index) => method(`m${index}`, own, { curves: of }));
    return parse(htmlReport({ results: results(methods) })).querySelector('#training');
  };
  const labels = (of: Element | null) => all(of!, 'figure > svg').map((plot) => plot.getAttribute('aria-label'));

  test('of one name are one plot with a line for each method, in order of first appearance', () => {
    const training = section(
      [
        curve('loss', [
          [1, 0.5],
          [2, 0.25],
        ]),
        curve('error', [[1, 3]]),
      ],
      [
        curve('error', [[1, 2]]),
        curve('fit', [[1, 9]], 'epoch'),
        curve('loss', [
          [1, 1],
          [2, 0.75],
        ]),
      ],
    );
    expect(labels(training)).toEqual([
      'Loss by step: m0 ends at 0.25, m1 ends at 0.75',
      'Error by step: m0 ends at 3, m1 ends at 2',
      'Fit by epoch: m1 ends at 9',
    ]);
    expect(all(training!, '.figures.small figure')).toHaveLength(2);
    expect(all(all(training!, 'figure > svg')[0]!, 'g[aria-label="line"]').map((line) => line.getAttribute('stroke'))).toEqual([
      'var(--method-0)',
      'var(--method-1)',
    ]);
  });

  test('share an axis up to the comma', () => {
    const training = section([
      curve('loss', [[1, 1]]),
      curve('error, early', [
        [1, 1],
        [2, 2],
      ]),
      curve('error, late', [
        [1, 100],
        [2, 90],
      ]),
    ]);
    const [, early, late] = all(training!, 'figure > svg').map((plot) => all(plot, '[aria-label="y-axis tick label"] text').map(textOf));
    expect(early!.length).toBeGreaterThan(1);
    expect(early).toEqual(late);
  });

  test('that reach 0 or less have a linear axis', () => {
    const training = section([
      curve('gain', [
        [1, -1],
        [2, 0],
        [3, 1],
      ]),
    ]);
    expect(all(training!, '[aria-label="y-axis tick label"] text').map(textOf)).toEqual(['−1.0', '−0.5', '0.0', '0.5', '1.0']);
    expect(section([curve('gain', [[1, 0]])])).not.toBeNull();
  });

  test('pass over what was not measured; without a point there is no plot, and without a plot no section', () => {
    expect(
      labels(
        section([
          curve('loss', [
            [1, 0.5],
            [2, null],
          ]),
          curve('error', [[1, null]]),
        ]),
      ),
    ).toEqual(['Loss by step: m0 ends at 0.5']);
    expect(section([curve('loss', []), curve('error', [[1, null]])], [])).toBeFalsy();
  });

  test('are thinned to what can be seen', () => {
    const training = section([
      curve(
        'loss',
        Array.from({ length: 100_000 }, (_, step) => [step, 1 + (step % 2)]),
      ),
    ]);
    const line = training!.querySelector('g[aria-label="line"] path')!.getAttribute('d')!;
    expect(line.split('L').length).toBeLessThanOrEqual(160);
  });
});

describe('the gallery', () => {
  test('draws all maps on one scale and marks each threshold on it', () => {
    const document = parse(htmlReport(fullInput()));
    const bar = document.querySelector('.scale-bar')!;
    expect(bar.getAttribute('aria-label')).toBe('Colours from dark at 0 to bright at 1 and above');
    expect(all(bar, '.mark').map((mark) => mark.getAttribute('style'))).toEqual(['left:50.00%;', 'left:60.00%;']);
  });

  test('shows input, outline, reconstruction and map of each sample, with its score and AP', () => {
    const sample = parse(htmlReport(fullInput())).querySelector('article[aria-label="hole/000"]')!;
    expect(all(sample, 'img').map((img) => img.getAttribute('alt'))).toEqual([
      'hole/000: input',
      'hole/000: input with the true defect outlined',
      'hole/000: reconstruction by ddpm',
      'hole/000: anomaly map by ddpm',
      'hole/000: reconstruction by rddpm-huber',
      'hole/000: anomaly map by rddpm-huber',
    ]);
    expect(sample.querySelector('.outline.truth path')!.getAttribute('d')).toBe('M1 1H2M1 2H2M1 1V2M2 1V2');
    expect(all(all(sample, '.column-head')[1]!, 'span').map(textOf)).toEqual(['ddpm', 'score 1', 'AP 1.00']);
  });

  test('has no place for reconstructions where no method makes any', () => {
    const document = parse(htmlReport({ results: threeMethods(), gallery: { samples: withMaps({ ddpm: 1, 'rddpm-huber': 1 }) } }));
    const sample = document.querySelector('#gallery article')!;
    expect(all(sample, '.column').map((column) => all(column, '.tile').length)).toEqual([1, 1, 1, 1]);
    expect(textOf(document.querySelector('#gallery'))).not.toContain('econstruction');
  });

  test('says of a method that it has no reconstruction where another has one', () => {
    const { samples } = fullInput().gallery!;
    const mixed = samples.map((sample) => ({
      ...sample,
      methods: { ...sample.methods, 'rddpm-huber': { map: sample.methods['rddpm-huber']!.map } },
    }));
    const sample = parse(htmlReport({ results: threeMethods(), gallery: { samples: mixed } })).querySelector('#gallery article')!;
    expect(all(sample, '.column').map((column) => all(column, '.tile').length)).toEqual([2, 2, 2]);
    expect(all(sample, '.tile.none').map(textOf)).toEqual(['no reconstruction']);
  });

  test('gives methods that score in units far apart a colour scale each, and others one', () => {
    const bars = (tops: Readonly<Record<string, number>>) =>
      all(parse(htmlReport({ results: threeMethods(), gallery: { samples: withMaps(tops) } })), '#gallery .scale-bar').map((bar) =>
        bar.getAttribute('aria-label'),
      );
    const from0 = (to: number) => `Colours from dark at 0 to bright at ${to} and above`;
    expect(bars({ ddpm: 0.1, 'rddpm-huber': 0.5 })).toEqual([from0(0.5)]);
    expect(bars({ ddpm: 0.1, 'rddpm-huber': 0.6 })).toEqual([from0(0.1), from0(0.6)]);
    expect(bars({ ddpm: 0.1, untrained: 40 })).toEqual([from0(0.1)]); // a reference has no say
  });

  test('draws pictures that are no squares in their own shape', () => {
    const document = parse(htmlReport({ results: threeMethods(), gallery: { samples: [wide()] } }));
    const sample = document.querySelector('#gallery article')!;
    for (const img of all(sample, 'img')) {
      const { width, height } = decode(Buffer.from(img.getAttribute('src')!.split(',')[1]!, 'base64'));
      expect([width, height]).toEqual([4, 2]);
    }
    const outline = sample.querySelector('.outline.truth')!;
    expect(outline.getAttribute('viewBox')).toBe('0 0 4 2');
    expect(outline.querySelector('path')!.getAttribute('d')).toBe('M3 0H4M3 1H4M3 0V1M4 0V1'); // the last pixel of the first row
    expect(sample.querySelector('.columns')!.getAttribute('style')).toBe('--wide:1.414;');
  });

  test('a mask with as many pixels as the map but other sides is an error', () => {
    const samples = [{ ...wide(), mask: { width: 2, height: 4, data: new Uint8Array(8) } }];
    expect(() => htmlReport({ results: threeMethods(), gallery: { samples } })).toThrow(
      "htmlReport: gallery mask of 'hole/000' is 2 x 4 but the map by ddpm is 4 x 2; scale the mask to the map",
    );
  });

  test('a mask of another size than the map is an error', () => {
    const [first] = fullInput().gallery!.samples;
    const samples = [{ ...first!, mask: { width: 4, height: 4, data: new Uint8Array(16) } }];
    expect(() => htmlReport({ results: threeMethods(), gallery: { samples } })).toThrow(
      "htmlReport: gallery mask of 'hole/000' is 4 x 4 but the map by ddpm is 2 x 2; scale the mask to the map",
    );
  });

  test('a scale that does not rise is an error', () => {
    const { samples } = fullInput().gallery!;
    expect(() => htmlReport({ results: threeMethods(), gallery: { samples, scale: [1, 1] } })).toThrow('gallery.scale goes from 1 to 1');
  });
});

describe('the suspects', () => {
  test('are listed for each method that names some, with a file', () => {
    const section = parse(htmlReport(fullInput())).querySelector('#suspects')!;
    expect(all(section, 'h3').map(textOf)).toEqual(['ddpm', 'rddpm-huber']);
    expect(all(section, '.headline').map(textOf)).toEqual([
      '3 of 10 training images look defective. 2 of 3 contaminated images are among them: precision 0.667, recall 0.667.',
      '3 of 10 training images look defective.',
    ]);
    expect(all(section, 'a[download="suspects.csv"]')).toHaveLength(2);
  });

  test('leave the size of tiles to the gallery, and set it where there is none', () => {
    const { gallery: _, ...without } = fullInput();
    for (const input of [fullInput(), without]) expect(all(parse(htmlReport(input)), '#tiles-large')).toHaveLength(1);
  });

  test('of a method that the results do not name are an error', () => {
    expect(() => htmlReport({ results: threeMethods(), suspects: [{ method: 'dpm', ...suspectsOf(tenImages()) }] })).toThrow(
      "htmlReport: suspects names the method 'dpm'",
    );
  });

  test('without images, there is no section', () => {
    const document = parse(htmlReport({ results: threeMethods(), suspects: [{ method: 'ddpm', ...suspectsOf([]) }] }));
    expect(all(document, '#suspects')).toHaveLength(0);
  });
});

const FIT: Curve[] = ['loss', 'error, t 0 to 249', 'error, t 250 to 499'].map((name) => ({
  name,
  x: 'step',
  points: [1, 2, 3].map((step) => [step, 1 / step]),
}));

/** One sample with a map by each method, which reaches up to `tops`. */
function withMaps(tops: Readonly<Record<string, number>>): GallerySample[] {
  const square = (data: ArrayLike<number>) => ({ width: 2, height: 2, data });
  return [
    {
      name: 'hole/000',
      defect: 'hole',
      image: square(Float32Array.of(0, 0.2, 0.4, 0.6)),
      mask: square(Uint8Array.of(0, 0, 0, 255)),
      methods: Object.fromEntries(Object.entries(tops).map(([name, top]) => [name, { map: square([0, 0, 0, top]) }])),
    },
  ];
}

/** 4 pixels wide and 2 high; the last pixel of the first row is defective. */
function wide(): GallerySample {
  const raster = (data: number[]) => ({ width: 4, height: 2, data: Float32Array.from(data) });
  const picture = raster([0, 0.1, 0.2, 0.9, 0, 0.1, 0.2, 0.3]);
  return {
    name: 'hole/000',
    defect: 'hole',
    image: picture,
    mask: raster([0, 0, 0, 1, 0, 0, 0, 0]),
    methods: { ddpm: { map: picture, reconstruction: picture } },
  };
}

/** Something for every section. */
function fullInput(): ReportInput {
  const own = scores([0.8614, 0.389, 0.7, 0.3, 0.41], [0.9, 0.95]);
  const defects = [
    { name: 'hole', seenInTraining: true, count: 1, ...own },
    { name: 'scratch', seenInTraining: false, count: 2, ...own },
  ];
  const three = threeMethods();
  const names = ['ddpm', 'rddpm-huber'];
  const curves: MethodCurves[] = names.map((method) => ({ method, pixel: ranking, image: ranking }));
  const sample = (name: string, defect: string, map: number[]): GallerySample => ({
    name,
    defect,
    image: { width: 2, height: 2, data: Float32Array.of(0, 0.2, 0.4, 0.6) },
    ...(defect === 'good' ? {} : { mask: { width: 2, height: 2, data: Uint8Array.of(0, 0, 0, 255) } }),
    methods: Object.fromEntries(
      names.map((method) => [
        method,
        { reconstruction: { width: 2, height: 2, data: Uint8Array.of(0, 50, 100, 150) }, map: { width: 2, height: 2, data: map } },
      ]),
    ),
  });
  const samples = [
    sample('hole/000', 'hole', [0, 0.1, 0.2, 1]),
    sample('scratch/000', 'scratch', [0.4, 0.1, 0.2, 0.3]),
    sample('good/000', 'good', [0, 0, 0, 0.1]),
  ];
  return {
    results: { ...three, methods: three.methods.map((method) => ({ ...method, defects, curves: method.role === 'method' ? FIT : [] })) },
    title: 'Bottle',
    command: 'rddpm benchmark bottle',
    curves,
    gallery: { samples, thresholds: { ddpm: 0.5, 'rddpm-huber': 0.6 } },
    suspects: [
      { method: 'ddpm', ...suspectsOf(withPictures(tenImages()), { threshold: 0.5 }) },
      { method: 'rddpm-huber', ...suspectsOf(withoutTruth(tenImages())) },
    ],
  };
}
