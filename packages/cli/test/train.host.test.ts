import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { rddpm, temporaryFolder } from './run-main.ts';
import { TINY, TINY_DETECTION, writeTinyDataset } from './tiny-data-set.ts';

vi.setConfig({ testTimeout: 180_000 }); // whole runs, on machines that may be busy

async function folderWithData(images?: number): Promise<string> {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'), images);
  return cwd;
}

/** What can be continued: nothing follows the number of steps. */
const PLAIN = ['--no-first-look', '--selection', 'none', '--learning-rate-schedule', 'constant', '--warmup', '0'];

const train = (cwd: string, ...options: string[]) =>
  rddpm(['train', 'data', '--out', 'run', ...TINY, ...TINY_DETECTION, ...PLAIN, ...options], { cwd });
const bytes = (cwd: string, file: string) => readFileSync(join(cwd, 'run', file));
const json = (cwd: string, file: string) => JSON.parse(bytes(cwd, file).toString());
const WEIGHTS = 'model/unet/diffusion_pytorch_model.safetensors';

describe('rddpm train', () => {
  test('leaves a run folder as the design has it', async () => {
    const cwd = await folderWithData();
    const { code, stdout, stderr } = await train(
      cwd,
      '--steps',
      '3',
      '--loss',
      'huber',
      '--contamination',
      '0.2',
      '--checkpoint-every',
      '2',
    );
    expect(stderr).toBe('');
    expect(stdout).toBe('run: trained 3 steps\n');
    expect(code).toBe(0);
    expect(readdirSync(join(cwd, 'run')).sort()).toEqual(['checkpoint', 'config.json', 'contamination.json', 'metrics.jsonl', 'model']);
    expect(readdirSync(join(cwd, 'run/checkpoint')).sort()).toEqual(['newest.safetensors', 'previous.safetensors']);
    expect(json(cwd, 'config.json')).toMatchObject({
      version: 2,
      method: 'rddpm-huber',
      config: { loss: { name: 'huber', delta: 0.2 }, training: { steps: 3, batchSize: 2 } },
    });
    const contamination = json(cwd, 'contamination.json');
    expect(contamination).toMatchObject({ protocol: { ratio: 0.2, of: 'normals', overlap: false }, normals: 10, contaminants: 2, seed: 0 });
    expect(contamination.samples[0]).toMatchObject({ path: 'train/good/000.png', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(json(cwd, 'model/model_index.json')).toMatchObject({ unet: ['diffusers', 'UNet2DModel'] });
    expect(json(cwd, 'model/unet/config.json')).toMatchObject({ sample_size: 16, block_out_channels: [8, 16] });
    expect(json(cwd, 'model/scheduler/scheduler_config.json')).toMatchObject({ num_train_timesteps: 1000 });
    expect(json(cwd, 'model/rddpm.json')).toMatchObject({
      version: 2,
      method: 'rddpm-huber',
      input: { width: 16, height: 16, channels: 3 },
      threshold: { falseAlarms: 0.05, images: 12 },
    });
    expect(json(cwd, 'model/rddpm.json').threshold.value).toBeGreaterThan(0);
    const lines = bytes(cwd, 'metrics.jsonl')
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ step: 3, learningRate: 2e-3 });
  });

  test('stopped and resumed, ends with the weights of a run that was not', async () => {
    const cwd = await folderWithData();
    await train(cwd, '--steps', '5', '--contamination', '0.2');
    const whole = bytes(cwd, WEIGHTS);
    expect((await train(cwd, '--steps', '2', '--contamination', '0.2', '--overwrite')).code).toBe(0);
    expect(bytes(cwd, WEIGHTS).equals(whole)).toBe(false);
    const { code, stderr } = await train(cwd, '--steps', '5', '--resume');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(bytes(cwd, WEIGHTS).equals(whole)).toBe(true);
    expect(json(cwd, 'model/rddpm.json').config.training.steps).toBe(5);
  });

  test('after Ctrl-C writes a checkpoint and ends with 130; another run goes on from it', async () => {
    const cwd = await folderWithData();
    const controller = new AbortController();
    const running = rddpm(['train', 'data', '--out', 'run', ...TINY, ...TINY_DETECTION, ...PLAIN, '--steps', '100000'], {
      cwd,
      signal: controller.signal,
    });
    const metrics = join(cwd, 'run/metrics.jsonl');
    await vi.waitUntil(() => existsSync(metrics) && readFileSync(metrics).includes('\n'), { timeout: 60_000 }); // ten steps
    controller.abort('SIGINT');
    const { code, stderr } = await running;
    expect(stderr).toMatch(/stopped after step \d+ of 100000, its state is in .*checkpoint; go on with --resume \(SIGINT\)/);
    expect(code).toBe(130);
    const done = Number(/after step (\d+)/.exec(stderr)?.[1]);
    expect(readdirSync(join(cwd, 'run'))).not.toContain('model');
    const resumed = await rddpm(['train', 'data', '--out', 'run', '--resume', '--steps', `${done + 1}`], { cwd });
    expect(resumed.stderr).toContain(`going on after step ${done}`);
    expect(resumed.code).toBe(0);
  });

  test('takes the previous checkpoint where the newest was cut short, and says so', async () => {
    const cwd = await folderWithData();
    await train(cwd, '--steps', '4', '--checkpoint-every', '2');
    const whole = bytes(cwd, WEIGHTS);
    rmSync(join(cwd, 'run/model'), { recursive: true });
    truncateSync(join(cwd, 'run/checkpoint/newest.safetensors'), 1000);
    const { code, stderr } = await train(cwd, '--resume');
    expect(stderr).toMatch(/^warning: .*newest\.safetensors: .*cut short.*; going on from .*previous\.safetensors instead\n$/);
    expect(code).toBe(0);
    expect(bytes(cwd, WEIGHTS).equals(whole)).toBe(true);
  });

  test('does not write into a folder that is in use', async () => {
    const cwd = await folderWithData();
    await train(cwd, '--steps', '1');
    const { code, stderr } = await train(cwd, '--steps', '1');
    expect(stderr).toMatch(/run is not empty; give --resume to go on, --overwrite to begin anew, or another --out/);
    expect(code).toBe(2);
    expect((await train(cwd, '--steps', '1', '--resume', '--overwrite')).code).toBe(2);
  });

  test('--resume begins where there is nothing yet, and keeps out of a folder that is no run', async () => {
    const cwd = await folderWithData();
    expect((await train(cwd, '--steps', '1', '--resume')).code).toBe(0);
    rmSync(join(cwd, 'run/config.json'));
    const { code, stderr } = await train(cwd, '--steps', '1', '--resume');
    expect(stderr).toMatch(/run is not empty; give --overwrite/);
    expect(code).toBe(2);
  });

  test('--overwrite removes a run, and nothing else', async () => {
    const cwd = await folderWithData();
    await train(cwd, '--steps', '1');
    writeFileSync(join(cwd, 'run/notes.txt'), 'mine');
    expect((await train(cwd, '--steps', '1', '--overwrite')).code).toBe(0);
    expect(bytes(cwd, 'notes.txt').toString()).toBe('mine');
  });

  test('--resume with fewer steps than there are leaves the run as it is', async () => {
    const cwd = await folderWithData();
    await train(cwd, '--steps', '2');
    const before = bytes(cwd, 'config.json');
    const { code, stderr } = await train(cwd, '--resume', '--steps', '1');
    expect(stderr).toMatch(/resume is at step 2; it must be a whole number from 0 to steps, which is 1/);
    expect(code).toBe(2);
    expect(bytes(cwd, 'config.json').equals(before)).toBe(true);
  });

  test('reads single steps, measured by what is normal at each place, where it is told to; detection does the same', async () => {
    const cwd = await folderWithData(16);
    const options = ['--steps', '2', '--reading', 'steps', '--at', '30,100', '--calibration', 'position', '--timesteps', '0-150'];
    expect(
      (
        await train(
          cwd,
          ...options,
          '--learning-rate-schedule',
          'cosine',
          '--warmup',
          '1',
          '--weighting',
          'min-snr',
          '--augment',
          'flip, quarter-turns',
        )
      ).stderr,
    ).toBe('');
    const { calibration, threshold, config } = json(cwd, 'model/rddpm.json');
    expect(config.detection).toMatchObject({ reading: 'steps', timesteps: [30, 100] });
    expect(config.training).toMatchObject({
      timesteps: { from: 0, to: 150 },
      learningRateSchedule: 'cosine',
      weighting: 'min-snr',
      augment: ['flip', 'quarter-turns'],
    });
    expect(calibration).toMatchObject({ kind: 'position', floor: expect.any(Number) });
    expect(threshold.value).toBeGreaterThan(0.5); // in units of what is normal
    const { code } = await rddpm(['detect', 'run', 'data', '--out', 'found', '--quiet'], { cwd });
    expect(code).toBe(0);
    const scores = readFileSync(join(cwd, 'found/scores.csv'), 'utf8').trim().split('\n').slice(1);
    for (const line of scores) expect(Number(line.split(',')[2])).toBeGreaterThan(0.3);
    const beyond = await rddpm(['train', 'data', '--out', 'other', '--timesteps', '0-100', '--quiet'], { cwd });
    expect(beyond.stderr).toMatch(/--timesteps are from 0 to 100, but detection\.timesteps hold 146/);
    expect(beyond.code).toBe(2);
  });

  test('chooses what maps are measured by, and says how it came to it; detection counts false alarms, at any rate', async () => {
    const cwd = await folderWithData(16);
    const loud = TINY.filter((option) => option !== '--quiet');
    const { stderr } = await rddpm(
      ['train', 'data', '--out', 'run', ...loud, ...TINY_DETECTION, '--steps', '2', '--calibration', 'both', '--false-alarms', '0.1'],
      { cwd },
    );
    const { calibration, criteria, threshold } = json(cwd, 'model/rddpm.json');
    expect(stderr).toContain(`calibration: both (a defect stands out at ${criteria.both.toFixed(2)} of what it takes uncalibrated)\n`);
    expect(calibration.appearance.weights).toHaveLength(55);
    expect(threshold).toMatchObject({ falseAlarms: 0.1, images: 16 });
    const detect = async (...options: string[]) => rddpm(['detect', 'run', 'data', '--out', 'found', '--overwrite', ...options], { cwd });
    const own = JSON.parse((await detect('--json', '--quiet')).stdout);
    expect(own).toMatchObject({ threshold: threshold.value, good: { images: 2, expectedShare: 0.1 }, defective: { images: 8 } });
    expect(own.good.falseAlarms + own.defective.found).toBe(own.anomalous);
    const strict = await detect('--false-alarms', '0.02');
    expect(strict.stdout).toMatch(/^found: .*\nfalse alarms: \d of 2 good images \(2 % expected\); \d of 8 defective found\n$/);
    expect(strict.stderr).not.toContain('anew');
    const scale = JSON.parse(readFileSync(join(cwd, 'found/heatmaps/scale.json'), 'utf8'));
    expect(scale.threshold).toBeCloseTo(threshold.value * 5 ** threshold.tail.scale, 10); // of 0.1 and 0.02
    expect((await detect('--smoothing', '2')).stderr).toMatch(/set otherwise than .*: calibration and threshold are made anew/);
    expect((await detect('--false-alarms', '0.1', '--threshold', '1')).stderr).toMatch(/give one of them/);
    const few = await rddpm(['train', 'data', '--out', 'few', '--size', '16', '--method', 'mean-image', '--calibration', 'appearance'], {
      cwd: await folderWithData(),
    });
    expect(few.stderr).toContain('maps stay uncalibrated: that takes 16 training images, and there are 10\n');
    expect(few.code).toBe(0);
  });

  test('--resume refuses another config, and names the field', async () => {
    const cwd = await folderWithData();
    await train(cwd, '--steps', '1');
    const { code, stderr } = await train(cwd, '--resume', '--loss', 'huber');
    expect(stderr).toMatch(/--resume: method is "ddpm" in .*config\.json but "rddpm-huber" here/);
    expect(code).toBe(2);
  });

  test('--resume refuses fewer steps than there are done', async () => {
    const cwd = await folderWithData();
    await train(cwd, '--steps', '3');
    const { code, stderr } = await train(cwd, '--resume', '--steps', '2');
    expect(stderr).toMatch(/resume is at step 3; it must be a whole number from 0 to steps, which is 2/);
    expect(code).toBe(2);
  });

  test('--resume refuses a config with keys that it does not know', async () => {
    const cwd = await folderWithData();
    await train(cwd, '--steps', '1');
    writeFileSync(join(cwd, 'run/config.json'), JSON.stringify({ ...json(cwd, 'config.json'), speed: 1 }));
    const { code, stderr } = await train(cwd, '--resume');
    expect(stderr).toContain('Unrecognized key: "speed"');
    expect(code).toBe(3);
  });

  test('a loss that is not a number ends the run, with the step and the last good state', async () => {
    const cwd = await folderWithData();
    const { code, stderr } = await train(cwd, '--steps', '200', '--learning-rate', '1e30', '--checkpoint-every', '1');
    expect(stderr).toMatch(/step \d+/);
    expect(code).toBe(1);
    expect(readdirSync(join(cwd, 'run/checkpoint'))).toContain('newest.safetensors');
    expect(readdirSync(join(cwd, 'run'))).not.toContain('model');
  });
});

