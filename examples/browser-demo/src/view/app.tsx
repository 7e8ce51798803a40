import * as state from '../state.ts';
import { Curves } from './curves.tsx';
import { ImagesPanel } from './images-panel.tsx';
import { LossesPanel } from './losses-panel.tsx';
import { ModelPanel } from './model-panel.tsx';
import { EarlierRun, Notices } from './notices.tsx';
import { Previews } from './previews.tsx';
import { Results } from './results.tsx';
import { announcement } from './status.ts';
import { TrainPanel } from './train-panel.tsx';
import { TrainingImages } from './training-images.tsx';

export function App() {
  return (
    <>
      <a class="skip" href="#work">
        To the pictures
      </a>
      <header>
        <p class="kicker">Robust diffusion models for anomaly segmentation</p>
        <h1>Find defects, even if the training data has some</h1>
        <p class="headline">
          A diffusion model learns to draw what is normal. Shown a defective part, it draws the healthy one, and the difference is the
          defect. But when defects hide among the training images, it learns them, too – unless its loss is robust. Train both here, side by
          side, and see. Everything happens in this browser: no image leaves it.
        </p>
      </header>
      <Notices />
      <EarlierRun />
      <div class="layout">
        <div class="setup">
          <ImagesPanel />
          <LossesPanel />
          <TrainPanel />
          <ModelPanel />
        </div>
        <main id="work" tabIndex={-1} data-phase={state.phase.value}>
          <Results />
          <Previews />
          <Curves />
          <TrainingImages />
        </main>
      </div>
      <footer>
        <p>
          The method is RDDPM (<a href="https://arxiv.org/abs/2508.02903">Moradi and Paynabar, 2025</a>). This page runs{' '}
          <code>examples/train.ts</code> on the same packages as the command line. Settings can be given in the address, such as{' '}
          <code>?size=16&amp;steps=50</code>.
        </p>
      </footer>
      <p class="hidden" role="status" aria-live="polite">
        {announcement.value}
      </p>
    </>
  );
}
