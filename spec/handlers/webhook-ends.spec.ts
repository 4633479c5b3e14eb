import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { DiscardJob } from '../../lib/errors.ts';
import { sendRequest } from '../../lib/handlers/send-request.ts';
import { attempt, failureOf } from '../support/webhook-endpoint.ts';

const ignore = (): void => {};
const TIMEOUT_MS = 150;
/** For what ends before its time is over. */
const LONG_MS = 60_000;

/** A TCP server that treats each connection as it is told, once the first bytes have come unless it does not read. */
interface Peer {
  readonly port: number;
  /** Resolves when the one connection that came is gone on this side too. */
  readonly gone: Promise<unknown>;
  close(): void;
}

async function openPeer(treat: (socket: Socket) => void): Promise<Peer> {
  const sockets: Socket[] = [];
  let resolve = ignore;
  const gone = new Promise<void>((settle) => {
    resolve = settle;
  });
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    // A socket that is not read does not see its end; the error of writing to it is as good a sign.
    socket.on('error', ignore).once('close', () => resolve());
    treat(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    gone,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Answers once the request has begun to arrive, and ends its side when the other has ended. */
function answering(answer: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => answer(socket));
    socket.resume().once('end', () => socket.end());
  };
}

/** Writes this again and again, for as long as the connection lasts. */
function trickling(first: string, again: string): (socket: Socket) => void {
  return answering((socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write(again), 5);
    socket.once('close', () => clearInterval(timer));
  });
}

describe('a webhook request', () => {
  let peer: Peer | null = null;

  afterEach(() => {
    peer?.close();
    peer = null;
  });

  const deliver = async (
    treat: (socket: Socket) => void,
    { scheme = 'http', body = 'x', timeoutMs = LONG_MS } = {},
  ): Promise<unknown> => {
    peer = await openPeer(treat);
    const url = `${scheme}://127.0.0.1:${peer.port}/hook`;
    return attempt({ url, body }, { deliveryTimeoutMs: timeoutMs });
  };

  describe('runs out of time, and its connection is gone, when the other side', () => {
    const silent = answering(ignore);
    for (const [what, treat, scheme] of [
      ['says nothing', silent, 'http'],
      ['does not shake hands for TLS', silent, 'https'],
      ['sends half a status line', answering((socket) => socket.write('HTTP/1.1 2')), 'http'],
      ['sends header after header', trickling('HTTP/1.1 200 OK\r\n', 'x-a: b\r\n'), 'http'],
      ['sends interim answers without end', trickling('', 'HTTP/1.1 102 Processing\r\n\r\n'), 'http'],
      [
        'sends its body byte by byte',
        trickling('HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n', 'b'),
        'http',
      ],
      [
        'sends its body chunk by chunk',
        trickling('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nb\r\n'),
        'http',
      ],
      [
        'never ends a body without a length',
        answering((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nhalf')),
        'http',
      ],
    ] as const) {
      it(what, async () => {
        const error = await failureOf(deliver(treat, { scheme, timeoutMs: TIMEOUT_MS }));

        expect(error).to.include({ name: 'Error', code: 'ETIMEDOUT' });
        await peer?.gone;
      });
    }

    it('never reads the body', async () => {
      const body = 'x'.repeat(20_000_000);
      const error = await failureOf(deliver((socket) => socket.pause(), { body, timeoutMs: TIMEOUT_MS }));

      expect(error).to.include({ name: 'Error', code: 'ETIMEDOUT' });
    });
  });

  it('runs out of time when the resolver never answers', async () => {
    const outgoing = { url: new URL('http://hook.test/'), method: 'GET', headers: {}, body: null };

    const error = await failureOf(
      sendRequest(outgoing, { signal: new AbortController().signal, timeoutMs: TIMEOUT_MS, lookup: ignore }),
    );

    expect(error).to.include({ code: 'ETIMEDOUT' });
  });

  it('ends by its signal when the resolver never answers', async () => {
    const outgoing = { url: new URL('http://hook.test/'), method: 'GET', headers: {}, body: null };
    const cancel = new AbortController();
    const reason = new Error('cancelled by an operator');

    const sent = sendRequest(outgoing, { signal: cancel.signal, timeoutMs: 60_000, lookup: ignore });
    cancel.abort(reason);

    expect(await failureOf(sent)).to.equal(reason);
  });

  describe('fails at once, to be tried again, when the other side', () => {
    for (const [what, treat] of [
      ['closes without an answer', (socket: Socket) => socket.destroy()],
      ['resets the connection', answering((socket) => socket.resetAndDestroy())],
      ['ends its side without an answer', answering((socket) => socket.end())],
      ['ends its side amid the headers', answering((socket) => socket.end('HTTP/1.1 200 OK\r\nx-a'))],
      [
        'ends its side amid the body',
        answering((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf')),
      ],
      [
        'ends its side after an interim answer',
        answering((socket) => socket.end('HTTP/1.1 103 Hints\r\n\r\n')),
      ],
    ] as const) {
      it(what, async () => {
        const error = await failureOf(deliver(treat));

        expect(error).to.include({ name: 'Error' }).and.not.include({ code: 'ETIMEDOUT' });
        await peer?.gone;
      });
    }
  });

  for (const [what, more] of [
    ['and the protocol to switch to', 'connection: upgrade\r\nupgrade: websocket\r\n\r\n'],
    ['and bytes of the other protocol', 'connection: upgrade\r\nupgrade: websocket\r\n\r\n\x81\x02hi'],
    ['and nothing else', '\r\n'],
  ] as const) {
    it(`fails for good when it is answered 101 ${what}`, async () => {
      const head = 'HTTP/1.1 101 Switching Protocols\r\n';

      const error = await failureOf(deliver(answering((socket) => socket.write(head + more))));

      expect(error).to.be.instanceOf(DiscardJob);
      expect(error.message).to.match(/answered 101$/);
      await peer?.gone;
    });
  }

  it('succeeds by an answer that comes before its body was read, and leaves nothing open', async () => {
    const treat = answering((socket) =>
      socket.pause().write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
    );

    expect(await deliver(treat, { body: 'x'.repeat(20_000_000) })).to.include({ status: 200 });
  });
});
