import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { QUEUE_EVENTS } from '../../../lib/inspector/events.ts';
import { queueEventSchema } from '../../../lib/server/api/event-schemas.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';
import { startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

/** A client of server-sent events; it reads them as a browser does. */
interface Client {
  readonly response: IncomingMessage;
  readonly request: ClientRequest;
  /** All that came. */
  text(): string;
  /** The events that came. */
  events(): Record<string, unknown>[];
  /** The id with which it would come back. */
  lastId(): string;
  isOver(): boolean;
}

describe('server-sent events', () => {
  let api: SpecApi;
  let queue: string;
  let clients: Client[];

  beforeEach(async () => {
    clients = [];
    api = await startApi();
    queue = testQueueName();
  });
  afterEach(async () => {
    for (const { request } of clients) request.destroy();
    await api.close();
  });

  const add = async (options: object = {}): Promise<string> => {
    const body = { type: 'raw', data: 1, options: { queue, ...options } };
    return String((await api.call('POST', '/v1/jobs', { body })).body['id']);
  };
  const listen = async (path = '/events', headers: Record<string, string> = {}): Promise<Client> => {
    const request = get(`${api.origin}/v1/queues/${queue}${path}`, { headers });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject);
    });
    let [text, isOver] = ['', false];
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    response.on('close', () => {
      isOver = true;
    });
    response.on('error', () => undefined);
    const client: Client = {
      request,
      response,
      text: () => text,
      events: () => [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data)),
      lastId: () => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '',
      isOver: () => isOver,
    };
    clients.push(client);
    await until(() => text.includes('\n\n') || isOver, 'the client was sent something');
    return client;
  };
  const untilCame = (client: Client, count: number): Promise<void> =>
    until(() => client.events().length >= count, `${count} events came`);
  const namesOf = (client: Client): unknown[] => client.events().map(({ event }) => event);

  it('are sent as they happen, with their ids, as they are documented', async () => {
    const client = await listen();
    const id = await add();
    await api.call('POST', `/v1/queues/${queue}/pause`);
    await api.call('DELETE', `/v1/queues/${queue}/jobs/${id}`);
    await untilCame(client, 4);

    const { statusCode, headers } = client.response;
    expect([statusCode, headers['content-type']]).to.deep.equal([200, 'text/event-stream; charset=utf-8']);
    expect(headers).to.include({ 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' });
    expect(headers).not.to.have.any.keys('content-length', 'content-encoding');
    expect(namesOf(client)).to.deep.equal(['added', 'paused', 'removed', 'drained']);
    for (const event of client.events()) queueEventSchema.parse(event);
    expect(client.lastId()).to.equal(client.events().at(-1)?.['id']);
  });

  it('go on where a client was that comes back, each once', async () => {
    const first = await listen();
    await add();
    await untilCame(first, 1);
    first.request.destroy();
    const ids = [await add(), await add()];

    const again = await listen('/events', { 'Last-Event-ID': first.lastId() });
    const asked = await listen(`/events?since=${first.lastId()}`);
    await Promise.all([untilCame(again, 2), untilCame(asked, 2)]);

    expect(again.events().map(({ job }) => job)).to.deep.equal(ids);
    expect(asked.events()).to.deep.equal(again.events());
  });

  it('go on where a client was that has come before anything happened', async () => {
    const first = await listen();
    first.request.destroy();
    const id = await add();

    const again = await listen('/events', { 'Last-Event-ID': first.lastId() });
    await untilCame(again, 1);

    expect(again.events()[0]).to.include({ event: 'added', job: id });
  });

  it('are those of one job, where one is named', async () => {
    const id = await add();
    const client = await listen(`/jobs/${id}/events`);
    await add();
    await api.call('POST', `/v1/queues/${queue}/jobs/${id}/cancel`);
    await untilCame(client, 1);

    expect(client.events().map(({ event, job }) => [event, job])).to.deep.equal([['cancelled', id]]);
  });

  it('are refused for an id that can be none, and begin with a gap for one that never was', async () => {
    for (const id of ['x', '1', '1-1-1', '-', '1e3-1', '9'.repeat(400), '<script>', '1-1, 2-2', '../1-1']) {
      const { status } = await fetch(`${api.origin}/v1/queues/${queue}/events`, {
        headers: { 'Last-Event-ID': id },
      });
      expect(status, id).to.equal(422);
    }
    expect((await api.call('GET', `/v1/queues/${queue}/events?since=1-`)).status).to.equal(422);
    expect((await api.call('GET', `/v1/queues/${queue}/events?sinse=1-1`)).status).to.equal(422);
    await add();
    const client = await listen('/events', { 'Last-Event-ID': '999999999999999-999999999999999' });
    await add();
    await untilCame(client, 2);

    expect(namesOf(client)).to.deep.equal(['gap', 'added']);
  });

  it('are read once from Redis for all clients of the process', async () => {
    const before = await connections();
    const first = await listen();
    for (let count = 0; count < 20; count++) await listen();
    await add();
    await Promise.all(clients.map((client) => untilCame(client, 1)));

    expect((await connections()) - before).to.equal(1);
    expect(clients.map((client) => client.events())).to.deep.equal(clients.map(() => first.events()));
    for (const { request } of clients) request.destroy();
    await until(async () => (await connections()) === before, 'the connection is closed');
  });

  const connections = async (): Promise<number> =>
    String(await api.client.client('LIST'))
      .split('\n')
      .filter((line) => line.includes('name=apiary:events:')).length;

  it('end when the server closes', async () => {
    const client = await listen();

    await api.close();

    await until(client.isOver, 'the answer is over');
    expect(client.response.complete).to.equal(true);
    api = await startApi();
  });

  it('answer a HEAD and hold nothing', async () => {
    const { status, headers } = await fetch(`${api.origin}/v1/queues/${queue}/events`, { method: 'HEAD' });

    expect([status, headers.get('content-type')]).to.deep.equal([200, 'text/event-stream; charset=utf-8']);
    await until(async () => (await connections()) === 0, 'nothing is listened to');
  });

  it('are documented with every event', async () => {
    const { body } = await api.call('GET', '/v1/openapi.json');
    const text = JSON.stringify(body);

    for (const name of QUEUE_EVENTS) expect(text).to.contain(`"${name}"`);
    expect(text).to.contain('text/event-stream');
  });

  it('cut off who reads nothing, and keep nothing for him', async () => {
    const slow = await listen();
    slow.response.pause();
    const quick = await listen();
    const jobs = Array.from({ length: 2_000 }, () => ({ type: 'raw', data: 1, options: { queue } }));
    // What the system keeps for a socket has to be full first.
    await until(
      async () => {
        if (!slow.request.socket?.destroyed) await api.call('POST', '/v1/jobs/batch', { body: { jobs } });
        return (
          slow.request.socket?.destroyed === true ||
          api.records.some(({ message }) => message.includes('slow reader'))
        );
      },
      'the slow one is cut off',
      55_000,
    );

    expect(quick.isOver()).to.equal(false);
  }).timeout(60_000);
});

