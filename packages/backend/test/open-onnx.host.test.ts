import { openOnnx } from '@rddpm/backend/onnx';
import { ConfigError, FormatError } from '@rddpm/core';
import { expect, test } from 'vitest';
import { TENSORS, twoConvolutions } from '../../tfjs-onnx/test/two-convolutions.ts';

const model = twoConvolutions({ batch: 0, sides: [2, 2], layout: 'nchw' });
const x = { shape: [1, 3, 2, 2], data: Float32Array.from({ length: 12 }, (_, i) => i - 6) };

test('inner tensors and outputs come back in the order in which they were asked for', async () => {
  const opened = await openOnnx(model, { taps: ['y', 'doubled'] });
  const [y, doubled] = await opened.run(x);
  opened.dispose();
  expect(y).toEqual({ shape: [1, 2, 1, 1], data: Float32Array.of(0, 12) });
  expect(doubled).toEqual({ shape: x.shape, data: x.data.map((value) => 2 * value) });
});

test('says which lengths its input leaves open', async () => {
  expect((await openOnnx(model, { taps: ['y'] })).inputShape).toEqual([undefined, 3, 2, 2]);
  const any = twoConvolutions({ batch: 1, sides: [0, 0], layout: 'nhwc' });
  expect((await openOnnx(any, { taps: ['y'] })).inputShape).toEqual([1, undefined, undefined, 3]);
});

test('of a tensor that does not exist it names those that do', async () => {
  const opening = openOnnx(model, { taps: ['y', 'layer2', 'x'] });
  await expect(opening).rejects.toThrow(ConfigError);
  await expect(opening).rejects.toThrow(`there is no tensor 'layer2', 'x'; the model has ${TENSORS.join(', ')}`);
  await expect(openOnnx(model, { taps: [] })).rejects.toThrow(/taps is empty; it must name at least one tensor: the model has doubled/);
  await expect(openOnnx(model, { taps: ['y', 'y'] })).rejects.toThrow(/names 'y' twice/);
});

test('what is no ONNX model, or a broken one, is a FormatError', async () => {
  const taps = ['y'];
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  for (const bytes of [new Uint8Array(0), png, new TextEncoder().encode('not a model'), model.subarray(0, model.length - 9)]) {
    const opening = openOnnx(bytes, { taps });
    await expect(opening).rejects.toThrow(FormatError);
    await expect(opening).rejects.toThrow(`these ${bytes.length} bytes are not an ONNX model`);
  }
  const unknownOperator = Uint8Array.from(Buffer.from(Buffer.from(model).toString('latin1').replace('Relu', 'Ru1e'), 'latin1'));
  const opening = openOnnx(unknownOperator, { taps });
  await expect(opening).rejects.toThrow(FormatError);
  await expect(opening).rejects.toThrow(/can't open the model on cpu: .*Ru1e/);
});
