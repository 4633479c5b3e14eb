import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** A body that is not read to its end, with the status that says why. */
export class BodyRefusal extends Error {
  override readonly name = 'BodyRefusal';
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * Reads the lines of a body as they come, up to so many bytes once it is unpacked; whoever stops early leaves the rest
 * unread. Throws BodyRefusal: 413 for more bytes, 415 for an encoding that is not known, 400 for what is no UTF-8.
 */
export async function* linesOf(request: IncomingMessage, limitBytes: number): AsyncGenerator<string> {
  const source = unpacked(request);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  let rest = '';
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('the body must be read as bytes, without an encoding');
      bytes += chunk.length;
      if (bytes > limitBytes) throw new BodyRefusal(413, 'the body is too long');
      const lines = decode(() => decoder.decode(chunk, { stream: true })).split('\n');
      lines[0] = rest + (lines[0] ?? '');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    yield rest + decode(() => decoder.decode());
  } finally {
    leave(request, source);
  }
}

function unpacked(request: IncomingMessage): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return request;
  const make = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (!make) throw new BodyRefusal(415, 'the content encoding is not known');
  const decoder = make();
  request.once('error', (error) => decoder.destroy(error));
  return request.pipe(decoder);
}

/** The connection is still needed, for the answer: what else comes is thrown away. */
function leave(request: IncomingMessage, source: Readable): void {
  if (source !== request) {
    request.unpipe();
    source.destroy();
  }
  request.resume();
}

function decode(read: () => string): string {
  try {
    return read();
  } catch (cause) {
    throw new BodyRefusal(400, 'the body is not JSON: it is not UTF-8', cause);
  }
}
