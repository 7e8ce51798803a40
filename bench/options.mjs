import { parseArgs } from 'node:util';

/** `[--rounds N] [--steps N] [--case NAME]… [--json]`, checked. */
export function readOptions(cases, defaults) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: defaults.rounds },
      steps: { type: 'string', default: defaults.steps },
      case: { type: 'string', multiple: true, default: Object.keys(cases) },
      json: { type: 'boolean', default: false },
    },
  });
  const unknown = values.case.find((name) => !(name in cases));
  if (unknown) throw new Error(`--case ${unknown}: the cases are ${Object.keys(cases).join('; ')}`);
  for (const name of ['rounds', 'steps']) {
    if (!/^[1-9]\d*$/.test(values[name])) throw new Error(`--${name} ${values[name]}: it must be a whole number above 0`);
  }
  return { cases: values.case, rounds: Number(values.rounds), steps: values.steps, json: values.json };
}

/** One line of JSON with every measurement, or the ratios to read. */
export function print({ measured, ...report }, json) {
  console.log(json ? JSON.stringify({ ...report, measured }) : JSON.stringify(report, null, 2));
}
