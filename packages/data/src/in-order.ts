const AHEAD = 8; // enough to keep a decoder's threads busy, few enough to hold in memory

/** Calls `work` on each item, a few at once, and yields the results in the items' order; a failure is yielded in its turn, too. */
export async function* inOrder<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): AsyncGenerator<{ readonly item: T; readonly result: PromiseSettledResult<R> }> {
  const start = async (item: T) => ({ item, result: (await Promise.allSettled([work(item)]))[0] });
  const running: ReturnType<typeof start>[] = [];
  for (const item of items) {
    running.push(start(item));
    if (running.length >= AHEAD) yield await running.shift()!;
  }
  for (const rest of running) yield await rest;
}
