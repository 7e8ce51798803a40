/** A thread that makes both passes over its share of the images, which is its `workerData`. See `passes-in-workers.ts` for what is said. */
import { parentPort, workerData } from 'node:worker_threads';
import { imagesOf, type Share } from './map-files.ts';
import { firstPass, secondPass } from './passes.ts';
import type { Message, Order } from './passes-in-workers.ts';

const port = parentPort!;
const images = imagesOf(workerData as Share);
const onImage = () => say({ kind: 'image' });

/** Arrays are handed over, not copied. */
function say(message: Message): void {
  port.postMessage(message, [...buffersIn(message)]);
}

function buffersIn(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) buffersIn(part, found);
  return found;
}

async function saying(work: () => Promise<Message>): Promise<void> {
  try {
    say(await work());
  } catch (error) {
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    say({ kind: 'error', name, message, stack }); // the class wouldn't survive
  }
}

port.once('message', ({ groups, levels }: Order) =>
  saying(async () => ({ kind: 'second', counted: await secondPass(images, groups, levels, onImage) })),
);
await saying(async () => ({ kind: 'first', found: await firstPass(images, onImage) }));
