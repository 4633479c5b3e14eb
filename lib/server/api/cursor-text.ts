/** Writes a cursor so that it can stand in an address as it is. */
export function writeCursor(cursor: string | null): string | null {
  return cursor && Buffer.from(cursor).toString('base64url');
}

/** Reads it; what is none is refused by what it is for. */
export function readCursor(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString() || cursor;
}
