import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { systemClock } from '../../lib/clock.ts';

/** A TCP proxy on 127.0.0.1 that breaks connections on command. */
export interface TcpProxy {
  readonly port: number;
  /** How long each chunk is held back, per direction; may be changed at any time. */
  readonly delayMs: { toServer: number; toClient: number };
  /** Cuts all connections that are open. */
  cut(): void;
  /** While on, each new connection is reset at once. */
  refuse(on: boolean): void;
  /** While on, connections stay open and nothing gets through; what was sent is delivered afterwards. */
  hang(on: boolean): void;
  /** While on, what clients send is held back, and what the server sends comes through; it is delivered afterwards. */
  holdRequests(on: boolean): void;
  /** While on, the server gets everything and the client nothing: replies are lost. */
  dropReplies(on: boolean): void;
  /**
   * Makes black holes of the connections that are open and whose client gave them a name that begins so (default: of
   * all): nothing gets through any more, in neither direction, not even an end. Those opened afterwards work.
   * Returns how many there were.
   */
  swallow(naming?: string): number;
  /** Cuts each connection that is open once it has carried so many more bytes, in the middle of a message if need be. */
  cutAfter(bytes: number): void;
  /** While on, the beginning of each chunk comes a byte at a time. */
  trickle(on: boolean): void;
  /** Cuts everything and stops listening. Harmless twice. */
  close(): Promise<void>;
}

type Direction = keyof TcpProxy['delayMs'];

/** Both directions of one connection. */
interface Line {
  /** The first that the client sent; what it calls itself stands in it. */
  opening: string;
  isSwallowed: boolean;
  /** How much it carries until it is cut; null for one that is not to be. */
  bytesLeft: number | null;
}

const OPENING_BYTES = 2_000;
/** More would keep a core busy. */
const TRICKLED_BYTES = 48;

/** Starts a proxy in front of a port of this machine. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const state = {
    delayMs: { toServer: 0, toClient: 0 },
    refusing: false,
    dropping: false,
    trickling: false,
    gate: openGate(),
    requests: openGate(),
  };
  const sockets = new Set<Socket>();
  const lines = new Set<Line>();
  const forward = (
    from: Socket,
    to: Socket,
    { line, direction }: { line: Line; direction: Direction },
  ): void => {
    let previous = Promise.resolve();
    from.on('data', (chunk) => {
      if (line.isSwallowed) return;
      if (direction === 'toServer' && line.opening.length < OPENING_BYTES)
        line.opening += chunk.toString('latin1');
      previous = previous.then(async () => {
        const delayMs = state.delayMs[direction];
        if (delayMs > 0) await systemClock.sleep(delayMs, new AbortController().signal);
        await state.gate.opened;
        if (direction === 'toServer') await state.requests.opened;
        if (line.isSwallowed) return;
        if (direction === 'toClient' && state.dropping) return;
        if (line.bytesLeft !== null && chunk.length >= line.bytesLeft) {
          to.end(chunk.subarray(0, line.bytesLeft));
          return void from.destroy();
        }
        if (line.bytesLeft !== null) line.bytesLeft -= chunk.length;
        if (to.destroyed) return;
        if (!state.trickling) return void to.write(chunk);
        await writeByBytes(to, chunk.subarray(0, TRICKLED_BYTES));
        to.write(chunk.subarray(TRICKLED_BYTES));
      });
    });
    from.on('error', () => from.destroy());
    from.on('close', () => {
      sockets.delete(from);
      if (line.isSwallowed) return;
      lines.delete(line);
      // What came before the end is delivered before the end.
      previous.then(() => to.destroySoon());
    });
    sockets.add(from);
  };
  const server = createServer((client) => {
    if (state.refusing) return void client.resetAndDestroy();
    const upstream = dial(targetPort, '127.0.0.1');
    const line: Line = { opening: '', isSwallowed: false, bytesLeft: null };
    lines.add(line);
    forward(client, upstream, { line, direction: 'toServer' });
    forward(upstream, client, { line, direction: 'toClient' });
  });
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: await listen(server),
    delayMs: state.delayMs,
    cut,
    refuse: (on) => {
      state.refusing = on;
    },
    hang: (on) => {
      state.gate.open();
      if (on) state.gate = closedGate();
    },
    holdRequests: (on) => {
      state.requests.open();
      if (on) state.requests = closedGate();
    },
    dropReplies: (on) => {
      state.dropping = on;
    },
    swallow: (naming = '') => {
      const named = [...lines].filter(({ opening }) => naming === '' || opening.includes(`\r\n${naming}`));
      for (const line of named) {
        line.isSwallowed = true;
        lines.delete(line);
      }
      return named.length;
    },
    cutAfter: (bytes) => {
      for (const line of lines) line.bytesLeft = bytes;
    },
    trickle: (on) => {
      state.trickling = on;
    },
    close: () => {
      cut();
      state.gate.open();
      state.requests.open();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function writeByBytes(to: Socket, bytes: Buffer): Promise<void> {
  to.setNoDelay(true);
  for (const byte of bytes) {
    to.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Gate {
  opened: Promise<void>;
  open(): void;
}

function openGate(): Gate {
  return { opened: Promise.resolve(), open: () => {} };
}

function closedGate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}
