// `npm run tensorflow` builds the native addon of @tensorflow/tfjs-node, so that tests run on TensorFlow, too, wherever PyPI is reachable.
// tfjs-node's own install script takes libtensorflow from a storage bucket; this one takes it from PyPI's wheel tensorflow-cpu. Linux on
// x86-64, with python3, pip and a C++ compiler. The results stay in .tensorflow/ (680 MB): run again, it has nothing to do.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { include_dir as napiHeaders } from 'node-api-headers';

// tfjs-node 4.22 is made for TensorFlow 2.9; operations keep their meaning within TensorFlow 2, and every test passes on this one.
const TENSORFLOW = '2.18.0';
const WHEEL_SHA256 = '089e71746960ea581dca53401f84b3b99c8537313e337a9e5dbf97036a936f7e';
const WHEEL = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--platform', 'manylinux_2_17_x86_64'];
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']; // the C API is in the first
const HEADERS = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/platform/', 'xla/tsl/c/'];
const NAPI_VERSION = 8; // the newest that tfjs-node's package.json names

const UNPACK = `
import glob, sys, zipfile
folder, *wanted = sys.argv[1:]
with zipfile.ZipFile(*glob.glob(folder + '/*.whl')) as wheel:
    wheel.extractall(folder, [name for name in wheel.namelist() if name.startswith(tuple(wanted))])
`;

if (process.platform !== 'linux' || process.arch !== 'x64') {
  throw new Error(`this builds on Linux on x86-64; on ${process.platform} ${process.arch} try 'npm rebuild @tensorflow/tfjs-node'`);
}
if (Number.parseInt(process.versions.node, 10) > 22)
  throw new Error(`tfjs-node works on Node 20 and 22; this is Node ${process.versions.node}`);

const requireFromBackend = createRequire(new URL('../packages/backend/package.json', import.meta.url));
const tfjsNode = dirname(requireFromBackend.resolve('@tensorflow/tfjs-node/package.json'));
const cache = fileURLToPath(new URL('../.tensorflow', import.meta.url));
const addon = join(cache, 'tfjs_binding.node');
const stamp = join(cache, 'made-of.txt');
const madeOf = [
  `tensorflow-cpu ${TENSORFLOW}`,
  `@tensorflow/tfjs-node ${requireFromBackend('@tensorflow/tfjs-node/package.json').version}`,
  `node-api-headers ${createRequire(import.meta.url)('node-api-headers/package.json').version}\n`,
].join('\n');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== madeOf) build();
link();
const version = run(process.execPath, ['-p', "require('@tensorflow/tfjs-node').backend().binding.TF_Version"], { cwd: dirname(tfjsNode) });
console.log(`tfjs-node runs on TensorFlow ${version.trim()}`);

function build() {
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache);
  const work = mkdtempSync(join(cache, 'work-'));
  console.error(`downloading the wheel of tensorflow-cpu ${TENSORFLOW} (230 MB) …`);
  writeFileSync(join(work, 'requirements.txt'), `tensorflow-cpu==${TENSORFLOW} --hash=sha256:${WHEEL_SHA256}\n`);
  const download = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    ...WHEEL,
    '--dest',
    work,
    '-r',
    join(work, 'requirements.txt'),
  ];
  run('python3', download);
  run('python3', [
    '-c',
    UNPACK,
    work,
    ...LIBRARIES.map((name) => `tensorflow/${name}`),
    ...HEADERS.map((name) => `tensorflow/include/${name}`),
  ]);
  for (const name of LIBRARIES) renameSync(join(work, 'tensorflow', name), join(cache, name));

  console.error('compiling …');
  // C APIs on both sides: neither Node's version nor the C++ ABI matters
  const includes = [napiHeaders, join(work, 'tensorflow/include'), tfjsNode].map((folder) => `-I${folder}`);
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(tfjsNode, 'binding', name));
  const linking = [`-L${cache}`, ...LIBRARIES.map((name) => `-l:${name}`), '-Wl,-rpath,$ORIGIN'];
  run('c++', ['-shared', '-fPIC', '-O2', '-std=c++17', `-DNAPI_VERSION=${NAPI_VERSION}`, ...includes, ...sources, ...linking, '-o', addon]);
  rmSync(work, { recursive: true });
  writeFileSync(stamp, madeOf);
}

/** Where tfjs-node looks for it. Node follows the link, and so finds the libraries beside the addon. */
function link() {
  const place = join(tfjsNode, `lib/napi-v${NAPI_VERSION}/tfjs_binding.node`);
  mkdirSync(dirname(place), { recursive: true });
  rmSync(place, { force: true });
  symlinkSync(addon, place);
}

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}
