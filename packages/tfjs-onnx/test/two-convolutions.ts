import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../src/proto/onnx_pb.ts';

const FLOAT = 1;

/** `doubled` and `tripled` are of one pixel each: x · 2, and every second pixel of that · 3 in two channels. `y` is `tripled`, cut at 0. */
export const TENSORS = ['doubled', 'tripled', 'y'] as const;

export type TwoConvolutions = {
  /** 0 where any will do. */
  readonly batch: number;
  readonly sides: readonly [height: number, width: number];
  readonly layout: 'nchw' | 'nhwc';
};

/** An `.onnx` file of two convolutions, each of single pixels; its input is transposed first where that is NHWC. */
export function twoConvolutions({ batch, sides, layout }: TwoConvolutions): Uint8Array<ArrayBuffer> {
  const port = (name: string, shape: readonly number[]) => ({
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: shape.map((length) => ({ dimValue: BigInt(length) })) } } },
  });
  const filter = (name: string, shape: readonly number[], values: readonly number[]) => ({
    name,
    dataType: FLOAT,
    dims: shape.map(BigInt),
    rawData: new Uint8Array(Float32Array.from(values).buffer),
  });
  const ints = (name: string, values: readonly number[]) => ({ name, type: 7, ints: values.map(BigInt) });
  const node = (opType: string, input: string[], output: string, attribute: ReturnType<typeof ints>[] = []) => ({
    opType,
    input,
    output: [output],
    attribute,
  });
  const model = create(ModelProtoSchema, {
    irVersion: 9n,
    opsetImport: [{ domain: '', version: 18n }],
    graph: {
      name: 'two convolutions',
      node: [
        ...(layout === 'nhwc' ? [node('Transpose', ['x'], 'planes', [ints('perm', [0, 3, 1, 2])])] : []),
        node('Conv', [layout === 'nhwc' ? 'planes' : 'x', 'twice'], 'doubled'),
        node('Conv', ['doubled', 'thrice'], 'tripled', [ints('strides', [2, 2])]),
        node('Relu', ['tripled'], 'y'),
      ],
      initializer: [filter('twice', [3, 3, 1, 1], [2, 0, 0, 0, 2, 0, 0, 0, 2]), filter('thrice', [2, 3, 1, 1], [3, 0, 0, 0, 0, 3])],
      input: [port('x', layout === 'nchw' ? [batch, 3, ...sides] : [batch, ...sides, 3])],
      output: [{ name: 'y' }],
    },
  });
  return toBinary(ModelProtoSchema, model);
}
