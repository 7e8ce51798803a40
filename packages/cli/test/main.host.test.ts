import { ConfigError, FormatError } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { exitCode, GateError } from '../src/exit-code.ts';
import { InterruptedError } from '../src/io.ts';
import { rddpm } from './run-main.ts';

describe('rddpm', () => {
  test('--help lists every command on stdout', async () => {
    const { code, stdout, stderr } = await rddpm(['--help']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const name of ['demo', 'synth', 'verify', 'train', 'detect', 'evaluate', 'benchmark', 'export', 'doctor']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
  });

  test('--version prints the version alone', async () => {
    const { code, stdout } = await rddpm(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each(['demo', 'synth', 'verify', 'train', 'detect', 'evaluate', 'benchmark', 'export', 'doctor'])(
    '%s --help ends with 0',
    async (name) => {
      const { code, stdout } = await rddpm([name, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: rddpm ${name}`);
    },
  );

  test.each([
    ['no command at all', [], /Usage: rddpm/],
    ['an unknown command', ['trian'], /unknown command 'trian'\n\(Did you mean train\?\)/],
    [
      'an unknown option, with a suggestion',
      ['train', 'x', '--out', 'y', '--contaminatoin', '0.2'],
      /'--contaminatoin'\n\(Did you mean --contamination\?\)/,
    ],
    ['a missing argument', ['verify'], /missing required argument 'dataset'/],
    ['a missing --out', ['train', 'x'], /'--out <run>' not specified/],
    ['too many arguments', ['verify', 'a', 'b'], /too many arguments/],
    [
      'steps that are no number',
      ['train', 'x', '--out', 'y', '--steps', 'many'],
      /'many' is invalid. It must be a whole number of at least 1/,
    ],
    ['steps that are not whole', ['train', 'x', '--out', 'y', '--steps', '1.5'], /whole number/],
    ['a share to keep above 1', ['train', 'x', '--out', 'y', '--keep', '1.1'], /above 0 and at most 1/],
    ['a negative ratio', ['train', 'x', '--out', 'y', '--contamination', '-0.2'], /of at least 0/],
    ['a loss that is not there', ['train', 'x', '--out', 'y', '--loss', 'hubr'], /unknown loss "hubr"; did you mean 'huber'/],
    ['a metric that is not there', ['evaluate', 'x', 'y', '--min', 'auc=0.9'], /the metrics are pixel.auroc, /],
    [
      'two data sets of one name',
      ['benchmark', 'a/x', 'b/x', '--out', 'c'],
      /two data sets are called x; their results would go to one folder/,
    ],
    ['an unknown method', ['benchmark', 'a', '--methods', 'ddpm,padimm', '--out', 'c'], /'padimm' is unknown; the methods are ddpm, /],
  ])('%s ends with 2', async (_, argv, message) => {
    const { code, stdout, stderr } = await rddpm(argv);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('says nothing of where an error was thrown, unless asked', async () => {
    const argv = ['verify', 'no-such-folder'];
    expect((await rddpm(argv)).stderr).not.toMatch(/\n\s+at /);
    expect((await rddpm(['--verbose', ...argv])).stderr).toMatch(/\n\s+at /);
  });
});

describe('exitCode', () => {
  test.each([
    [1, new Error('x')],
    [1, 'x'],
    [2, new ConfigError('x')],
    [3, new FormatError('x')],
    [4, new GateError('x')],
    [130, new InterruptedError('SIGINT')],
    [143, new InterruptedError('SIGTERM')],
  ])('%i for %s', (code, error) => {
    expect(exitCode(error)).toBe(code);
  });
});
