/** What a long run tells those who wait for it. Injected: a command draws bars, a test says nothing. */
export type Reporter = {
  note(text: string): void;
  warn(text: string): void;
  progress(options: { readonly title: string; readonly total: number; readonly from?: number; readonly unit?: string }): Progress;
  /** Aborted when whoever waits wants an end. */
  readonly signal: AbortSignal;
  /** Throws between two pieces of work once the signal is aborted. @param what Was stopped, for people. */
  stopIfInterrupted(what?: string): void;
};

export type Progress = {
  /** @param detail Such as `'loss 0.0213'`. */
  update(done: number, detail?: string): void;
  /** A line of its own, which stays. */
  note(text: string): void;
  stop(): void;
};
