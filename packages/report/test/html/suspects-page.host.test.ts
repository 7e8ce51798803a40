import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { STYLE } from '../../src/html/style.ts';
import { type RatedImage, type Suspects, suspectsCsv, suspectsPage } from '../../src/index.ts';
import { suspectsOf, tenImages, withoutTruth, withPictures } from '../example-suspects.ts';
import { all, expectDescribed, expectNoRequests, expectSoundReferences, parse, textOf } from './parse-page.ts';

describe('the page', () => {
  test('asks for nothing from outside, refers to what is there, and describes what it shows', () => {
    expectNoRequests(fullPage());
    expectSoundReferences(fullPage());
    expectDescribed(fullPage());
  });

  test('is the same for the same input', () => {
    expect(fullPage()).toBe(fullPage());
  });

  test('escapes names, rules, facts and commands', () => {
    const attack = `<script>alert("x")</script>'`;
    const images = withPictures([{ name: attack, score: 9, kept: false }]);
    const page = suspectsPage({
      title: attack,
      command: attack,
      facts: { [attack]: attack },
      suspects: suspectsOf(images, { rule: attack }),
    });
    expect(page).not.toContain('<script');
    expect(textOf(parse(page).querySelector('.case-name'))).toBe(`1. ${attack}`);
  });

  test('shows a file name with the characters of markup as it is, in text and in attributes', () => {
    const name = `<b>&"'.png`;
    const card = parse(
      suspectsPage({ title: 'bottle', suspects: suspectsOf(withPictures([{ name, score: 9, kept: false }])) }),
    ).querySelector('.case')!;
    expect(all(card, 'b')).toEqual([]);
    expect(textOf(card.querySelector('.case-name'))).toBe(`1. ${name}`);
    expect(card.querySelector('img')!.getAttribute('alt')).toBe(`${name}: image`);
  });

  test('holds the style sheet as it was written', () => {
    expect(parse(fullPage()).querySelector('style')!.textContent).toBe(STYLE);
  });

  test('offers all images as a file', () => {
    const link = parse(fullPage()).querySelector('a[download="suspects.csv"]')!;
    expect(decodeURIComponent(link.getAttribute('href')!.replace(/^data:text\/csv;charset=utf-8,/, ''))).toBe(
      suspectsCsv({ images: tenImages() }),
    );
  });

  test('shows facts and the command where they are given', () => {
    const document = parse(suspectsPage({ title: 'bottle', command: 'rddpm train bottle', facts: { steps: '2000' }, suspects: example() }));
    expect(textOf(document.querySelector('header .facts'))).toBe('steps2000');
    expect(textOf(document.querySelector('.command'))).toBe('rddpm train bottle');
  });

  test('without images is an error', () => {
    expect(() => suspectsPage({ title: 'bottle', suspects: suspectsOf([]) })).toThrow(
      new RangeError('suspectsPage: suspects.images is empty; give it all training images'),
    );
  });
});

describe('the verdict', () => {
  const none = (contaminated: (score: number) => boolean) =>
    tenImages().map((image) => ({ ...image, kept: true, contaminated: contaminated(image.score) }));

  test.each<[string, RatedImage[]]>([
    ['3 of 10 training images look defective.', withoutTruth(tenImages())],
    ['1 of 2 training images looks defective.', withoutTruth(tenImages().slice(6, 8))],
    ['None of 10 training images looks defective: all were trusted.', withoutTruth(none(() => false))],
    ['3 of 10 training images look defective. 2 of 3 contaminated images are among them: precision 0.667, recall 0.667.', tenImages()],
    [
      '3 of 10 training images look defective. In truth none is contaminated: each of them is a false alarm.',
      tenImages().map((image) => ({ ...image, contaminated: false })),
    ],
    ['None of 10 training images looks defective: all were trusted. Rightly so: none is contaminated.', none(() => false)],
    ['None of 10 training images looks defective: all were trusted. The contaminated one was missed.', none((score) => score === 10)],
    ['None of 10 training images looks defective: all were trusted. All 2 contaminated ones were missed.', none((score) => score > 8)],
  ])('reads: %s', (words, images) => {
    expect(textOf(parse(suspectsPage({ title: 'bottle', suspects: suspectsOf(images) })).querySelector('.headline'))).toBe(words);
  });

  test('has figures beside the histogram, those of the truth only where it is known', () => {
    const terms = (images: RatedImage[]) =>
      all(parse(suspectsPage({ title: 'bottle', suspects: suspectsOf(images) })), '#scores dl > div').map(textOf);
    const always = ['training images10', 'suspects3 (30.0 %)', 'cut-off7 median + 3 deviations (MAD)'];
    expect(terms(withoutTruth(tenImages()))).toEqual(always);
    expect(terms(tenImages())).toEqual([
      ...always,
      'contaminated3',
      'precision0.667 share of the suspects that are contaminated',
      'recall0.667 share of the contaminated that are suspects',
      'AUC0.905 chance that a contaminated image scores above a normal one',
      'precision at the true count0.667 share of the 3 worst that are contaminated',
    ]);
  });
});

