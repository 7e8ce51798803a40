import { createRng } from '@rddpm/core';
import { mseLoss } from '@rddpm/losses';
import { linearSchedule } from '@rddpm/scheduler';
import { createUNet } from '@rddpm/unet';
import ndarray from 'ndarray';
import cases from './cases.json' with { type: 'json' };

/** What `train` takes for a case, on made-up images; reports and checkpoints are left to the caller. */
export function trainingCase(name, backend) {
  const { size, batch, widths, layers, attention } = { ...cases.train, ...cases.tiny }[name];
  const blocks = (kind) => attention.map((has) => `${has ? 'Attn' : ''}${kind}Block2D`);
  const network = createUNet({
    sampleSize: size,
    blockOutChannels: widths,
    layersPerBlock: layers,
    downBlockTypes: blocks('Down'),
    upBlockTypes: blocks('Up').reverse(),
    attentionHeadDim: null,
  });
  const rng = createRng(0);
  const shape = [batch, size, size, 3];
  const pixels = Float32Array.from({ length: batch * size * size * 3 }, () => rng.uniform());
  return { network, loss: mseLoss, schedule: linearSchedule(), backend, images: ndarray(pixels, shape), rng, batchSize: batch };
}
