import { isUtf8 } from 'node:buffer';

/** Writes a cursor so that it can stand in an address as it is. */
export function writeCursor(cursor: string | null): string | null {
  return cursor && Buffer.from(cursor).toString('base64url');
}

/** Whether a text is what {@link writeCursor} writes; of what list it is, that list says. */
export function isCursor(text: string): boolean {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === text && isUtf8(bytes);
}

/** Reads what {@link isCursor}. */
export function readCursor(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}
