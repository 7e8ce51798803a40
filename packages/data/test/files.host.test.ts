import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { oncePerSource, PICTURE_ENDINGS, placeOf, type Sample, sharedIds, sortFiles } from '../src/index.ts';
import { memorySource } from './memory-source.ts';

describe('sortFiles', () => {
  test('takes pictures by their endings, in any case, however deep they lie', () => {
    const pictures = PICTURE_ENDINGS.flatMap((ending) => [`a.${ending}`, `a/b.c/d e.${ending.toUpperCase()}`]);
    expect(sortFiles(pictures)).toEqual({ pictures, leftOut: [] });
  });

  test('groups the others by what they are, and counts endings, the most frequent first', () => {
    const hidden = ['.DS_Store', 'train/._a.png', '.ipynb_checkpoints/a.png', '__MACOSX/a.png', 'a/Thumbs.db', 'desktop.ini'];
    const others = ['license.txt', 'b.db', 'a/readme.TXT', 'LICENSE', 'png', 'folder.png/a'];
    expect(sortFiles([...hidden, 'a.png', ...others])).toEqual({
      pictures: ['a.png'],
      leftOut: [
        { reason: 'hidden', paths: hidden },
        { reason: 'no pictures by their endings (none 3, .txt 2, .db 1)', paths: others },
      ],
    });
  });

  test('loses no path and doubles none', () => {
    const name = fc.constantFrom('a', '.b', 'c.png', 'd.txt', 'Thumbs.db', '__macosx', 'e.f');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(path), (paths) => {
        const { pictures, leftOut } = sortFiles(paths);
        expect([...pictures, ...leftOut.flatMap((group) => group.paths)].sort()).toEqual([...paths].sort());
      }),
    );
  });
});

test('placeOf compares names in NFC, without their last ending', () => {
  expect(placeOf('test/fu\u0308hler/a.b.png')).toEqual({ folders: ['test', 'f\u00fchler'], stem: 'a.b' });
  expect(placeOf('LICENSE')).toEqual({ folders: [], stem: 'LICENSE' });
});

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

test('oncePerSource asks once for each source, and again after a failure', async () => {
  let asked = 0;
  const nameOf = oncePerSource(async ({ name }) => {
    asked++;
    if (asked === 1) throw new Error('not now');
    return name;
  });
  const [a, b] = [memorySource({}, 'a'), memorySource({}, 'b')];
  await expect(nameOf(a)).rejects.toThrow('not now');
  expect([await nameOf(a), await nameOf(a), await nameOf(b)]).toEqual(['a', 'a', 'b']);
  expect(asked).toBe(3);
});
