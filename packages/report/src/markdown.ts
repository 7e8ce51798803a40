import { COLUMNS } from './columns.ts';
import type { Results } from './results.ts';
import { bestOfMethods, footnotes, metricCells, prevalenceNote } from './table-cells.ts';

/** The comparison as a Markdown table, the best value among methods in bold, references last and in italics; notes follow as a paragraph. */
export function resultsMarkdown(results: Results): string {
  const notes = footnotes();
  const best = bestOfMethods(results.methods);
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const referencesLast = [...results.methods].sort((a, b) => Number(a.role === 'reference') - Number(b.role === 'reference'));
  const rows = referencesLast.map((method) => {
    const cells = metricCells(method, notes).map((cell, column) =>
      method.role === 'method' && cell === best[column] ? `**${cell}**` : cell,
    );
    const name = escapeMarkdown(method.name);
    return row([method.role === 'reference' ? `*${name}*` : name, ...cells]);
  });
  const below = [prevalenceNote(results), ...notes.texts.map((text, index) => `(${index + 1}) ${escapeMarkdown(text)}`)].filter(
    (text) => text !== undefined,
  );
  const head = [row(['method', ...COLUMNS.map(({ label }) => label)]), row(['---', ...COLUMNS.map(() => '---:')])];
  return [...head, ...rows, ...(below.length > 0 ? ['', below.join('  \n')] : [])].join('\n');
}

/** A name may hold what Markdown reads as a cell's end, emphasis or HTML. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\|*_`<>[\]]/g, '\\$&').replace(/\s+/g, ' ');
}
