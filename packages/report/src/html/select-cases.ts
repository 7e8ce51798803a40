/** What is known of a test image when cases for the gallery are chosen. */
export type Case = {
  /** The kind of its defect, or what normal images are called. */
  defect: string;
  normal: boolean;
  /** Mean of the image's pixel AP over the methods (not the references); null where the mask is empty. */
  averagePrecision: number | null;
  /** Mean of the image's rank by score, in [0, 1], over the methods (not the references); 1 is the most anomalous. */
  rank: number;
};

export type CaseGroups<C extends Case> = { best: C[]; worst: C[]; suspected: C[]; typical: C[] };

/**
 * The images worth a look: where the maps agree best and worst with the masks, the good images with the highest scores, and of
 * each defect type the one in the middle. No image is in two groups.
 *
 * @param count Of best, worst and suspected ones, at most.
 */
export function selectCases<C extends Case>(cases: readonly C[], count: number): CaseGroups<C> {
  const defective = cases
    .filter(({ averagePrecision }) => averagePrecision !== null)
    .sort((a, b) => b.averagePrecision! - a.averagePrecision!);
  const each = Math.min(count, Math.ceil(defective.length / 2)); // of three, two are best and one is worst
  const best = defective.slice(0, each);
  const worst = defective.slice(each).slice(-count).reverse();
  const suspected = cases
    .filter(({ normal }) => normal)
    .sort((a, b) => b.rank - a.rank)
    .slice(0, count);
  const rest = defective.filter((entry) => !best.includes(entry) && !worst.includes(entry));
  const types = [...new Set(rest.map(({ defect }) => defect))].sort();
  const typical = types.map((type) => {
    const ofType = rest.filter(({ defect }) => defect === type);
    return ofType[Math.floor(ofType.length / 2)]!;
  });
  return { best, worst, suspected, typical };
}
