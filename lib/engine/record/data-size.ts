import { ApiaryError } from '../../errors.ts';

/** How long the data of a job may be, as JSON in bytes, where nothing else is said. */
export const MOST_DATA_BYTES = 1_048_576;

/**
 * Throws DATA_TOO_LARGE for data, written as JSON, of more bytes than may be: the one check of all that stores data.
 * What is brought back as it was, by an import or a rerun, is not checked again.
 */
export function requireDataSize(whose: string, json: string, mostBytes: number): void {
  // No character takes more than three bytes of UTF-8, so most texts need not be gone through.
  if (json.length * 3 <= mostBytes) return;
  const bytes = Buffer.byteLength(json);
  if (bytes <= mostBytes) return;
  throw tooLarge(whose, bytes, mostBytes);
}

/** The DATA_TOO_LARGE of data of so many bytes, of which so many may be. */
export function tooLarge(whose: string, bytes: number, mostBytes: number): ApiaryError {
  const message = `has ${bytes} bytes as JSON, of which ${mostBytes} may be`;
  return new ApiaryError('DATA_TOO_LARGE', `data of ${whose} ${message}`, {
    problems: [{ path: 'data', message }],
  });
}
