import Papa from 'papaparse';

export type Field = string | number | boolean | null | undefined;

/** Rows as CSV after RFC 4180, each line ended by CRLF; null and undefined are empty fields. */
export function csvLines(rows: readonly (readonly Field[])[]): string {
  return `${Papa.unparse(rows as Field[][])}\r\n`;
}
