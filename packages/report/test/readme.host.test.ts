import { readFile, rm, writeFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';

const package_ = new URL('../', import.meta.url);

test('the example of the README prints what it says', async () => {
  const readme = await readFile(new URL('README.md', package_), 'utf8');
  const example = block(readme, 'ts').replaceAll("'@rddpm/report'", "'../src/index.ts'");
  const file = new URL(`test/readme-example-${process.pid}.ts`, package_);
  const print = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await writeFile(file, example);
    await import(file.href);
    expect(print.mock.calls.map(([line]) => line).join('\n')).toBe(block(readme, 'text'));
  } finally {
    print.mockRestore();
    await rm(file, { force: true });
  }
});

function block(markdown: string, language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)\\n\`\`\`$`, 'ms').exec(markdown);
  if (!found) throw new Error(`README.md has no ${language} block`);
  return found[1]!;
}
