/**
 * Attributes that put `markup` into an element as it is; all other text of a page is escaped by the renderer.
 * For what this package or a library wrote (the style sheet, a plot), never for text from outside.
 */
export function unescaped(markup: string): { dangerouslySetInnerHTML: { __html: string } } {
  return { dangerouslySetInnerHTML: { __html: markup } };
}
