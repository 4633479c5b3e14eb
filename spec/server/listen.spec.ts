import { once } from 'node:events';
import { Agent, get, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { ApiaryError } from '../../lib/errors.ts';
import { type Listener, listen } from '../../lib/server/listen.ts';
import { until } from '../support/wait.ts';

/** How long Node keeps an idle connection: what ends it sooner is not that. */
const KEEP_ALIVE_MS = 5_000;

describe('listen', () => {
  let listener: Listener | null = null;
  const agent = new Agent({ keepAlive: true });

  afterEach(async () => {
    agent.destroy();
    await listener?.close(0);
    listener = null;
  });

  const serve = async (handler: RequestListener, port = 0): Promise<Listener> => {
    listener = await listen({ handler, role: 'api', host: '127.0.0.1', port, variable: 'API_PORT' });
    return listener;
  };
  const ok: RequestListener = (_request, response) => void response.end('ok');

  it('serves once it resolves, on the port that it tells', async () => {
    const { port } = await serve(ok);

    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' } });

    expect(await response.text()).to.equal('ok');
  });

  it('says who cannot listen where, and which variable mends it, when the port is taken', async () => {
    const { port } = await serve(ok);

    const error = await failureOf(
      listen({ handler: ok, role: 'monitor', host: '127.0.0.1', port, variable: 'MONITOR_PORT' }),
    );

    expect(error).to.have.property('code', 'PORT_TAKEN');
    expect(error.message).to.equal(
      `monitor cannot listen on 127.0.0.1:${port}: the port is taken; set MONITOR_PORT to a free one`,
    );
  });

  it('says that a host is not its own', async () => {
    const error = await failureOf(
      listen({ handler: ok, role: 'api', host: '192.0.2.1', port: 0, variable: 'API_PORT' }),
    );

    expect(error).to.have.property('code', 'CONFIG_INVALID');
    expect(error.message).to.contain('api cannot listen on 192.0.2.1:0: EADDRNOTAVAIL');
  });

  it('accepts nobody after it closed, and closes twice without harm', async () => {
    const { port, close } = await serve(ok);

    await Promise.all([close(), close()]);
    await close();

    expect(await refusalOf(port)).to.equal('ECONNREFUSED');
  });

  it('ends a connection that is idle, long before the limit', async () => {
    const { port, close } = await serve(ok);
    const { socket } = await request(port);

    await Promise.all([close(600_000), ended(socket)]);
  }).timeout(KEEP_ALIVE_MS);

  it('lets a request under way finish, and ends its connection then', async () => {
    let answer: ServerResponse | null = null;
    const { port, close } = await serve((_request, response) => {
      answer = response;
    });
    const asked = request(port);
    await until(() => answer !== null, 'the request came in');

    const closed = close(600_000);
    const held = answer as ServerResponse | null;
    held?.end('late');

    const { text, socket } = await asked;
    expect(text).to.equal('late');
    await Promise.all([closed, ended(socket)]);
  }).timeout(KEEP_ALIVE_MS);

  it('cuts off what does not end within the limit', async () => {
    let asked = 0;
    const { port, close } = await serve(() => {
      asked++;
    });
    const cut = request(port).then(
      () => 'answered',
      (error: NodeJS.ErrnoException) => error.code,
    );
    await until(() => asked === 1, 'the request came in');

    await close(1);

    expect(await cut).to.equal('ECONNRESET');
  });

  const request = async (port: number): Promise<{ text: string; socket: Socket }> => {
    const [response] = (await once(get({ port, host: '127.0.0.1', agent }), 'response')) as [IncomingMessage];
    const { socket } = response;
    const chunks = await response.setEncoding('utf8').toArray();
    return { text: chunks.join(''), socket };
  };
});

async function ended(socket: Socket): Promise<void> {
  if (!socket.destroyed) await once(socket, 'close');
}

async function failureOf(promise: Promise<unknown>): Promise<ApiaryError> {
  const outcome = await promise.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error,
  );
  if (outcome instanceof ApiaryError) return outcome;
  throw outcome;
}

async function refusalOf(port: number): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
  });
}
