import { type RedisClient, runScript } from '../scripts.ts';

/** What sifting works with. */
export interface SiftDeps {
  client: RedisClient;
  /** The list. */
  key: string;
  /** Tells of each of these ids whether it is picked. */
  pick: (ids: readonly string[]) => Promise<boolean[]>;
}

/** Where the picked ids of a list stand together: the leftmost that far from the right end, counted from 1. */
export interface Heap {
  edge: number;
  size: number;
}

/** How many ids are looked at a time, and how far the list may move meanwhile. */
const WINDOW = 200;
const DRIFT = 500;
/** How often a window is read again that had changed before it could be sifted. */
const TRIES = 5;

/** With the id that stands at its edge (while none is picked, what was looked at last), and how many were looked at. */
interface AnchoredHeap extends Heap {
  anchor: string;
  looked: number;
}

/**
 * Brings the ids that are picked together at the left of a list, window by window from the right, so that they can be
 * cut off there for little; the order of the others is kept. Leaves out the `head` ids at the right end, which are
 * about to be taken. Null when the list changes too fast to be followed: then some have moved, and nothing is lost.
 */
export async function sift(deps: SiftDeps, head: number): Promise<Heap | null> {
  const [length, anchor] = await Promise.all([
    deps.client.llen(deps.key),
    deps.client.lindex(deps.key, -head),
  ]);
  if (anchor === null) return null;
  let heap: AnchoredHeap = { edge: head, size: 0, anchor, looked: head };
  // Counted, as the left end itself may go on moving for ever.
  while (heap.looked < length) {
    const next = await siftNext(deps, heap);
    if (next === null) return null;
    if (next === heap) break;
    heap = next;
  }
  return { edge: heap.edge, size: heap.size };
}

/** Sifts the next window; the same heap again at the left end, null when the list changes too fast. */
async function siftNext(deps: SiftDeps, heap: AnchoredHeap): Promise<AnchoredHeap | null> {
  for (let tried = 0; tried < TRIES; tried++) {
    const found = await readWindow(deps, heap);
    if (found === null) continue;
    const { edge, window } = found;
    const leftmost = window.at(-1);
    if (leftmost === undefined) return heap;
    const isPicked = await deps.pick(window);
    const count = isPicked.filter(Boolean).length;
    const looked = heap.looked + window.length;
    // Where all are picked, or none is and none was before, everybody stands right already.
    if (count === window.length || count + heap.size === 0) {
      return { edge: edge + window.length, size: heap.size + count, anchor: leftmost, looked };
    }
    const moved = await move(deps, { ...heap, edge, looked }, { window, isPicked });
    if (moved) return moved;
  }
  return null;
}

/** Reads the ids just left of the heap, from right to left, and where the heap stands by now. */
async function readWindow(
  { client, key }: SiftDeps,
  { edge, anchor }: AnchoredHeap,
): Promise<{ edge: number; window: string[] } | null> {
  const nearest = Math.max(1, edge - DRIFT);
  const ids = await client.lrange(key, -(edge + WINDOW), -nearest);
  const at = ids.lastIndexOf(anchor);
  if (at < 0) return null;
  return { edge: nearest + ids.length - 1 - at, window: ids.slice(Math.max(0, at - WINDOW), at).reverse() };
}

async function move(
  { client, key }: SiftDeps,
  { anchor, edge, size, looked }: AnchoredHeap,
  { window, isPicked }: { window: readonly string[]; isPicked: readonly boolean[] },
): Promise<AnchoredHeap | null> {
  const marks = window.flatMap((id, at) => [id, isPicked[at] ? '1' : '0']);
  const reply = await runScript(client, {
    script: 'sift',
    keys: { list: key },
    args: { anchor, guess: edge, before: size, drift: DRIFT },
    rest: marks,
  });
  if (!reply) return null;
  const [newEdge, newSize, newAnchor] = reply;
  return { edge: newEdge, size: newSize, anchor: newAnchor, looked };
}
