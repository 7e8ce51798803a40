import type { TrainEvent, TrainState } from '../src/index.ts';

/** Everything that a run says, and what it returns. */
export async function runToEnd(run: AsyncGenerator<TrainEvent, TrainState>): Promise<{ state: TrainState; events: TrainEvent[] }> {
  const events: TrainEvent[] = [];
  while (true) {
    const { value, done } = await run.next();
    if (done) return { state: value, events };
    events.push(value);
  }
}
