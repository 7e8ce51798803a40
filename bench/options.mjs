import { parseArgs } from 'node:util';

/** `[--rounds N] [--case NAME]… [--json]` and a whole number for each other name in `defaults`, checked. */
export function readOptions(cases, defaults) {
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: value }])),
      case: { type: 'string', multiple: true, default: Object.keys(cases) },
      json: { type: 'boolean', default: false },
    },
  });
  const { case: chosen, json, rounds, ...others } = values;
  const unknown = chosen.find((name) => !(name in cases));
  if (unknown) throw new Error(`--case ${unknown}: the cases are ${Object.keys(cases).join('; ')}`);
  for (const name of Object.keys(defaults)) {
    if (!/^[1-9]\d*$/.test(values[name])) throw new Error(`--${name} ${values[name]}: it must be a whole number above 0`);
  }
  return { cases: chosen, rounds: Number(rounds), ...others, json };
}

/** One line of JSON with every measurement, or the ratios to read. */
export function print({ measured, ...report }, json) {
  console.log(json ? JSON.stringify({ ...report, measured }) : JSON.stringify(report, null, 2));
}
