import { expect, test } from 'vitest';
import { rddpm } from './run-main.ts';

test('rddpm doctor tries each backend by computing with it', async () => {
  const { code, stdout } = await rddpm(['doctor', '--json']);
  const { findings } = JSON.parse(stdout) as { findings: { what: string; ok: boolean; detail: string }[] };
  expect(findings.map(({ what }) => what)).toEqual(['Node.js', 'processor', 'memory', 'disk', 'backend onnx', 'backend cpu']);
  expect(findings.find(({ what }) => what === 'Node.js')).toMatchObject({ ok: true, detail: process.versions.node });
  expect(findings.find(({ what }) => what === 'backend cpu')).toMatchObject({ ok: true });
  expect(findings.find(({ what }) => what === 'backend onnx')?.detail).toMatch(/ONNX Runtime/);
  expect(code).toBe(0);
});
