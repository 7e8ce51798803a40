// How much do the tests see? `npm run mutants -- [--seed 1] [--minutes 30] [--area losses]… [--in CHECKOUT]… [--json FILE]` changes one thing
// in a source file, as a slip would (a sign, a bound, an index, a constant, a term), and runs the tests of its area (AREAS): a mutant that no test
// notices survives. With several checkouts of the same sources (this one unless told), each suite meets the same mutants, at the same time.
// Sources are changed in place and put back, also after Ctrl-C: don't edit a checkout meanwhile.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';

/** Where mutants are drawn, and the tests that are to notice: one stage after the other, until one does. */
const AREAS = {
  losses: { sources: 'packages/losses/src', stages: [[['node', 'cpu'], ['packages/losses/']]] },
  scheduler: { sources: 'packages/scheduler/src', stages: [[['node', 'cpu'], ['packages/scheduler/']]] },
  trainer: { sources: 'packages/trainer/src', stages: [[['node', 'cpu'], ['packages/trainer/']]] },
  maps: { sources: 'packages/maps/src', stages: [[['node'], ['packages/maps/']]] },
  metrics: { sources: 'packages/metrics/src', stages: [[['node'], ['packages/metrics/']]] },
  translations: {
    sources: 'packages/tfjs-onnx/src/translations',
    stages: [
      [['node'], ['packages/tfjs-onnx/']],
      [['onnx'], []],
      [['node'], ['packages/conformance/']],
    ],
  },
  kernels: {
    sources: 'packages/backend/src/webgpu/kernels',
    stages: [
      [['webgpu-*'], ['packages/backend/']],
      [['webgpu-chromium'], ['packages/conformance/', 'packages/unet/', 'packages/trainer/']],
    ],
  },
};

const STAGE_TIMEOUT = 300_000; // milliseconds: a mutant may loop for ever

const SWAPS = {
  '+': ['sign', '-'],
  '-': ['sign', '+'],
  '*': ['sign', '+'],
  '<': ['bound', '<='],
  '<=': ['bound', '<'],
  '>': ['bound', '>='],
  '>=': ['bound', '>'],
  '&&': ['bound', '||'],
};

const CALL_SWAPS = {
  add: ['sign', 'sub'],
  sub: ['sign', 'add'],
  minimum: ['bound', 'maximum'],
  maximum: ['bound', 'minimum'],
  less: ['bound', 'lessEqual'],
  lessEqual: ['bound', 'less'],
  greater: ['bound', 'greaterEqual'],
  greaterEqual: ['bound', 'greater'],
  'Math.min': ['bound', 'Math.max'],
  'Math.max': ['bound', 'Math.min'],
};

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '30' },
    area: { type: 'string', multiple: true, default: Object.keys(AREAS) },
    in: { type: 'string', multiple: true, default: [fileURLToPath(new URL('..', import.meta.url))] },
    json: { type: 'string' },
  },
});
const checkouts = options.in.map((folder) => resolve(folder));
const uniform = generator(Number(options.seed));
const end = Date.now() + Number(options.minutes) * 60_000;

const pools = options.area.map((area) => ({ area, sites: shuffled(filesOf(AREAS[area].sources).flatMap(sitesIn)) }));

/** What is to be undone when the program is told to end. */
const running = new Set();
const changed = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const undo of [...running, ...changed]) undo();
    process.exit(130);
  });
}

const results = [];
for (const area of options.area) await assertPasses(area);
for (let round = 0; Date.now() < end && pools.some(({ sites }) => sites.length > round); round++) {
  for (const { area, sites } of pools) {
    if (Date.now() > end || !sites[round]) continue;
    const mutant = sites[round];
    const killedBy = await Promise.all(checkouts.map((folder) => meet(folder, mutant, AREAS[area].stages)));
    results.push({ area, ...mutant, killedBy });
    const verdicts = killedBy.map((stage) => stage ?? 'survived').join(' | ');
    console.error(`${area} ${mutant.file}:${mutant.line} ${mutant.operator}: ${mutant.before} -> ${mutant.after}: ${verdicts}`);
  }
}

print(results);
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);

/** Paths below the first checkout; lists of exports are left out. */
function filesOf(sources) {
  return readdirSync(join(checkouts[0], sources), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('index.ts'))
    .map((file) => join(sources, file))
    .sort();
}

