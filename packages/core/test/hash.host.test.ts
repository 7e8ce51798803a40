import { afterEach, expect, test, vi } from 'vitest';
import { sha256 } from '../src/index.ts';

afterEach(() => vi.unstubAllGlobals());

test('the hash of abc is that of FIPS 180-4, and that of no bytes is another', async () => {
  expect(await sha256(new TextEncoder().encode('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(await sha256(new Uint8Array(0))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('only the bytes of a view are hashed', async () => {
  const bytes = new TextEncoder().encode('xabcx');
  expect(await sha256(bytes.subarray(1, 4))).toBe(await sha256(new TextEncoder().encode('abc')));
});

test('without Web Crypto it says what is missing', async () => {
  vi.stubGlobal('crypto', {});
  await expect(sha256(new Uint8Array(1))).rejects.toMatchObject({
    name: 'BackendError',
    message: expect.stringContaining('crypto.subtle is missing'),
  });
});
