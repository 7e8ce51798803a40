import type { ShownCounts, Suspects } from '../suspects.ts';
import { factList } from './facts.ts';
import { madeBy } from './made-by.ts';
import { html } from './markup.ts';
import { page } from './page.ts';
import { suspectParts } from './suspect-parts.ts';

export type SuspectsPageInput = {
  suspects: Suspects;
  /** What was searched: the data set's name. */
  title: string;
  /** What was typed to get this. */
  command?: string;
  /** What else a reader should know of the run: data set, method, steps, date. */
  facts?: Readonly<Record<string, string>>;
  /** How many images it shows; all are in the file that it offers. */
  shown?: ShownCounts;
};

/**
 * The training images that are probably defective, as a page of thumbnails and heat maps, worst first; then the trusted ones closest to
 * the cut-off, so that a reader can judge it. Where the truth is known, it says how well they meet. One file, as {@link htmlReport}'s:
 * no scripts, no request to anywhere.
 *
 * Pictures are shown where there are some: those of images that {@link selectSuspects} leaves out are not needed.
 *
 * @throws {RangeError} without images, for a score that isn't finite, a truth that is known of some images only, and pictures whose
 * data don't fit their size.
 */
export function suspectsPage(input: SuspectsPageInput): string {
  const { suspects, title, command, facts = {}, shown = {} } = input;
  if (suspects.images.length === 0) throw new RangeError('suspectsPage: suspects.images is empty; give it all training images');
  const parts = suspectParts('suspectsPage', suspects, { shown, controls: true });
  return page({
    title: `${title}: suspected training images`,
    header: html`<header>
<p class="kicker">Suspected training images</p>
<h1>${title}</h1>
${parts.verdict}
<p class="lead">A high score is a reason to look, not a proof: an image that is sound but rare scores high as well.</p>
${Object.keys(facts).length > 0 && factList(Object.entries(facts))}
${command && madeBy(command)}
${parts.download}
</header>`,
    sections: [
      {
        id: 'scores',
        label: 'Scores',
        content: html`<section id="scores" aria-labelledby="scores-title">
<h2 id="scores-title">Scores</h2>
${parts.scores}
</section>`,
      },
      {
        id: 'suspects',
        label: 'Suspects',
        content:
          parts.suspects &&
          html`<section id="suspects" aria-labelledby="suspects-title">
<h2 id="suspects-title">Suspects</h2>
${parts.key}
${parts.suspects}
</section>`,
      },
      {
        id: 'trusted',
        label: 'Trusted, but close',
        content:
          parts.trusted &&
          html`<section id="trusted" aria-labelledby="trusted-title">
<h2 id="trusted-title">Trusted, but closest to the cut-off</h2>
${!parts.suspects && parts.key}
${parts.trusted}
</section>`,
      },
    ],
  });
}
