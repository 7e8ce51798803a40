import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { backend } from '@rddpm/conformance';
import * as core from '@rddpm/core';
import * as diffusers from '@rddpm/diffusers/node';
import * as unet from '@rddpm/unet';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';

test('the README’s example prints what it says', async () => {
  const { printed, promised } = await runReadmeExample(new URL('../README.md', import.meta.url), {
    '@rddpm/backend/auto': { createBackend: async () => backend },
    '@rddpm/core': core,
    '@rddpm/diffusers/node': diffusers,
    '@rddpm/unet': unet,
    'node:fs/promises': fs,
    'node:os': os,
    'node:path': path,
  });
  expect(printed).toBe(promised);
});
