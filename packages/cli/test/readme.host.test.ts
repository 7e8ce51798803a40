import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rddpm, temporaryFolder } from './run-main.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text]) => text!);

test("the README's commands work one after the other, and print what it says", async () => {
  const cwd = temporaryFolder();
  const [, commands] = blocks('sh');
  let printed = '';
  for (const line of commands!.trim().split('\n')) {
    const { code, stdout, stderr } = await rddpm(line.split(' ').slice(1), { cwd });
    expect(code, `${line}\n${stderr}`).toBe(0);
    printed += stdout;
  }
  const rounded = (text: string) => text.replace(/(?<=at least \d\.\d)\d+/, '…'); // processors add up in other orders, 200 steps long
  expect(rounded(printed.replaceAll(`${cwd}/`, ''))).toBe(rounded(blocks('text')[0]!));
});

test('every command has its row', async () => {
  const { stdout } = await rddpm(['--help']);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name).filter((name) => name !== 'help');
  expect(commands.length).toBeGreaterThan(8);
  for (const command of commands) expect(readme).toContain(`| \`rddpm ${command}`);
});
