/**
 * HTML that can't be injected into: a template tag that escapes what is put in, unless it was made by the tag itself.
 * File names and commands come from outside, and end up in a page that people open.
 */

declare const trusted: unique symbol;

/** Markup made by {@link html} or vouched for by {@link raw}. */
export type Markup = { readonly markup: string; readonly [trusted]?: never };

type Content = Markup | string | number | null | undefined | false | readonly Content[];

/** Text and attribute values (keep them in double quotes) are escaped, lists are joined, and null, undefined and false leave nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return raw(strings.map((text, index) => text + (index < values.length ? render(values[index]) : '')).join(''));
}

/** Vouches for `markup`: for what a library drew or the style sheet, never for text from outside. */
export function raw(markup: string): Markup {
  return { markup };
}

function render(value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  return isList(value) ? value.map(render).join('') : value.markup;
}

function isList(value: Markup | readonly Content[]): value is readonly Content[] {
  return Array.isArray(value);
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
