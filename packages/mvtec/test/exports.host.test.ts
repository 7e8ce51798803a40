import * as data from '@rddpm/data';
import * as dataInNode from '@rddpm/data/node';
import { expect, test } from 'vitest';
import * as mvtec from '../src/index.ts';
import * as node from '../src/node.ts';

test('what is taken from @rddpm/data is the same function, from the entry of the same name', () => {
  const { collectBatches, contaminate, loadImages, openImageSet } = data;
  expect(mvtec).toMatchObject({ collectBatches, contaminate, loadImages, openImageSet });
  expect(node.folderSource).toBe(dataInNode.folderSource);
});
