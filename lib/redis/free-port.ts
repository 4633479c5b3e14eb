import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** From where ports are chosen: no system gives these to a connection, nor those 10,000 above them. */
const FIRST_PORT = 12_000;
const PORTS = 10_000;

/**
 * Finds a port of 127.0.0.1 that nobody listens on, by chance among 12,000 to 21,999.
 *
 * It is none that the system gives to connections: a client that asks again and again for a server that is away would
 * get the very port of that server in the end, be connected to itself, and keep the server from coming back. A node of
 * a Redis Cluster takes the port 10,000 above its own as well, which is none of those either.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + randomInt(PORTS);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
