import type { OnnxRuntime } from '@rddpm/tfjs-onnx';

/** ONNX Runtime as one platform has it. The package's import `#onnx-runtime` is the `loadRuntime` of the platform at hand. */
export type LoadedRuntime = {
  readonly runtime: OnnxRuntime;
  /** For people: 'ONNX Runtime 1.30.0'. */
  readonly title: string;
  readonly threads: number;
  /** Names of the execution providers that this build of the runtime has. Whether their hardware is there, a session shows. */
  readonly providers: readonly string[];
};

export type RuntimeWishes = {
  /** @defaultValue as many as there are */
  readonly threads?: number | undefined;
  readonly providers: readonly string[];
};
