import { ApiaryError } from '../errors.ts';
import type { Kit } from './kit.ts';
import { ofProcess } from './of-process.ts';

/** Expectations of a kit that nobody has awaited yet, by what they say. */
const unawaited = ofProcess('unawaited', () => new WeakMap<Kit, Map<object, string>>());
const byProducer = ofProcess('producers', () => new WeakMap<object, Kit>());
const open = ofProcess('kits', () => new Set<Kit>());

/** Takes note of a kit, until it closes. */
export function registerKit(kit: Kit): void {
  open.add(kit);
  byProducer.set(kit.producer, kit);
  unawaited.set(kit, new Map());
}

/**
 * Takes note that a kit closes. Throws JOB_STATE_FORBIDS where an expectation was not awaited, and so was never
 * checked.
 */
export function forgetKit(kit: Kit): void {
  open.delete(kit);
  const [text] = unawaited.get(kit)?.values() ?? [];
  if (text === undefined) return;
  throw new ApiaryError(
    'JOB_STATE_FORBIDS',
    `nobody awaited an expectation, so it was not checked: await expect(…).${text}`,
  );
}

/** The kits that are open. */
export function openKits(): readonly Kit[] {
  return [...open];
}

/** The kit that a value is, or whose producer it is; null for any other value. */
export function kitOf(value: unknown): Kit | null {
  if (typeof value !== 'object' || value === null) return null;
  return byProducer.get(value) ?? [...open].find((kit) => kit === value) ?? null;
}

/** Takes note of an expectation; returns what is to be called once somebody awaits it. */
export function expectAwait(kit: Kit, text: string): () => void {
  const key = {};
  unawaited.get(kit)?.set(key, text);
  return () => void unawaited.get(kit)?.delete(key);
}