/** Every place of a file that can be changed, with what it becomes. */
function sitesIn(file) {
  const text = readFileSync(join(checkouts[0], file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const sites = [];
  const add = (operator, node, after) => {
    const [start, stop] = [node.getStart(source), node.getEnd()];
    sites.push({ file, operator, start, stop, line: lineOf(start), before: text.slice(start, stop), after });
  };
  const lineOf = (at) => source.getLineAndCharacterOfPosition(at).line + 1;
  visit(source);
  return sites;

  function visit(node) {
    if (ts.isThrowStatement(node) || ts.isTypeNode(node) || ts.isImportDeclaration(node)) return;
    if (ts.isCallExpression(node) && /^assert|Error$/.test(node.expression.getText(source))) return; // messages
    if (ts.isBinaryExpression(node)) mutateBinary(node);
    if (ts.isCallExpression(node)) mutateCall(node);
    if (ts.isElementAccessExpression(node) && ts.isNumericLiteral(node.argumentExpression)) {
      add(
        'index',
        node.argumentExpression,
        String(Number(node.argumentExpression.text) === 0 ? 1 : Number(node.argumentExpression.text) - 1),
      );
      return visit(node.expression);
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) add('sign', node, node.operand.getText(source));
    if (ts.isNumericLiteral(node)) add('constant', node, otherThan(node.text));
    if (ts.isTemplateLiteralToken(node) && file.includes('/webgpu/')) mutateShader(node);
    ts.forEachChild(node, visit);
  }

  function mutateBinary(node) {
    const [left, right] = [node.left.getText(source), node.right.getText(source)];
    const token = node.operatorToken;
    if (/^['"`]/.test(left) || /^['"`]/.test(right)) return; // texts
    const swap = SWAPS[token.getText(source)];
    if (swap) add(swap[0], token, swap[1]);
    if (['+', '*'].includes(token.getText(source))) add('dropped term', node, left);
  }

  function mutateCall(node) {
    const name = node.expression.getText(source);
    const swap = CALL_SWAPS[name];
    if (swap) add(swap[0], node.expression, swap[1]);
    if (['add', 'mul', 'sub', 'div'].includes(name) && node.arguments.length === 2) {
      add('dropped term', node, node.arguments[0].getText(source));
    }
  }

  /** WGSL, as text: its operators stand between blanks. */
  function mutateShader(node) {
    const begin = node.getStart(source);
    const shader = node.getText(source);
    for (const match of shader.matchAll(/ (\+|-|\*|<|<=|>|>=|&&) |\b(\d+)(?:u|\.\d*)?\b/g)) {
      const [whole, operator, number] = match;
      const at = begin + match.index + (operator ? 1 : 0);
      const before = operator ?? number;
      const [kind, after] = operator ? SWAPS[operator] : ['constant', otherThan(number)];
      sites.push({ file, operator: kind, start: at, stop: at + before.length, line: lineOf(at), before: whole.trim(), after });
    }
  }
}

/** A number of the same kind that is not the same. */
function otherThan(number) {
  return Number(number) === 0 ? '1' : Number(number) === 1 ? '2' : String(Number(number) / 2);
}

/** A suite that fails without a mutant would seem to notice all of them. */
async function assertPasses(area) {
  const passed = await Promise.all(
    checkouts.map(async (folder) => {
      for (const [projects, tests] of AREAS[area].stages) if (!(await passes(folder, projects, tests))) return false;
      return true;
    }),
  );
  const broken = checkouts.find((_, i) => !passed[i]);
  if (broken) throw new Error(`${broken}: the tests of ${area} fail without a mutant`);
}

/** Runs the stages in a checkout with the mutant in it. @returns The project that noticed. */
async function meet(folder, { file, start, stop, before, after }, stages) {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  if (!text.slice(start, stop).startsWith(before.slice(0, stop - start))) throw new Error(`${path} is not the file of ${checkouts[0]}`);
  const restore = () => writeFileSync(path, text);
  changed.add(restore);
  try {
    writeFileSync(path, text.slice(0, start) + after + text.slice(stop));
    for (const [projects, tests] of stages) if (!(await passes(folder, projects, tests))) return projects.join('+');
    return null;
  } finally {
    restore();
    changed.delete(restore);
  }
}

function passes(cwd, projects, tests) {
  const args = [
    'run',
    ...projects.flatMap((name) => ['--project', name]),
    '--bail',
    '1',
    '--passWithNoTests',
    '--reporter',
    'dot',
    ...tests,
  ];
  const child = spawn(join(cwd, 'node_modules/.bin/vitest'), args, {
    cwd,
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, CI: 'true' },
  });
  return new Promise((done) => {
    const kill = () => process.kill(-child.pid, 'SIGKILL');
    const timer = setTimeout(kill, STAGE_TIMEOUT);
    running.add(kill);
    child.on('exit', (code) => {
      clearTimeout(timer);
      running.delete(kill);
      done(code === 0);
    });
  });
}

function print(mutants) {
  console.log(['area', 'mutants', ...checkouts.map((folder) => `killed in ${folder}`)].join(' | '));
  for (const area of [...options.area, 'all']) {
    const own = mutants.filter((mutant) => area === 'all' || mutant.area === area);
    console.log([area, own.length, ...checkouts.map((_, i) => own.filter(({ killedBy }) => killedBy[i]).length)].join(' | '));
  }
}

function shuffled(items) {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Numbers in [0, 1) from a seed: splitmix32. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
