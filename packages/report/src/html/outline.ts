import type { Raster } from './raster.ts';

/**
 * The border of a region along its pixels' edges, as the `d` of an SVG path in pixel units: it stays exact at any zoom.
 *
 * @param inside Whether the pixel of this value belongs to the region.
 */
export function outlinePath({ width, height, data }: Raster, inside: (value: number) => boolean): string {
  const at = (row: number, column: number) =>
    row >= 0 && row < height && column >= 0 && column < width && inside(data[row * width + column]!);
  const horizontal = edges(height + 1, width, (row, column) => at(row - 1, column) !== at(row, column));
  const vertical = edges(width + 1, height, (column, row) => at(row, column - 1) !== at(row, column));
  return [
    ...horizontal.map(([row, from, to]) => `M${from} ${row}H${to}`),
    ...vertical.map(([column, from, to]) => `M${column} ${from}V${to}`),
  ].join('');
}

/** Runs of edges on each of `lines` grid lines: `[line, from, to]`. */
function edges(lines: number, length: number, isEdge: (line: number, position: number) => boolean): [number, number, number][] {
  const runs: [number, number, number][] = [];
  for (let line = 0; line < lines; line++) {
    let from = -1;
    for (let position = 0; position <= length; position++) {
      const edge = position < length && isEdge(line, position);
      if (edge && from < 0) from = position;
      if (!edge && from >= 0) {
        runs.push([line, from, position]);
        from = -1;
      }
    }
  }
  return runs;
}