describe('the histogram', () => {
  test('has bars that hold all images, none of them across the cut-off, and a mark for each image', () => {
    const plot = histogram(suspectsOf(withoutTruth(tenImages())));
    const bars = all(plot, 'g[fill="var(--method-0)"] rect').map((bar) => ({
      left: Number(bar.getAttribute('x')),
      width: Number(bar.getAttribute('width')),
      height: Number(bar.getAttribute('height')) + 0.8, // with its inset
    }));
    const one = Math.min(...bars.map(({ height }) => height));
    expect(bars.reduce((sum, { height }) => sum + height / one, 0)).toBeCloseTo(10, 6);
    const cut = Number(plot.querySelector('[stroke-width="1.8"] line, line[stroke-width="1.8"]')!.getAttribute('x1'));
    for (const { left, width } of bars) expect(left + width < cut || left > cut).toBe(true);
    expect(all(plot, 'g[stroke="var(--method-0)"] line')).toHaveLength(10);
  });

  test('gives contaminated images bars and marks of their own, named', () => {
    const plot = histogram(suspectsOf(tenImages()));
    expect(all(plot, 'g[fill="var(--method-1)"] path')).toHaveLength(3);
    expect(all(plot, 'g[stroke="var(--baseline)"] line')).toHaveLength(7);
    expect(all(plot, 'text').map(textOf)).toEqual(expect.arrayContaining(['normal', 'contaminated', '← trusted', 'suspected →']));
    expect(plot.getAttribute('aria-label')).toBe(
      'Histogram of the scores of 10 training images, from 1 to 10; those of the 3 contaminated ones from 6 to 10; cut-off at 7',
    );
  });

  test('an axis is logarithmic where some scores are many times the usual one', () => {
    const usual = tenImages().map((image) => ({ ...image, score: 5 + image.score / 10 }));
    const labels = (last: number) => all(histogram(suspectsOf([...usual, { ...usual[9]!, score: last }])), 'text').map(textOf);
    expect(labels(30)).toContain('score');
    expect(labels(3000)).toContain('score, logarithmic');
    expect(labels(-3000)).toContain('score');
  });

  test.each([
    ['one image', [3], 3],
    ['equal scores', [2, 2, 2], 2],
    ['scores of 0', [0, 0], 0],
    ['no cut-off', [1, 2], null],
    ['a cut-off above all scores', [1, 2], 50],
    ['a cut-off below all scores', [1, 2], -50],
  ])('is drawn with finite numbers for %s', (_, scores, cutoff) => {
    const images = scores.map((score) => ({ name: 'good/000', score, kept: true }));
    const plot = histogram(suspectsOf(images, { cutoff }));
    expect(all(plot, 'g[fill="var(--method-0)"] rect').length).toBeGreaterThan(0);
    expect(plot.outerHTML).not.toMatch(/NaN|Infinity|undefined/);
    expect(all(plot, 'text').map(textOf).includes('suspected →')).toBe(cutoff !== null);
  });

  test('draws fifty thousand images without a mark for each', () => {
    const images = Array.from({ length: 50_000 }, (_, index) => ({ name: '', score: Math.sqrt(index), kept: true }));
    expect(histogram(suspectsOf(images)).outerHTML.length).toBeLessThan(150_000);
  });
});

