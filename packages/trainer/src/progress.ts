/** What happened since the last report. */
export type Progress = {
  readonly kind: 'progress';
  /** Steps done. */
  readonly step: number;
  /** Mean over the steps since the last report; so are the next three. */
  readonly loss: number;
  /** Of the prediction, whatever the loss: comparable between losses. For standard normal noise, 1 is what predicting 0 scores. */
  readonly meanSquaredError: number;
  /** The same by quarter of t, least noise first; null where no sample fell into a quarter. */
  readonly meanSquaredErrorByQuarter: readonly (number | null)[];
  /** The gradient's length before clipping. */
  readonly gradientNorm: number;
  /** Of the last step. */
  readonly learningRate: number;
  /** Median since the last report, so that the first step's compilation doesn't count. Time between events is the caller's. */
  readonly secondsPerStep: number;
};

export type StepRecord = {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly seconds: number;
  /** One of each per sample. */
  readonly t: Int32Array;
  readonly squaredErrors: ArrayLike<number>;
};

/** Condenses a non-empty run of steps of a schedule with `scheduleSteps` timesteps. */
export function summarize(step: number, records: readonly StepRecord[], scheduleSteps: number): Progress {
  const quarters: number[][] = [[], [], [], []];
  for (const { t, squaredErrors } of records) {
    t.forEach((timestep, i) => {
      quarters[Math.floor((4 * timestep) / scheduleSteps)]!.push(squaredErrors[i]!);
    });
  }
  return {
    kind: 'progress',
    step,
    loss: mean(records.map((record) => record.loss)),
    meanSquaredError: mean(quarters.flat()),
    meanSquaredErrorByQuarter: quarters.map((errors) => (errors.length > 0 ? mean(errors) : null)),
    gradientNorm: mean(records.map((record) => record.gradientNorm)),
    learningRate: records.at(-1)!.learningRate,
    secondsPerStep: median(records.map((record) => record.seconds)),
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return mean(sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1));
}
