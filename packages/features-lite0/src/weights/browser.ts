import { BackendError } from '@rddpm/core';

/** The bytes of this package's `.safetensors` file. @throws {BackendError} where the page's server doesn't have it. */
export async function readWeights(): Promise<Uint8Array> {
  const url = new URL('../../weights/lite0.safetensors', import.meta.url); // bundlers look for exactly this
  const response = await fetch(url);
  if (!response.ok)
    throw new BackendError(`lite0Features: the weights can't be loaded from ${url}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}
