import domino from '@mixmark-io/domino';
import { expect } from 'vitest';

export function parse(page: string): Document {
  return domino.createDocument(page) as Document;
}

/** domino's lists can't be iterated. */
export function all(root: ParentNode, selector: string): Element[] {
  return Array.from(root.querySelectorAll(selector));
}

export function textOf(element: Element | null): string {
  return element!.textContent!.trim().replace(/\s+/g, ' ');
}

export function expectNoRequests(page: string): void {
  for (const element of all(parse(page), '[src], [href], [srcset], [action]')) {
    for (const name of ['src', 'href', 'srcset', 'action']) expect(element.getAttribute(name) ?? '#').toMatch(/^(data:|#)/);
  }
  expect(page).not.toMatch(/<script|<link|@import|url\(|https?:\/\//);
}

/** Links and labels within the page have their targets, and no id is given twice. */
export function expectSoundReferences(page: string): void {
  const document = parse(page);
  const ids = all(document, '[id]').map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const link of all(document, 'a[href^="#"]')) expect(ids).toContain(link.getAttribute('href')!.slice(1));
  for (const labelled of all(document, '[aria-labelledby]')) expect(ids).toContain(labelled.getAttribute('aria-labelledby'));
}

/** Every picture and plot has words, and no heading skips a level. */
export function expectDescribed(page: string): void {
  const document = parse(page);
  for (const picture of all(document, 'img')) expect(picture.getAttribute('alt')).toBeTruthy();
  for (const plot of all(document, '[role="img"]')) expect(plot.getAttribute('aria-label')).toBeTruthy();
  const levels = all(document, 'h1, h2, h3, h4').map(({ tagName }) => Number(tagName[1]));
  for (const [index, level] of levels.entries()) expect(level).toBeLessThanOrEqual((levels[index - 1] ?? 0) + 1);
}
