#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);
if (existsSync(built)) {
  const { runProcess } = await import(built.href);
  const code = await runProcess();
  // ONNX Runtime's threads and sharp's would keep the process alive; what was written to a pipe has to leave first.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
} else {
  console.error('rddpm is not built yet: run `npm start` once, or `npm run build`, at the top of the repository.');
  process.exit(1);
}
