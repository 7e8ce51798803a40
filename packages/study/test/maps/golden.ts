import { readFileSync } from 'node:fs';

/** Maps as Python's libraries write them, by scripts/goldens/maps/make.py. */
export const golden: {
  readonly width: number;
  readonly height: number;
  readonly files: readonly {
    /** Ends with the extension. */
    readonly name: string;
    readonly array: 'Float32Array' | 'Float64Array';
    readonly values: readonly number[];
    /** In base64. */
    readonly file: string;
  }[];
} = JSON.parse(readFileSync(new URL('../goldens/map-files.json', import.meta.url), 'utf8'));
