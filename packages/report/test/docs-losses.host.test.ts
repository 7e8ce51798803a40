import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { lossFigure, withLossTable } from '../../../scripts/docs-losses.ts';

test.each(['influence', 'weight'] as const)('docs/images/losses-%s.svg is the one that npm run docs:losses draws', async (figure) => {
  const path = fileURLToPath(new URL(`../../../docs/images/losses-${figure}.svg`, import.meta.url));
  await expect(await lossFigure(figure)).toMatchFileSnapshot(path);
});

test('the README of @rddpm/losses has the table that npm run docs:losses makes', async () => {
  const path = fileURLToPath(new URL('../../losses/README.md', import.meta.url));
  const readme = withLossTable(readFileSync(path, 'utf8'));
  await expect(readme).toMatchFileSnapshot(path);
});
