import { METRICS } from '@rddpm/metrics';

const ENTRIES: readonly (readonly [term: string, meaning: string])[] = [
  ...METRICS.map(({ glossary: { term, meaning } }) => [term, meaning] as const),
  ['image score', 'One number per image to rank images by; unless said otherwise the maximum of its anomaly map.'],
  [
    'anomaly map',
    'How anomalous each pixel looks to the method, smoothed: for a method that rebuilds images, how far the reconstruction is from the input. Higher is more anomalous. Its values are in units of the method, not probabilities.',
  ],
  [
    'reconstruction',
    'What a method makes of the input that knows only healthy images: the healthy version. Diffusion adds noise to the input, and the network removes it again. Not every method makes one.',
  ],
  [
    'MSE, PSNR',
    'Mean squared error of the reconstructions on pixels in [0, 1], and the same as a ratio in decibels: PSNR = −10 · log₁₀ MSE.',
  ],
  [
    'contamination',
    'Defective images that were put into the training set unlabelled, as happens in practice. A robust method should not take them for normal.',
  ],
  ['seen in training', 'Images of this defect type were among the contaminants.'],
  [
    'suspects',
    'Training images that look defective: a method that scores all of them trusts those up to a cut-off and learns no more from the others. Precision is the share of suspects that are contaminated in truth, recall the share of contaminated images that are suspects, AUC the chance that a contaminated image scores above a normal one.',
  ],
  [
    'threshold',
    'Where a map counts as defective: what few good images are expected to reach, by the scores of training images, so it needs no labels.',
  ],
  ['t', 'Timestep of the diffusion, from 0 (a clean image) to T (pure noise).'],
];

export function Glossary() {
  return (
    <dl class="glossary">
      {[...new Map(ENTRIES)].map(([term, meaning]) => (
        <div>
          <dt>{term}</dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
