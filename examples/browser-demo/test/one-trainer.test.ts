import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = (program: string) => {
  const folder = fileURLToPath(new URL(`../../${program}/src/`, import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  return files.map((file) => readFileSync(`${folder}${file}`, 'utf8')).join('\n');
};

/** What a module imports by name, `import type` and aliases included: `['@rddpm/trainer', 'decodeState']`. */
const importsOf = (text: string) =>
  [...text.matchAll(/import\s+(?:type\s+)?(\{[^}]*\}|\*\s+as\s+\w+)\s+from\s+'([^']+)'/g)].flatMap(([, names, from]) =>
    names!
      .replace(/[{}]/g, '')
      .split(',')
      .map(
        (name) =>
          [
            from!,
            name
              .trim()
              .replace(/^type\s+/, '')
              .split(' as ')[0]!
              .trim(),
          ] as const,
      ),
  );

/** A training loop of one's own needs one of these. */
const STEPS = /\b(valueAndGrads|variableGrads|adamW|Optimizer|trainingStep|applyGradients)\b/;

test.each(['train-in-node', 'browser-demo'])('%s has no training loop of its own, and runs examples/train.ts', (program) => {
  const text = source(program);
  const imports = importsOf(text);
  expect(imports.filter(([from, name]) => from === '@rddpm/trainer' && (name === 'train' || name.startsWith('*')))).toEqual([]);
  expect(text).not.toMatch(/import\(\s*'@rddpm\/trainer/);
  expect(text).not.toMatch(STEPS);
  expect(imports.filter(([from, name]) => from.endsWith('/train.ts') && name === 'trainAndDetect')).toHaveLength(1);
});

test('the one that they run does train', () => {
  const text = readFileSync(new URL('../../train.ts', import.meta.url), 'utf8');
  expect(importsOf(text)).toContainEqual(['@rddpm/trainer', 'train']);
});
