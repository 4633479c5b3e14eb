import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { systemClock } from '../clock.ts';
import { ApiaryError } from '../errors.ts';

/** What to serve and where. */
export interface ListenOptions {
  handler: RequestListener;
  /** Who listens, for the message when it cannot: `api`, `monitor` or `health`. */
  role: string;
  host: string;
  /** 0 asks the system for a free one. */
  port: number;
  /** The variable that sets the port, for the message when it is taken. */
  variable: string;
  /** Aborted by `close` before anything else: who holds requests open answers them then. */
  closing?: AbortController;
}

/** A server that listens. */
export interface Listener {
  readonly host: string;
  /** The port it really listens on. */
  readonly port: number;
  /** Whether it still accepts. */
  readonly isListening: boolean;
  /**
   * Stops accepting, ends idle connections, lets requests under way finish for `limitMs` (default 5,000) and cuts
   * off the rest; resolves when every connection is gone. Harmless twice.
   */
  close(limitMs?: number): Promise<void>;
}

const CLOSE_LIMIT_MS = 5_000;

/**
 * Serves HTTP; resolves once it listens. Throws PORT_TAKEN when somebody else does, CONFIG_INVALID when the
 * address cannot be listened on at all.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const server = createServer(options.handler);
  server.on('request', (_request, response) => {
    // Node ends only those connections that are idle at the moment of closing; one that falls idle later would be
    // waited for until its keep-alive runs out.
    response.once('close', () => {
      if (!server.listening) server.closeIdleConnections();
    });
  });
  await start(server, options);
  const port = portOf(server);
  let closing: Promise<void> | null = null;
  return {
    host: options.host,
    port,
    get isListening() {
      return server.listening;
    },
    close: (limitMs = CLOSE_LIMIT_MS) => {
      options.closing?.abort();
      closing ??= close(server, limitMs);
      return closing;
    },
  };
}

async function start(server: Server, options: ListenOptions): Promise<void> {
  const { host, port } = options;
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw toListenError(error, options);
  }
}

function toListenError(error: unknown, { role, host, port, variable }: ListenOptions): ApiaryError {
  const where = `${role} cannot listen on ${host.includes(':') ? `[${host}]` : host}:${port}`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return code === 'EADDRINUSE'
    ? new ApiaryError('PORT_TAKEN', `${where}: the port is taken; set ${variable} to a free one`, {
        cause: error,
      })
    : new ApiaryError('CONFIG_INVALID', `${where}: ${code}; set ${variable} and its host to ones it can`, {
        cause: error,
      });
}

async function close(server: Server, limitMs: number): Promise<void> {
  const ended = new AbortController();
  const closed = once(server, 'close').finally(() => ended.abort());
  server.close();
  await systemClock.sleep(limitMs, ended.signal);
  server.closeAllConnections();
  await closed;
}

function portOf(server: Server): number {
  const address = server.address();
  // Never a pipe: it was given a host and a port.
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
