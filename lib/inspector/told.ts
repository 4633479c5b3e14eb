import type { Inspector } from './inspector.ts';

/** What an operation came to: whether it changed anything, and what is to be said of it. */
export interface Told {
  done: boolean;
  text: string;
}

/** All that there is to know of one operation on a queue or what is of it. One that lacks a part does not compile. */
export interface Operation<Target, Given = never> {
  /** Its name in the audit stream. */
  readonly action: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  run(inspector: Inspector, target: Target, given: Given): Promise<Told>;
}

/** Says what came of it, by whether anything was changed. */
export function told(done: boolean, text: string, instead: string): Told {
  return { done, text: done ? text : instead };
}

/** Says what was done. */
export function said(text: string): Told {
  return { done: true, text };
}
