export { resultsCsv } from './csv.ts';
export { csvLines, type Field } from './csv-lines.ts';
export type { Gallery, GalleryMethod, GallerySample } from './html/gallery.ts';
export { htmlReport, type ReportInput } from './html/html-report.ts';
export type { MethodCurves, RankingCurves } from './html/ranking-curves.ts';
export type { Raster } from './html/raster.ts';
export { type SuspectsPageInput, suspectsPage } from './html/suspects-page.ts';
export type { MethodSuspects } from './html/suspects-section.ts';
export { type Polyline, thinPolyline } from './html/thin-polyline.ts';
export { parseResults } from './parse-results.ts';
export type {
  Cell,
  Curve,
  DefectScores,
  Environment,
  MethodResult,
  Metric,
  Protocol,
  ReconstructionScores,
  ResultScores,
  Results,
  UndefinedReasons,
} from './results.ts';
export { type RawScores, type Reasons, toScores } from './scores.ts';
export { type RatedImage, type ShownCounts, type SuspectScores, type Suspects, scoreSuspects, selectSuspects } from './suspects.ts';
export { suspectsCsv } from './suspects-csv.ts';
export { resultsTable } from './table.ts';
