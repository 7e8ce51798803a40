import { expect, test } from 'vitest';
import { rddpm } from './run-main.ts';

type Report = {
  readonly findings: { what: string; ok: boolean; detail: string; optional?: boolean }[];
  readonly auto: { backend: string; device: string; passedOver: Record<string, string> };
};

test('rddpm doctor tries each backend by computing with it, and says which one auto takes and why', async () => {
  const { code, stdout } = await rddpm(['doctor', '--json']);
  const { findings, auto } = JSON.parse(stdout) as Report;
  const backends = ['tensorflow', 'webgpu', 'onnx', 'cpu'];
  expect(findings.map(({ what }) => what)).toEqual([
    ...['Node.js', 'processor', 'memory', 'disk'],
    ...backends.map((name) => `backend ${name}`),
  ]);
  const found = (what: string) => findings.find((finding) => finding.what === what)!;
  expect(found('Node.js')).toMatchObject({ ok: true, detail: process.versions.node });
  expect(found('backend cpu')).toMatchObject({ ok: true });
  expect(found('backend onnx').detail).toMatch(/ONNX Runtime/);
  for (const name of ['tensorflow', 'webgpu']) {
    const { ok, optional } = found(`backend ${name}`);
    expect(ok || optional).toBe(true); // nobody must have them
  }
  expect(Object.keys(auto.passedOver)).toEqual(backends.slice(0, backends.indexOf(auto.backend)));
  expect(auto.device).toBe(found(`backend ${auto.backend}`).detail);
  expect(code).toBe(0);
});

test('rddpm doctor reads well', async () => {
  const { stdout } = await rddpm(['doctor']);
  expect(stdout).toMatch(/^ok {4}Node.js {13}\d+\.\d+\.\d+$/m);
  expect(stdout).toMatch(/^--backend auto takes \w+: .+$/m);
});
