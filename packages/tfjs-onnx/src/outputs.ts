import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from './proto/onnx_pb.ts';

/**
 * Names of the tensors that the nodes of an `.onnx` file compute, in the file's order, which is that of computation.
 *
 * @returns None if there is no graph in it.
 * @throws {Error} if the bytes aren't what protobuf writes.
 */
export function nodeOutputs(model: Uint8Array): string[] {
  const { graph } = fromBinary(ModelProtoSchema, model, { readUnknownFields: false });
  return (graph?.node ?? []).flatMap(({ output }) => output).filter((name) => name !== ''); // an optional output that is left out
}

/** The same `.onnx` file with more outputs, of tensors that its nodes compute. What is an output already stays what it is. */
export function withOutputs(model: Uint8Array, names: readonly string[]): Uint8Array<ArrayBuffer> {
  const { graph } = fromBinary(ModelProtoSchema, model, { readUnknownFields: false });
  const output = names.filter((name) => !graph?.output.some((existing) => existing.name === name)).map((name) => ({ name }));
  const more = toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: { output } }));
  const bytes = new Uint8Array(model.length + more.length);
  bytes.set(model);
  bytes.set(more, model.length); // protobuf merges a field that comes twice, and appends the items of its lists
  return bytes;
}
