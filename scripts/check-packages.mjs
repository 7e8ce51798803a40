// Packs every public package as it would be published and reads the tarballs with publint (strict) and attw (ESM only).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { filterProblems } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { pack } from './pack.mjs';

const folder = mkdtempSync(join(tmpdir(), 'rddpm-packages-'));
try {
  const tarballs = pack(folder);
  const problems = [];
  for (const tarball of tarballs) {
    const bytes = readFileSync(join(folder, tarball));
    for (const problem of [...missingFiles(bytes), ...(await publintMessages(bytes)), ...(await typeProblems(bytes))]) {
      problems.push(`${tarball}: ${problem}`);
    }
  }
  for (const problem of problems) console.error(problem);
  console.log(
    `${tarballs.length} packed packages: ${problems.length === 0 ? 'publint and attw find nothing' : `${problems.length} problems`}`,
  );
  process.exitCode = problems.length === 0 && tarballs.length > 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

function missingFiles(bytes) {
  const packed = createPackageFromTarballData(bytes);
  return ['README.md', 'LICENSE']
    .filter((file) => !packed.fileExists(`/node_modules/${packed.packageName}/${file}`))
    .map((file) => `no ${file}`);
}

async function publintMessages(bytes) {
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** What attw's profile `esm-only` looks at. Before Node 20.19 `require` can't load ESM, and node10 knows no `exports`. */
async function typeProblems(bytes) {
  const analysis = await checkPackage(createPackageFromTarballData(bytes));
  if (!analysis.types) return ['attw: no types'];
  const problems = ['node16-esm', 'bundler'].flatMap((resolutionKind) => filterProblems(analysis, { resolutionKind }));
  return [...new Set(problems)].map(({ kind, trace, ...where }) => `attw: ${kind} ${JSON.stringify(where)}`);
}
