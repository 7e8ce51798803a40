import * as core from '@rddpm/core';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';

test("the README's example prints what it says", async () => {
  const { printed, promised } = await runReadmeExample(new URL('../README.md', import.meta.url), { '@rddpm/core': core });
  expect(printed).toBe(promised);
});
