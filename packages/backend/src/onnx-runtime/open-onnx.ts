import { BackendError, ConfigError, FormatError, type OpenedModel } from '@rddpm/core';
import type { OnnxRuntime } from '@rddpm/tfjs-onnx';
import { nodeOutputs, withOutputs } from '@rddpm/tfjs-onnx';
import { type OnnxOptions, type StartedRuntime, startRuntime } from './start.ts';

type Session = Awaited<ReturnType<OnnxRuntime['InferenceSession']['create']>>;

export type OpenOnnxOptions = OnnxOptions & {
  /** Names of the tensors that come back, inner ones, too: whatever the file's nodes compute. */
  readonly taps: readonly string[];
};

/**
 * Opens an `.onnx` file, of one float32 input, so that inner tensors come out of it.
 *
 * @throws {FormatError} if it is no ONNX model, or one that can't be run here; {ConfigError} if it has no such tensor, with those that it
 *   has; {BackendError} if the runtime can't be loaded, lacks an execution provider, or can't open it on one that isn't the CPU.
 */
export async function openOnnx(model: Uint8Array, { taps, ...options }: OpenOnnxOptions): Promise<OpenedModel> {
  assertTaps(taps, namesIn(model));
  const started = await startRuntime(options);
  return opened(await open(withOutputs(model, taps), started), taps, started);
}

function namesIn(model: Uint8Array): string[] {
  const problem = `openOnnx: these ${model.length} bytes are not an ONNX model`;
  let names: string[];
  try {
    names = nodeOutputs(model);
  } catch (cause) {
    throw new FormatError(`${problem}: ${cause}`, { cause });
  }
  if (names.length === 0) throw new FormatError(`${problem}: there is no graph that computes anything`);
  return names;
}

function assertTaps(taps: readonly string[], names: readonly string[]): void {
  const known = () => `the model has ${names.join(', ')}`;
  if (taps.length === 0) throw new ConfigError(`openOnnx: taps is empty; it must name at least one tensor: ${known()}`);
  const twice = taps.find((tap, i) => taps.indexOf(tap) !== i);
  if (twice !== undefined) throw new ConfigError(`openOnnx: taps names '${twice}' twice; once is enough`);
  const unknown = taps.filter((tap) => !names.includes(tap));
  if (unknown.length > 0) throw new ConfigError(`openOnnx: there is no tensor ${unknown.map((tap) => `'${tap}'`).join(', ')}; ${known()}`);
}

async function open(model: Uint8Array, { runtime, title, providers, onCpu, session }: StartedRuntime): Promise<Session> {
  try {
    return await runtime.InferenceSession.create(model, session);
  } catch (cause) {
    const problem = `openOnnx: ${title} can't open the model on ${providers.join(', ')}: ${cause}`;
    throw onCpu ? new FormatError(problem, { cause }) : new BackendError(problem, { cause }); // elsewhere it may be the device that fails
  }
}

function opened(session: Session, taps: readonly string[], { runtime }: StartedRuntime): OpenedModel {
  const [input, ...others] = session.inputMetadata;
  if (!input?.isTensor || others.length > 0) {
    throw new FormatError(`openOnnx: the model has the inputs ${session.inputNames.join(', ')}; it must have one, a tensor`);
  }
  for (const port of [input, ...session.outputMetadata.filter(({ name }) => taps.includes(name))]) {
    const type = port.isTensor ? port.type : 'no tensor';
    if (type !== 'float32') throw new FormatError(`openOnnx: '${port.name}' is ${type}; it must be float32`);
  }
  return {
    inputShape: input.shape.map((length) => (typeof length === 'number' && length > 0 ? length : undefined)),
    async run({ shape, data }) {
      const results = await session.run({ [input.name]: new runtime.Tensor('float32', data, shape) }, taps);
      return taps.map((tap) => {
        const { dims, data } = results[tap]!;
        return { shape: dims, data: data as Float32Array };
      });
    },
    dispose: () => void session.release(),
  };
}
