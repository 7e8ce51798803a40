import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { lossFigure } from '../../../scripts/docs-losses.ts';

test.each(['influence', 'weight'] as const)('docs/images/losses-%s.svg is the one that npm run docs:losses draws', async (figure) => {
  const path = fileURLToPath(new URL(`../../../docs/images/losses-${figure}.svg`, import.meta.url));
  await expect(await lossFigure(figure)).toMatchFileSnapshot(path);
});
