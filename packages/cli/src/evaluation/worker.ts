/** A thread that makes both passes over its share of the images, which is its `workerData`. See `run-passes.ts` for what is said. */
import { parentPort, workerData } from 'node:worker_threads';
import { firstPass, type Group, type Share, secondPass } from './passes.ts';
import type { Message } from './run-passes.ts';

const port = parentPort!;
const share = workerData as Share;
const say = (message: Message, ...buffers: ArrayBuffer[]) => port.postMessage(message, buffers);
const onImage = () => say({ kind: 'image' });

async function saying(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    say({ kind: 'error', name, message, stack }); // the class wouldn't survive
  }
}

port.once('message', (groups: Group[]) => saying(async () => say({ kind: 'second', negatives: await secondPass(share, groups, onImage) })));
await saying(async () => say({ kind: 'first', found: await firstPass(share, onImage) }));
