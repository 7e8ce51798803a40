export { resultsCsv } from './csv.ts';
export { csvLines, type Field } from './csv-lines.ts';
export { htmlReport } from './html/html-report.tsx';
export type { Raster } from './html/raster.ts';
export type {
  Gallery,
  GalleryMethod,
  GallerySample,
  MethodCurves,
  MethodSuspects,
  RankingCurves,
  ReportInput,
} from './html/report-input.ts';
export { type SuspectsPageInput, suspectsPage } from './html/suspects-page.tsx';
export { type Polyline, thinPolyline } from './html/thin-polyline.ts';
export { parseResults } from './parse-results.ts';
export type {
  Cell,
  Comparison,
  Contamination,
  Curve,
  DefectScores,
  Environment,
  FailedCell,
  Interval,
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
