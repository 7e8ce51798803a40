import { toRow, type Values } from './values.ts';

/**
 * The values of an image's pixels in one row. `what` reads like `'labelComponents: mask'`.
 *
 * @throws {RangeError} unless width and height are whole numbers above 0 and there is a value for each pixel; an ndarray must be
 * [height, width], axes of length 1 aside, so that a transposed one is noticed.
 * @throws {TypeError} for what isn't an array.
 */
export function toPixels(what: string, values: Values, width: number, height: number): ArrayLike<number> {
  if (!(Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0)) {
    throw new RangeError(`${what}: width is ${width} and height ${height}; both must be whole numbers above 0`);
  }
  const { data, shape } = toRow(what, values);
  const expected = [height, width].filter((length) => length !== 1);
  if (data.length !== width * height || (shape && `${shape}` !== `${expected}`)) {
    throw new RangeError(
      `${what} is [${shape ?? data.length}]; ${width} wide and ${height} high needs [${height},${width}], ${width * height} values`,
    );
  }
  return data;
}
