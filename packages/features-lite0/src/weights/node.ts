import { readFile } from 'node:fs/promises';

/** The bytes of this package's `.safetensors` file. */
export const readWeights = (): Promise<Uint8Array> => readFile(new URL('../../weights/lite0.safetensors', import.meta.url));
