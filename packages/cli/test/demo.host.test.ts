import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from '@rddpm/report';
import { expect, test } from 'vitest';
import { rddpm, temporaryFolder } from './run-main.ts';

test('rddpm demo compares four methods and two baselines; a second demo replaces the first', { timeout: 600_000 }, async () => {
  const cwd = temporaryFolder();
  await rddpm(['synth', 'runs/demo/synthetic-carpet', '--size', '16', '--train', '1'], { cwd }); // left by an older version, say
  const { code, stdout, stderr } = await rddpm(['demo', '--steps', '2'], { cwd });
  expect(code, stderr).toBe(0);
  const { methods, protocol } = JSON.parse(readFileSync(join(cwd, 'runs/demo/results.json'), 'utf8')) as Results;
  expect(methods.map(({ name }) => name)).toEqual(['ddpm', 'rddpm-huber', 'rddpm-lts', 'rddpm-concentrated', 'untrained', 'mean-image']);
  expect(protocol).toMatchObject({
    contamination: 0.2,
    overlap: true,
    images: { train: 144, contaminants: 24, testGood: 20, testDefective: 40 },
  });
  // What two steps leave to see: the data set gives nothing away.
  const meanImage = methods.find(({ name }) => name === 'mean-image')!;
  expect(meanImage.pixel.auroc).toBeLessThan(0.8);
  for (const { name } of methods) expect(stdout).toMatch(new RegExp(`^${name} `, 'm'));
  expect(stderr).toMatch(/^report: runs\/demo\/report\.html$/m);
  expect(readFileSync(join(cwd, 'runs/demo/report.html'), 'utf8')).toContain('rddpm demo');
});
