import { expect, test } from 'vitest';
import { type Sample, sharedIds } from '../src/index.ts';

test('sharedIds names both images, in the same split only, and says when it is two forms of Unicode', () => {
  const sample = (path: string, id: string, split?: 'train' | 'test'): Sample => ({ id, path, kind: 'good', ...(split && { split }) });
  expect(sharedIds([sample('train/a.png', 'a', 'train'), sample('test/a.png', 'a', 'test'), sample('b.png', 'b')])).toEqual([]);
  const [first, second, ...more] = sharedIds([
    sample('test/a.png', 'a', 'test'),
    sample('test/a.jpg', 'a', 'test'),
    sample('fu\u0308.png', 'f\u00fc'),
    sample('f\u00fc.png', 'f\u00fc'),
  ]);
  expect(first).toEqual({
    severity: 'error',
    path: 'test/a.png',
    message: 'and test/a.jpg are both called test/a; names must differ in more than their ending',
  });
  expect(second?.message).toBe('and f\u00fc.png are both called f\u00fc; they are one name in two forms of Unicode');
  expect(more).toEqual([]);
});

test('sharedIds takes names that differ by case only for one, in the same split', () => {
  const sample = (id: string, split: 'train' | 'test'): Sample => ({ id, path: `${split}/${id}.png`, split, kind: 'good' });
  expect(sharedIds([sample('a/A', 'test'), sample('a/a', 'train'), sample('A/a', 'test')])).toEqual([
    {
      severity: 'error',
      path: 'test/a/A.png',
      message:
        "and test/A/a.png are called test/a/A and test/A/a; names must differ in more than case, which some file systems don't tell apart",
    },
  ]);
});
