import { html, type Markup } from './markup.ts';

const ENTRIES: readonly (readonly [term: string, meaning: string])[] = [
  [
    'AUROC',
    'Area under the ROC curve: the chance that a defective pixel (or image) gets a higher score than a normal one; ties count half. 0.5 is chance, 1 is perfect. It looks good easily where defects are rare, because the many easy normal pixels dominate.',
  ],
  [
    'AP',
    'Average precision, also called AUPRC: the mean of the precision at each defective pixel (or image), ranked by score; the area under the precision–recall curve in steps. Its chance level is not 0.5 but the prevalence. Some tools report the trapezoid under the same curve by this name, which is a different number.',
  ],
  ['prevalence', 'The share of defective pixels in all test images.'],
  [
    'PRO, AU-PRO',
    'Per-region overlap: the mean over all defect regions of the part of each that lies above the threshold, so a small scratch counts as much as a large stain. AU-PRO is the area under PRO against the false positive rate up to 0.3 (or 0.05), divided by that limit. Plain PRO is the overlap at a single threshold.',
  ],
  [
    'F1-max',
    'The highest F1 (harmonic mean of precision and recall) that any single threshold reaches. The threshold is chosen with the labels, so it is an upper bound, not what a deployed detector does.',
  ],
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

export function glossarySection(): Markup {
  return html`<section id="glossary" aria-labelledby="glossary-title">
<h2 id="glossary-title">Glossary</h2>
<dl class="glossary">${ENTRIES.map(([term, meaning]) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>`)}</dl>
</section>`;
}
