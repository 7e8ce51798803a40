/** A text file inside of the page, for a link with `download`. */
export function dataUrl(type: string, text: string): string {
  return `data:${type};charset=utf-8,${encodeURIComponent(text)}`;
}
