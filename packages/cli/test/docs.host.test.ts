/** The commands of pages that need no Python: they run, and print what the page says. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rddpm, temporaryFolder } from './run-main.ts';

const pageCalled = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

/** Each block of commands, and the block of output right after it. */
const steps = (page: string) =>
  [...page.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```)?/gm)].map(([, commands = '', text]) => ({ commands, text }));

/** What the pages leave out: progress, and how maps are calibrated. */
const UNSAID = /^(?:\w+: \d+\/\d+ \||calibration: |train: maps stay uncalibrated).*\n/gm;

/** Runs our commands one after the other, and what is between them by a shell. @returns What was printed, and whether a command of ours failed. */
async function run(commands: string, cwd: string): Promise<{ printed: string; failed: boolean }> {
  let [printed, failed] = ['', false];
  for (const piece of commands.match(/^npx rddpm .*\n|(?:^(?!npx rddpm ).*\n)+/gm)!) {
    if (piece.startsWith('npx rddpm ')) {
      const { code, stdout, stderr } = await rddpm(piece.trim().split(' ').slice(2), { cwd });
      const said = stderr.replaceAll(UNSAID, '');
      const end = code === 0 ? said.length : said.search(/^rddpm: /m);
      printed += said.slice(0, end) + stdout + said.slice(end);
      failed ||= code !== 0;
    } else printed += execFileSync('sh', ['-ec', piece], { cwd, encoding: 'utf8' });
  }
  return { printed: printed.replaceAll(`${cwd}/`, ''), failed };
}

test.each(['data.md', 'contamination.md', 'metrics.md'])('docs/%s: its commands run in turn, and print what it says', async (name) => {
  const page = pageCalled(name);
  const cwd = temporaryFolder();
  let compared = 0;
  for (const { commands, text } of steps(page)) {
    const { printed, failed } = await run(commands, cwd);
    if (text !== undefined) expect(printed, commands).toBe(text);
    expect(failed, `${commands}\n${printed}`).toBe(/^rddpm: /m.test(text ?? '')); // a page says so where a command is to fail
    if (text !== undefined) compared++;
  }
  expect(compared).toBe(page.match(/^```text$/gm)?.length);

  for (const [, excerpt = ''] of page.matchAll(/^```json\n([\s\S]*?)^```/gm)) {
    const { samples: some, ...counts } = JSON.parse(`{${excerpt.trim().replace(/,$/, '')}]}`);
    const manifest = JSON.parse(readFileSync(join(cwd, 'runs/fifth/contamination.json'), 'utf8'));
    const samples = manifest.samples.map((sample: object) => ({ ...sample, sha256: expect.any(String) })); // the page cuts hashes short
    expect(manifest).toMatchObject(counts);
    expect(some.length).toBeGreaterThan(2);
    for (const sample of some) expect(samples).toContainEqual(sample);
  }
});
