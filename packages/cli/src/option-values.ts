/** Parsers of options' values. */
import { InvalidArgumentError, Option } from 'commander';

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
  };
}

/** A number within `[least, most]`; `above` and `below` leave the bound itself out. */
export function number(options: { least?: number; above?: number; most?: number; below?: number } = {}): (text: string) => number {
  const {
    least = Number.NEGATIVE_INFINITY,
    above = Number.NEGATIVE_INFINITY,
    most = Number.POSITIVE_INFINITY,
    below = Number.POSITIVE_INFINITY,
  } = options;
  return (text) => {
    const value = Number(text);
    if (text.trim() && Number.isFinite(value) && value >= least && value > above && value <= most && value < below) return value;
    const bounds = [
      Number.isFinite(above) ? `above ${above}` : Number.isFinite(least) ? `of at least ${least}` : '',
      Number.isFinite(below) ? `below ${below}` : Number.isFinite(most) ? `at most ${most}` : '',
    ].filter(Boolean);
    throw new InvalidArgumentError(`It must be a number${bounds.length ? ` ${bounds.join(' and ')}` : ''}.`);
  };
}

/** A word out of `choices`, as one of a `list`; for an option with a single word there is `choice`, whose message this one repeats. */
export function oneOf(choices: readonly string[]): (text: string) => string {
  return (text) => {
    if (choices.includes(text)) return text;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
  };
}

/** `0.2,0.1` and the like. */
export function list<Value>(parse: (text: string) => Value): (text: string) => Value[] {
  return (text) => text.split(',').map((part) => parse(part.trim()));
}

export function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices);
}