describe('rddpm train on bad input', () => {
  test.each([
    [
      '--minutes and --steps',
      ['--minutes', '5'],
      2,
      /--minutes measures how many steps there is time for, but --steps is 1; leave one of them out/,
      () => {},
    ],
    ['a missing folder', [], 3, /does not exist; it must be a data set's folder/, (data: string) => rmSync(data, { recursive: true })],
    [
      'another layout',
      [],
      3,
      /data has no training images, as its layout mvtec reads it/,
      (data: string) => rmSync(join(data, 'train'), { recursive: true }),
    ],
    [
      'images that do not decode',
      [],
      3,
      /^rddpm: 2 of 10 images can't be used; .*--skip-broken:\n.*train\/good\/003\.png.*\n.*train\/good\/007\.png/,
      (data: string) => {
        for (const name of ['003', '007']) writeFileSync(join(data, `train/good/${name}.png`), 'not a picture');
      },
    ],
    [
      'more contamination than there are defects',
      ['--contamination', '0.9'],
      2,
      /asks for 9 defective images beside 10 normals.*has 8/,
      () => {},
    ],
    ['widths of a named network', ['--network', 'rddpm-64', '--widths', '8,16'], 2, /--widths are the default network's/, () => {}],
    [
      'an augmentation that there is not',
      ['--augment', 'flip,spin'],
      2,
      /--augment.*Allowed choices are flip, flip-vertical, quarter-turns, rotate, shift, brightness\./,
      () => {},
    ],
    [
      'quarter turns of oblongs',
      ['--size', '32x16', '--augment', 'quarter-turns'],
      2,
      /training\.augment holds quarter-turns, but images are 32x16/,
      () => {},
    ],
    [
      'a network that there is not',
      ['--network', 'resnet'],
      2,
      /Allowed choices are rddpm-small, rddpm-64, rddpm-256, ablated, /,
      () => {},
    ],
    ['a size that the network can not halve', ['--size', '30', '--widths', '8,16,16'], 2, /sampleSize 30 is not divisible by 4/, () => {}],
  ] as const)('%s: nothing is written', async (_, options, expected, message, spoil) => {
    const cwd = await folderWithData();
    spoil(join(cwd, 'data'));
    const { code, stderr, stdout } = await train(cwd, '--steps', '1', ...options);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(expected);
    expect(readdirSync(cwd)).not.toContain('run');
  });

  test('--minutes takes a run from its start, methods that have steps, and time for some', async () => {
    const cwd = await folderWithData();
    const refused = async (...options: string[]) => {
      const { code, stderr } = await rddpm(['train', 'data', '--out', 'run', '--size', '16', '--quiet', '--no-first-look', ...options], {
        cwd,
      });
      expect(code).toBe(2);
      return stderr;
    };
    const short = await refused('--widths', '8,16', '--minutes', '0.0001');
    expect(short).toMatch(/a step takes .* so 0\.0001 minutes are 0 steps, .* give it at least [\d.]+ minutes/);
    expect(readdirSync(cwd)).not.toContain('run');
    const late = await refused(
      '--widths',
      '8,16',
      '--batch',
      '2',
      '--minutes',
      '0.05',
      '--selection',
      '{"name":"concentrated","firstChoice":1000000}',
    );
    expect(late).toMatch(/firstChoice is 1000000, but there are/); // not after the training
    expect(await refused('--method', 'mean-image', '--minutes', '1')).toMatch(/--minutes: mean-image has no steps to plan/);
    await train(cwd, '--steps', '1');
    expect(await refused('--resume', '--minutes', '1')).toMatch(/--minutes plans a run from its start; leave it out/);
  });

  test('--skip-broken goes on without them, and records them', async () => {
    const cwd = await folderWithData();
    writeFileSync(join(cwd, 'data/train/good/003.png'), 'not a picture');
    const { code, stderr } = await train(cwd, '--steps', '1', '--skip-broken');
    expect(stderr).toMatch(/^warning: 1 of 10 images can't be used and are left out:\n.*003\.png/);
    expect(code).toBe(0);
    const { samples } = json(cwd, 'contamination.json') as { samples: { path: string; split: unknown; why?: string }[] };
    expect(samples.find(({ path }) => path === 'train/good/003.png')).toMatchObject({ split: null, why: "left out: it can't be used" });
  });

  test('a run folder can be moved', async () => {
    const cwd = await folderWithData();
    await train(cwd, '--steps', '1');
    cpSync(join(cwd, 'run'), join(cwd, 'elsewhere'), { recursive: true });
    rmSync(join(cwd, 'run'), { recursive: true });
    expect((await rddpm(['detect', 'elsewhere', 'data', '--out', 'found', '--quiet'], { cwd })).code).toBe(0);
  });
});
