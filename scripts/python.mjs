// `npm run python` installs what Python is compared with: diffusers, PyTorch, scikit-learn, in the versions of scripts/goldens/requirements.txt.
// They go into .python/ (1.3 GB; more where PyPI's PyTorch comes with CUDA). Prints the interpreter's path; run again, it has nothing to do.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../.python', import.meta.url));
const requirements = fileURLToPath(new URL('goldens/requirements.txt', import.meta.url));
const stamp = `${folder}/made-of.txt`;
const python = `${folder}/bin/python`;

/** The interpreter, if everything is installed. */
export function installedPython() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(requirements, 'utf8') ? python : undefined;
}

/** @returns The interpreter. */
export function preparePython() {
  if (installedPython()) return python;
  run('python3', '-m', 'venv', '--clear', folder);
  run(python, '-m', 'pip', 'install', '--quiet', '--requirement', requirements);
  writeFileSync(stamp, readFileSync(requirements));
  return python;
}

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`, { cause: error });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(preparePython());
