export type GpuWishes = {
  /** Whether an adapter that computes on the CPU will do. */
  readonly software: boolean;
};

/** WebGPU as one platform has it. The package's import `#gpu` is the `loadGpu` of the platform at hand. */
export type LoadedGpu = {
  readonly gpu: GPU;
  /** Puts it where TensorFlow.js looks for it, if it isn't there. */
  readonly install: () => void;
  /** Why there may be no adapter. */
  readonly withoutAdapter: string;
};
