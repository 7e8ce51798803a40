import { create, toBinary } from '@bufbuild/protobuf';
import { ELEMENT_TYPE } from './data-types.ts';
import type { Attribute, Graph, Port } from './graph.ts';
import { type AttributeProtoSchema, ModelProtoSchema } from './proto/onnx_pb.ts';

/** ONNX 1.16's operators: what ONNX Runtime 1.17 and newer run. */
const OPSETS = [
  { domain: '', version: 18n },
  { domain: 'com.microsoft', version: 1n },
  { domain: 'com.microsoft.nchwc', version: 1n },
];

/** The bytes of an `.onnx` file. */
export function encodeModel(graph: Graph): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: 9n,
    producerName: '@rddpm/tfjs-onnx',
    opsetImport: OPSETS,
    graph: {
      name: 'traced',
      node: graph.nodes.map(({ operator, domain, inputs, outputs, attributes }) => ({
        opType: operator,
        domain,
        input: [...inputs],
        output: [...outputs],
        name: outputs[0] ?? '',
        attribute: Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value)),
      })),
      initializer: graph.initializers.map(({ name, type, shape, values }) => ({
        name,
        dataType: ELEMENT_TYPE[type],
        dims: shape.map(BigInt),
        rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      })),
      input: graph.inputs.map(encodePort),
      output: graph.outputs.map(encodePort),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

type AttributeInit = Parameters<typeof create<typeof AttributeProtoSchema>>[1];

function encodeAttribute(name: string, value: Attribute): NonNullable<AttributeInit> {
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') return { name, type: 2, i: BigInt(value) };
  if ('float' in value) return { name, type: 1, f: value.float };
  return { name, type: 7, ints: value.map(BigInt) };
}

const encodePort = ({ name, type, shape }: Port) => ({
  name,
  type: { tensorType: { elemType: ELEMENT_TYPE[type], shape: { dim: shape.map((length) => ({ dimValue: BigInt(length) })) } } },
});
