import { contaminationPlots } from './contamination-plots.tsx';
import { differencesTable } from './differences-table.tsx';
import { GalleryCases } from './gallery-cases.tsx';
import { Glossary } from './glossary.tsx';
import { Header } from './header.tsx';
import { methodStyles } from './method-style.ts';
import { defectTable, resultsTables } from './metric-tables.tsx';
import { page } from './page.tsx';
import { RankingPlots } from './ranking-plots.tsx';
import type { ReportInput } from './report-input.ts';
import { SuspectLists } from './suspect-lists.tsx';
import { trainingCurves } from './training-curves.tsx';

/**
 * One page that holds everything it shows: tables, curves and pictures, without scripts and without a request to anywhere. It
 * reads in light and dark, on a phone, by keyboard and on paper. Sections without input are left out.
 *
 * Curves may have any number of points; they are thinned so that the line moves by less than half a pixel.
 *
 * @throws {RangeError} for a method that `results.methods` doesn't name, and pictures whose data don't fit their size.
 */
export function htmlReport(input: ReportInput): string {
  const { results, title = results.dataset, command, curves = [], gallery, suspects = [] } = input;
  const { methods } = results;
  const ofFirst = methods.filter(({ contamination }) => contamination === methods[0]?.contamination); // pictures and curves are of these
  const styles = methodStyles(methods);
  const hasGallery = gallery !== undefined && gallery.samples.length > 0;
  const lists = suspects.filter(({ images }) => images.length > 0);
  return page({
    title: `${title}: anomaly segmentation`,
    header: <Header results={results} title={title} command={command} />,
    sections: [
      { id: 'results', label: 'Results', content: resultsTables(results, styles) },
      { id: 'contamination', label: 'Contamination', title: 'By contamination', content: contaminationPlots(results, styles) },
      { id: 'differences', label: 'Differences', content: differencesTable(results, styles) },
      { id: 'defects', label: 'Defects', title: 'By defect type', content: defectTable(results, styles) },
      {
        id: 'curves',
        label: 'Curves',
        title: 'ROC and precision–recall',
        content: curves.length > 0 && <RankingPlots curves={curves} results={{ ...results, methods: ofFirst }} styles={styles} />,
      },
      { id: 'training', label: 'Training', content: trainingCurves(ofFirst, styles) },
      {
        id: 'gallery',
        label: 'Gallery',
        content: hasGallery && <GalleryCases gallery={gallery} methods={ofFirst} styles={styles} />,
      },
      {
        id: 'suspects',
        label: 'Suspects',
        title: 'Suspected training images',
        content: lists.length > 0 && <SuspectLists lists={lists} styles={styles} controls={!hasGallery} />,
      },
      { id: 'glossary', label: 'Glossary', content: <Glossary /> },
    ],
  });
}
