import { readFile } from 'node:fs/promises';
import { format } from 'node:util';
import ts from 'typescript';

const BLOCK = (language: string) => new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm');

/**
 * Runs a README's first `ts` block and returns what it prints, beside the `text` block that says what it prints.
 *
 * @param modules What its imports mean. A test thus gives the example the backend under test.
 */
export async function runReadmeExample(
  readme: URL,
  modules: Readonly<Record<string, unknown>>,
): Promise<{ printed: string; promised: string }> {
  const text = await readFile(readme, 'utf8');
  const [code, promised] = ['ts', 'text'].map((language) => BLOCK(language).exec(text)?.[1]);
  if (code === undefined || promised === undefined) throw new Error(`${readme.pathname} lacks a \`\`\`ts or a \`\`\`text block`);
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(code, { compilerOptions });
  const require = (name: string) => {
    if (!(name in modules)) throw new Error(`${readme.pathname} imports '${name}', which its test doesn't give`);
    return modules[name];
  };
  let printed = '';
  const log = (...values: unknown[]) => {
    printed += `${format(...values)}\n`;
  };
  const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => (...values: unknown[]) => Promise<void>;
  await new AsyncFunction('require', 'exports', 'console', outputText)(require, {}, { log });
  return { printed, promised };
}
