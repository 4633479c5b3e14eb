import { escapeControls } from '../../log-text.ts';
import { cutTo, widthOf } from '../text-width.ts';

/** A line of the screen. The chosen one is where the keys act. */
export interface Line {
  text: string;
  look: 'plain' | 'bold' | 'chosen';
}

/** How many columns and rows there are. */
export interface Size {
  columns: number;
  rows: number;
}

/** No line of a screen is as long; a name or a message of others may be a megabyte. */
const MOST_CHARACTERS = 4_000;
const LONE_SURROGATE = /\p{Cs}/gu;

/** Makes of any text one that harms no screen and fits so many columns, with `…` at its end where something is cut. */
export function fitTo(text: string, columns: number): string {
  return columns < 1 ? '' : cutTo(safe(text), columns);
}

/** The same, filled with spaces to that width; numbers stand to the right. */
export function fill(text: string, columns: number, isRight = false): string {
  const shown = fitTo(text, columns);
  const space = ' '.repeat(Math.max(0, columns - widthOf(shown)));
  return isRight ? space + shown : shown + space;
}

/** Breaks a text into lines that fit so many columns, `most` at most. */
export function wrap(text: string, columns: number, most: number): string[] {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    let rest = '';
    let taken = 0;
    for (const character of safe(line)) {
      const width = widthOf(character);
      if (taken + width > columns && rest !== '') {
        lines.push(rest);
        [rest, taken] = ['', 0];
      }
      if (lines.length >= most) return lines;
      rest += character;
      taken += width;
    }
    lines.push(rest);
    if (lines.length >= most) return lines;
  }
  return lines;
}

function safe(text: string): string {
  return escapeControls(text.slice(0, MOST_CHARACTERS)).replace(LONE_SURROGATE, '\ufffd');
}
