export type Field = string | number | boolean | null | undefined;

/** Rows as CSV after RFC 4180, each line ended by CRLF; null and undefined are empty fields. */
export function csvLines(rows: readonly (readonly Field[])[]): string {
  return rows.map((fields) => `${fields.map(quote).join(',')}\r\n`).join('');
}

function quote(field: Field): string {
  const text = String(field ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
