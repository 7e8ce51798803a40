import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { oncePerSource, PICTURE_ENDINGS, placeOf, sortFiles } from '../src/index.ts';
import { memorySource } from './memory-source.ts';

describe('sortFiles', () => {
  test('takes pictures by their endings, in any case, however deep they lie', () => {
    const pictures = PICTURE_ENDINGS.flatMap((ending) => [`a.${ending}`, `a/b.c/d e.${ending.toUpperCase()}`]);
    expect(sortFiles(pictures)).toEqual({ pictures, leftOut: [], unopened: [] });
  });

  test('groups the others by what they are, and counts endings, the most frequent first', () => {
    const hidden = [
      '.DS_Store',
      'train/._a.png',
      '.ipynb_checkpoints/a.png',
      '__MACOSX/a.png',
      'a/Thumbs.db',
      'desktop.ini',
      'lost+found/',
    ];
    const others = ['license.txt', 'b.db', 'a/readme.TXT', 'LICENSE', 'png', 'folder.png/a'];
    expect(sortFiles([...hidden, 'a.png', ...others])).toEqual({
      pictures: ['a.png'],
      leftOut: [
        { reason: 'hidden', paths: hidden },
        { reason: 'no pictures by their endings (none 3, .txt 2, .db 1)', paths: others },
      ],
      unopened: [],
    });
  });

  test('tells what could not be opened from what is no picture', () => {
    expect(sortFiles(['a.png', 'b/', 'c/d.png/', '.git/'])).toEqual({
      pictures: ['a.png'],
      leftOut: [{ reason: 'hidden', paths: ['.git/'] }],
      unopened: ['b/', 'c/d.png/'],
    });
  });

  test('loses no path and doubles none', () => {
    const name = fc.constantFrom('a', '.b', 'c.png', 'd.txt', 'Thumbs.db', '__macosx', 'e.f', 'g/');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(path), (paths) => {
        const { pictures, leftOut, unopened } = sortFiles(paths);
        expect([...pictures, ...unopened, ...leftOut.flatMap((group) => group.paths)].sort()).toEqual([...paths].sort());
      }),
    );
  });
});

test('placeOf compares names in NFC, without their last ending', () => {
  expect(placeOf('test/fu\u0308hler/a.b.png')).toEqual({ folders: ['test', 'f\u00fchler'], stem: 'a.b' });
  expect(placeOf('LICENSE')).toEqual({ folders: [], stem: 'LICENSE' });
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
