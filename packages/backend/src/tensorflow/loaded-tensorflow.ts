/** TensorFlow as an npm package has it. The package's import `#tensorflow` is the `loadTensorflow` of the platform at hand. */
export type LoadedTensorflow = {
  /** TensorFlow's own version, such as '2.9.1'. */
  readonly version: string;
  /** Whether it computes on one. */
  readonly gpu: boolean;
  /** Inside one operation on the CPU. */
  readonly threads: number;
};

export type TensorflowWishes = {
  /** @defaultValue as many as there are */
  readonly threads?: number | undefined;
  /** Whether computing on the CPU will do. */
  readonly cpu: boolean;
};
