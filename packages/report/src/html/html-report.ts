import type { Results } from '../results.ts';
import { type Gallery, gallerySection } from './gallery.ts';
import { glossarySection } from './glossary.ts';
import { header } from './header.ts';
import { methodStyles } from './method-style.ts';
import { defectSection, resultsSection } from './metric-tables.ts';
import { page } from './page.ts';
import { type MethodCurves, rankingSection } from './ranking-curves.ts';
import { type MethodSuspects, suspectsSection } from './suspects-section.ts';
import { trainingSection } from './training-curves.ts';

export type ReportInput = {
  /** What methods measured during their fit makes the section on training. */
  results: Results;
  /** @defaultValue the data set's name */
  title?: string;
  /** What was typed to get this. */
  command?: string;
  /** ROC and precision–recall. */
  curves?: readonly MethodCurves[];
  gallery?: Gallery;
  /** Of each method that names defective training images. */
  suspects?: readonly MethodSuspects[];
};

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
  const hasGallery = gallery !== undefined && gallery.samples.length > 0;
  const listed = suspects.filter(({ images }) => images.length > 0);
  const styles = methodStyles(results.methods);
  return page({
    title: `${title}: anomaly segmentation`,
    header: header(results, title, command),
    sections: [
      { id: 'results', label: 'Results', content: resultsSection(results, styles) },
      { id: 'defects', label: 'Defects', content: defectSection(results, styles) },
      { id: 'curves', label: 'Curves', content: curves.length > 0 && rankingSection(curves, results, styles) },
      { id: 'training', label: 'Training', content: trainingSection(results.methods, styles) },
      { id: 'gallery', label: 'Gallery', content: hasGallery && gallerySection(gallery, results.methods, styles) },
      { id: 'suspects', label: 'Suspects', content: listed.length > 0 && suspectsSection(listed, styles, !hasGallery) },
      { id: 'glossary', label: 'Glossary', content: glossarySection() },
    ],
  });
}
