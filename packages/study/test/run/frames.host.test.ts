import { pictureMap, preparationOf } from '@rddpm/data';
import { describe, expect, test } from 'vitest';
import { contentOf, contentOfMap, type Framing } from '../../src/run/frames.ts';

describe('what a map in a file shows of a frame', () => {
  const picture = { width: 40, height: 30 };
  const map = Float32Array.from({ length: 256 }, (_, at) => (at % 16 < 8 ? 1 : 3));
  const shown = (crop: { x: number; y: number; width: number; height: number }) => {
    const preparation = preparationOf('test', { size: 16, channels: 1, crop });
    const framing: Framing = { pictures: [picture], preparation };
    return { content: contentOf(framing, 0), inFile: contentOfMap(framing, 0, pictureMap(map, picture, preparation)) };
  };

  test('has the size of the picture in it, where a small part was enlarged as well', () => {
    const { content, inFile } = shown({ x: 30, y: 20, width: 8, height: 4 });
    expect(content).toEqual({ x: 0, y: 4, width: 16, height: 8 });
    expect([inFile.width, inFile.height, inFile.data.length]).toEqual([16, 8, 128]);
    // beside the edge the file has 7/8 · 1 + 1/8 · 3 and 1/8 · 1 + 7/8 · 3; between those two lie the pixels 7 and 8
    expect([0, 7, 8, 15].map((x) => inFile.data[16 + x])).toEqual([1, 1.625, 2.375, 3]);
  });

  test('is the very map where nothing was enlarged', () => {
    const { inFile } = shown({ x: 3, y: 2, width: 20, height: 20 });
    expect(inFile.data).toEqual(map);
  });
});