describe('the cards', () => {
  test('are the suspects, worst first, then the trusted ones closest to the cut-off', () => {
    const document = parse(fullPage());
    expect(all(document, '#suspects .case-name').map(textOf)).toEqual(['1. good/010', '2. good/009', '3. good/008']);
    expect(all(document, '#trusted .case-name').map(textOf).slice(0, 2)).toEqual(['4. good/007', '5. good/006']);
    expect(all(document, '.case-facts').map(textOf).slice(0, 5)).toEqual([
      'score 10 contaminated',
      'score 9 contaminated',
      'score 8 normal: false alarm',
      'score 7 normal',
      'score 6 contaminated: missed',
    ]);
  });

  test('have the pictures that there are', () => {
    const card = parse(fullPage()).querySelector('#suspects .case')!;
    expect(all(card, 'img').map((img) => img.getAttribute('alt'))).toEqual([
      'good/010: image',
      'good/010: reconstruction',
      'good/010: anomaly map',
    ]);
    expect(card.querySelector('.outline.found path')!.getAttribute('d')).toBe('M1 1H2M1 2H2M1 1V2M2 1V2');
  });

  test('have a ring where the image is worst, if that is known', () => {
    const [first, ...rest] = withPictures(tenImages()).toReversed();
    const suspects = suspectsOf([{ ...first!, place: { x: 1, y: 0 } }, ...rest]);
    const document = parse(suspectsPage({ title: 'bottle', suspects }));
    const [ring, ...others] = all(document, '.ring');
    expect(others).toEqual([]);
    expect(ring!.previousElementSibling!.getAttribute('alt')).toBe('good/010: image');
    expect(ring!.getAttribute('viewBox')).toBe('0 0 2 2');
    expect(['cx', 'cy'].map((name) => ring!.firstElementChild!.getAttribute(name))).toEqual(['1.5', '0.5']);
    expect(textOf(document.querySelector('#suspects .lead'))).toContain('the image, with a ring where it is worst, its reconstruction');
  });

  test('without pictures have names and scores, and nothing about maps', () => {
    const document = parse(suspectsPage({ title: 'bottle', suspects: suspectsOf(tenImages(), { threshold: 0.5 }) }));
    expect(all(document, '.case')).toHaveLength(10);
    expect(all(document, 'img, .scale, .options, .tiles')).toHaveLength(0);
  });

  test('share one colour scale of what is shown', () => {
    const far = { ...withPictures(tenImages())[0]!, map: { width: 1, height: 1, data: [1000] } }; // trusted, and not shown
    const images = [far, ...withPictures(tenImages().slice(1))];
    const bar = parse(suspectsPage({ title: 'bottle', suspects: suspectsOf(images), shown: { trusted: 3 } })).querySelector('.scale-bar')!;
    expect(bar.getAttribute('aria-label')).toBe('Colours from dark at 0 to bright at 1 and above');
  });

  test('of more suspects than are shown, the rest is counted', () => {
    const document = parse(suspectsPage({ title: 'bottle', suspects: example(), shown: { suspects: 2 } }));
    expect(textOf(document.querySelector('#suspects .cases')!.previousElementSibling)).toBe(
      'Worst first. These are the 2 with the highest scores; 1 more are in suspects.csv.',
    );
    expect(all(document, '#suspects .case')).toHaveLength(2);
    expect(textOf(document.querySelector('#trusted .case-name'))).toBe('4. good/007');
  });

  test('where nothing is suspected or nothing is trusted, there is no section for it', () => {
    const sections = (kept: boolean) =>
      all(
        parse(suspectsPage({ title: 'bottle', suspects: suspectsOf(withPictures(tenImages()).map((image) => ({ ...image, kept }))) })),
        'main > section',
      );
    expect(sections(true).map(({ id }) => id)).toEqual(['scores', 'trusted']);
    expect(sections(false).map(({ id }) => id)).toEqual(['scores', 'suspects']);
    for (const kept of [true, false]) expect(all(sections(kept)[1]!, '.scale')).toHaveLength(1);
  });

  test('get tiles of the shape of their pictures', () => {
    const image = { width: 2, height: 8, data: new Uint8Array(16) };
    const document = parse(suspectsPage({ title: 'x', suspects: suspectsOf([{ name: 'a', score: 9, kept: false, image, map: image }]) }));
    expect(document.querySelector('.tiles')!.getAttribute('style')).toBe('--wide:0.700;'); // half as wide, but no less than 0.7
    for (const img of all(document, '.tiles img')) {
      const { width, height } = decode(Buffer.from(img.getAttribute('src')!.split(',')[1]!, 'base64'));
      expect([width, height]).toEqual([2, 8]);
    }
  });

  test('tell images of one name apart by their rank', () => {
    const images = [3, 2].map((score) => ({ name: 'good/000', score, kept: false }));
    const names = all(parse(suspectsPage({ title: 'bottle', suspects: suspectsOf(images, { cutoff: 1 }) })), '.case-name').map(textOf);
    expect(names).toEqual(['1. good/000', '2. good/000']);
  });

  test('a picture whose data do not fit its size is an error that names the image', () => {
    const images = tenImages().map((image) => ({ ...image, image: { width: 2, height: 2, data: [0] } }));
    expect(() => suspectsPage({ title: 'bottle', suspects: suspectsOf(images) })).toThrow(
      "suspectsPage: image of 'good/010': 1 values for 2 x 2 pixels",
    );
  });
});

function example(): Suspects {
  return suspectsOf(withPictures(tenImages()), { threshold: 0.5 });
}

function fullPage(): string {
  return suspectsPage({ title: 'bottle', command: 'rddpm train bottle', facts: { steps: '2000' }, suspects: example() });
}

function histogram(suspects: Suspects): Element {
  return parse(suspectsPage({ title: 'bottle', suspects })).querySelector('#scores figure > svg')!;
}
