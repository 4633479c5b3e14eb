import type { Key } from './keys.ts';

/** A key as `node:readline` reads it from what a terminal sends. */
export interface KeyPress {
  /** What was sent for it. */
  sequence?: string;
  name?: string | undefined;
  ctrl?: boolean;
  meta?: boolean;
  shift?: boolean;
}

const NAMED = ['up', 'down', 'pageup', 'pagedown', 'home', 'end', 'escape', 'backspace', 'tab', 'space'];
/** What no key is. */
const NONE: Key = '';
const INTERRUPT = '\u0003';
const CHARACTER = /^[^\p{Cc}\p{Cs}]$/u;

/** Names a key: a character is itself; what is not known is ''. Right behind Esc, Ctrl-C still is what it is. */
export function toKey(text: string | undefined, press: KeyPress = {}): Key {
  const { sequence = '', name = '', ctrl = false, meta = false, shift = false } = press;
  if (sequence.endsWith(INTERRUPT)) return 'ctrl-c';
  if (ctrl) return /^[a-z]$/.test(name) ? `ctrl-${name}` : NONE;
  if (meta && name !== 'escape') return NONE;
  if (name === 'return' || name === 'enter') return 'enter';
  if (name === 'tab' && shift) return 'shift-tab';
  if (NAMED.includes(name)) return name;
  return text !== undefined && CHARACTER.test(text) ? text : NONE;
}
