// Installs the packed packages as a user would, in empty projects with nothing but the npm registry, and trains there on ONNX Runtime.
// Downloads by install scripts are made to fail, as they do behind many firewalls: onnxruntime-node's wants CUDA libraries on Linux x64.
// `node scripts/check-install.mjs [npm] [pnpm] [yarn] [yarn-berry]`; npm and pnpm unless told.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { pack } from './pack.mjs';

const { packageManager } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const ADD = {
  npm: 'npm install',
  pnpm: `npx --yes ${packageManager} add`,
  yarn: 'npx --yes yarn@1.22.22 add',
  'yarn-berry': 'touch yarn.lock && npx --yes @yarnpkg/cli-dist@4.18.1 add',
};

const ENVIRONMENT = {
  GLOBAL_AGENT_HTTPS_PROXY: 'http://127.0.0.1:9', // where onnxruntime-node's script goes to: nobody listens there
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  YARN_NODE_LINKER: 'node-modules',
  YARN_ENABLE_SCRIPTS: 'true',
  YARN_ENABLE_TELEMETRY: 'false',
};

const folder = mkdtempSync(join(tmpdir(), 'rddpm-install-'));
const packed = {}; // tarballs by package
try {
  for (const tarball of pack(join(folder, 'packed'))) {
    packed[tarball.replace(/^rddpm-(.+)-\d+\.\d+\.\d+.*$/, '@rddpm/$1')] = `file:${join(folder, 'packed', tarball)}`;
  }
  const managers = process.argv.length > 2 ? process.argv.slice(2) : ['npm', 'pnpm'];
  for (const manager of managers) {
    if (!(manager in ADD)) throw new Error(`there is no check for '${manager}'; there is one for ${Object.keys(ADD).join(', ')}`);
    if (manager === 'npm') followReadme('tfjs-onnx');
    installAndTrain(manager);
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Runs a README's install command, then its first example, which must print what the README says. */
function followReadme(name) {
  const readme = readFileSync(new URL(`../packages/${name}/README.md`, import.meta.url), 'utf8');
  const block = (language) => new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm').exec(readme)[1].trim();
  const run = createProject(`@rddpm/${name}`);
  run(block('sh'));
  const { outputText } = ts.transpileModule(block('ts'), { compilerOptions: { module: 'esnext', target: 'es2022' } });
  const printed = run(`node --input-type=module --eval '${outputText.replaceAll("'", "'\\''")}'`);
  if (!printed.trim().endsWith(block('text'))) throw new Error(`the README of ${name} promises\n${block('text')}\nbut prints\n${printed}`);
  console.log(`ok: ${block('sh')}: the README's example prints what it says`);
}

function installAndTrain(manager) {
  const run = createProject('@rddpm/cli');
  run(`${ADD[manager]} @rddpm/cli`);
  const rddpm = 'node node_modules/@rddpm/cli/bin/rddpm.js';
  run(`${rddpm} synth pictures --kind grid --size 16 --train 4 --test-good 1 --test-per-defect 1`);
  const train = `${rddpm} train pictures --out run --size 16 --widths 8,16 --steps 2 --batch 2 --backend onnx --overwrite`;
  try {
    run(train);
  } catch (error) {
    // npm silently leaves an optional dependency out when its install script fails: the command must say what to type
    const advice = /'(npm install [^']+)'/.exec(error.message)?.[1];
    if (manager !== 'npm' || !advice) throw error;
    console.log(`    onnxruntime-node was left out; rddpm advises '${advice}'`);
    run(advice);
    run(train);
  }
  console.log(`ok: ${ADD[manager]} @rddpm/cli: rddpm trains on ONNX Runtime`);
}

/** An empty project that takes our packages from the tarballs. @returns A function that runs a shell command there and returns its stdout. */
function createProject(name) {
  const cwd = mkdtempSync(join(folder, 'project-'));
  const { [name]: own, ...others } = packed;
  const manifest = { private: true, overrides: others, resolutions: others, pnpm: { overrides: others } };
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
  return (command) => {
    const line = command.replace(new RegExp(`${name}(?= |$)`), `${name}@${own}`);
    const { status, stdout, stderr } = spawnSync(line, { cwd, shell: true, encoding: 'utf8', env: { ...process.env, ...ENVIRONMENT } });
    if (status === 0) return stdout;
    throw new Error(`'${command}' failed with status ${status}:\n${stdout}\n${stderr}`);
  };
}
