/**
 * For each function the delta or scale at which an estimate of a location is 95 % as efficient as the mean if the residuals are normal with
 * deviation 1. It costs little where nothing is wrong, and is robust where something is. Multiply by your residuals' deviation.
 *
 * @see Holland, Welsch (1977), https://doi.org/10.1080/03610927708827533, which has those of Huber, log-cosh ("logistic"), Cauchy, Welsch,
 *   Tukey ("bisquare") and clipped squares ("Talwar"); all of them solve (E ψ(x) x)² / E ψ(x)² = 0.95 for normal x.
 */
export const EFFICIENCY_95 = {
  huber: 1.345,
  pseudoHuber: 1.287,
  logCosh: 1.205,
  cauchy: 2.385,
  gemanMcclure: 3.787,
  welsch: 2.985,
  tukey: 4.685,
  clippedMse: 2.795,
} as const;
