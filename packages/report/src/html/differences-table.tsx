import { METRICS } from '@rddpm/metrics';
import type { VNode } from 'preact';
import type { Comparison, Results } from '../results.ts';
import { contaminationLabel } from './contamination-label.ts';
import { MethodName } from './method-name.tsx';
import type { MethodStyles } from './method-style.ts';

/** What is shown of the comparisons; results.json has all. */
const SHOWN = METRICS.filter(({ path }) => ['pixel.averagePrecision', 'pixel.auroc', 'pixel.auPro30', 'image.auroc'].includes(path));

/** Each method less the one that all are compared with, paired; undefined without comparisons. */
export function differencesTable({ comparisons = [] }: Results, styles: MethodStyles): VNode | undefined {
  const [first] = comparisons;
  if (!first) return undefined;
  const rows = [...new Map(comparisons.map((each) => [JSON.stringify([each.method, each.contamination]), each])).values()];
  const of = (row: Comparison, metric: string) =>
    comparisons.find((each) => each.metric === metric && each.method === row.method && each.contamination === row.contamination);
  return (
    <>
      <p class="lead">
        Each method less <b>{first.against}</b>, on the same training sets, test images and seeds: the mean, its 95 % interval, and the
        p-value, corrected by Holm's method for all comparisons by that metric. Bold: the interval is clear of 0.
      </p>
      <section class="scroller" aria-label={`Differences from ${first.against}`} tabindex={0}>
        <table>
          <thead>
            <tr>
              {['method', 'contamination', 'seeds', ...SHOWN.map(({ label }) => label)].map((label) => (
                <th scope="col">{label}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                <th scope="row">
                  <MethodName name={row.method} style={styles.of('comparisons', row.method)} />
                </th>
                <td>{contaminationLabel(row.contamination)}</td>
                <td>{row.seeds}</td>
                {SHOWN.map(({ path }) => (
                  <Difference {...of(row, path)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function Difference({ difference, low, high, adjustedPValue }: Partial<Comparison>) {
  if (difference === undefined || low === undefined || high === undefined || adjustedPValue === undefined)
    return <td class="undefined">–</td>;
  const text = signed(difference);
  return (
    <td>
      {low > 0 || high < 0 ? <b>{text}</b> : text}
      <span class="spread interval">
        {signed(low)} to {signed(high)}, p {adjustedPValue < 0.001 ? '< 0.001' : adjustedPValue.toFixed(3)}
      </span>
    </td>
  );
}

/** With a true minus sign. */
const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
