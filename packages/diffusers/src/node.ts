/** Pipelines in folders of a disk. */
import fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withFolder } from '@rddpm/core/node';
import type { Pipeline } from './pipeline.ts';
import { pipelineFiles } from './pipeline-files.ts';
import { readPipeline } from './read-pipeline.ts';

/**
 * Reads a folder that `DDPMPipeline.save_pretrained` of diffusers or `savePretrained` wrote. Weights are read tensor by tensor into the
 * memory in which they stay.
 *
 * @throws {FormatError}, {ConfigError} as `readPipeline`.
 */
export async function loadPretrained(folder: string): Promise<Pipeline> {
  return withFolder(folder, readPipeline);
}

/**
 * Writes a folder for `DDPMPipeline.from_pretrained`, over what an earlier save left there.
 *
 * @throws {FormatError}, {ConfigError} as `pipelineFiles`, before anything is written.
 */
export async function savePretrained(folder: string, pipeline: Parameters<typeof pipelineFiles>[0]): Promise<void> {
  for (const { path, parts } of pipelineFiles(pipeline)) {
    const target = join(folder, ...path.split('/'));
    await fs.mkdir(dirname(target), { recursive: true });
    const temporary = `${target}.${process.pid}.tmp`;
    try {
      await fs.writeFile(temporary, parts);
      await fs.rename(temporary, target); // a file is the old one or the new one, never half of it
    } finally {
      await fs.rm(temporary, { force: true });
    }
  }
}
