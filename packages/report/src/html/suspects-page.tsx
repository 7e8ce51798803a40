import type { ShownCounts, Suspects } from '../suspects.ts';
import { FactList } from './fact-list.tsx';
import { MadeBy } from './made-by.tsx';
import { page } from './page.tsx';
import { suspectParts } from './suspect-parts.tsx';

export type SuspectsPageInput = {
  suspects: Suspects;
  /** What was searched: the data set's name. */
  title: string;
  /** The command that was typed to get this. */
  command?: string;
  /** What else a reader should know of the run: data set, method, steps, date. */
  facts?: Readonly<Record<string, string>>;
  /** How many images the page shows; the CSV file that it offers lists all. */
  shown?: ShownCounts;
};

/**
 * The training images that are probably defective, as a page of thumbnails and heat maps, worst first; then the trusted ones closest to
 * the cut-off, so that a reader can judge it. Where the truth is known, the page says how well the suspects match it. It is one file
 * like that of {@link htmlReport}: no scripts, no request to anywhere.
 *
 * Each image is shown with the pictures that it has; only the images that {@link selectSuspects} chooses need any.
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
    header: (
      <header>
        <p class="kicker">Suspected training images</p>
        <h1>{title}</h1>
        {parts.verdict}
        <p class="lead">A high score is a reason to look, not a proof: an image that is sound but rare scores high as well.</p>
        {Object.keys(facts).length > 0 && <FactList facts={Object.entries(facts)} />}
        {command && <MadeBy command={command} />}
        {parts.download}
      </header>
    ),
    sections: [
      { id: 'scores', label: 'Scores', content: parts.scores },
      {
        id: 'suspects',
        label: 'Suspects',
        content: parts.suspects && (
          <>
            {parts.key}
            {parts.suspects}
          </>
        ),
      },
      {
        id: 'trusted',
        label: 'Trusted, but close',
        title: 'Trusted, but closest to the cut-off',
        content: parts.trusted && (
          <>
            {!parts.suspects && parts.key}
            {parts.trusted}
          </>
        ),
      },
    ],
  });
}