describe('server-sent events, while Redis is away', () => {
  it('lose nothing that the log still has', async () => {
    const redis = await startRedis();
    const api = await startApi({ url: redis.url });
    const body = { type: 'raw', data: 1, options: { queue: 'mail' } };
    const add = async (): Promise<unknown> => (await api.call('POST', '/v1/jobs', { body })).body['id'];
    const came: string[] = [];
    const leaving = new AbortController();
    const response = await fetch(`${api.origin}/v1/queues/mail/events`, { signal: leaving.signal });
    const reading = (async () => {
      const decoder = new TextDecoder();
      let text = '';
      for await (const part of response.body ?? []) {
        text += decoder.decode(part, { stream: true });
        came.splice(0, came.length, ...[...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data));
      }
    })().catch(() => undefined);
    const ids = [await add()];

    for (let round = 0; round < 2; round++) {
      await redis.restart();
      await until(async () => (await api.call('GET', '/v1/queues')).status === 200, 'Redis serves again');
      ids.push(await add());
    }
    await until(() => came.length >= ids.length, 'all events came');

    expect(came.map((data) => JSON.parse(data)).map(({ event, job }) => [event, job])).to.deep.equal(
      ids.map((id) => ['added', id]),
    );
    leaving.abort();
    await reading;
    await api.close();
    await redis.stop();
  });
});
