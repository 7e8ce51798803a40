import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import { mapUrl, pictureUrl } from '../../src/html/raster.ts';

test('a picture of floats is written as bytes, clamped to [0, 1]', () => {
  const png = read(pictureUrl('test', { width: 3, height: 1, data: Float32Array.of(-0.5, 0.5, 2) }));
  expect([...png.data]).toEqual([0, 128, 255]);
  expect([png.width, png.height, png.channels]).toEqual([3, 1, 1]);
});

test('bytes are written as they are', () => {
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
  expect([...read(pictureUrl('test', { width: 2, height: 1, data })).data]).toEqual([...data]);
});

test('a map takes the colours of its scale', () => {
  const url = mapUrl('test', { width: 1, height: 2, data: [0, 1] }, (value) => (value > 0 ? [9, 8, 7] : [1, 2, 3]));
  expect([...read(url).data]).toEqual([1, 2, 3, 9, 8, 7]);
});

test('a large picture survives its encoding', () => {
  const data = Uint8Array.from({ length: 300 * 300 * 3 }, (_, index) => (index * 7919) % 251);
  expect(Buffer.from(read(pictureUrl('test', { width: 300, height: 300, data })).data as Uint8Array).equals(data)).toBe(true);
});

test('data that does not fit the size is an error that says what would', () => {
  expect(() => pictureUrl('here', { width: 2, height: 2, data: [0, 1] })).toThrow(
    new RangeError('here: 2 values for 2 x 2 pixels; there must be 1 or 3 per pixel'),
  );
});

function read(url: string) {
  const [head, body] = url.split(',');
  expect(head).toBe('data:image/png;base64');
  return decode(Buffer.from(body!, 'base64'));
}
