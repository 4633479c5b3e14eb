import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type ClientRequest, get, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { testQueueName } from '../lib/testing/test-queue-name.ts';
import { addressOf } from './package/service.ts';
import { type ApiaryProcess, startApiary } from './support/process.ts';
import { redisUrl } from './support/redis.ts';
import { until } from './support/wait.ts';

/** A call that is held, and what came of it so far. */
interface Held {
  status: number | null;
  text: string;
  isOver: boolean;
}

describe('calls that are open when their keys become others', () => {
  let folder: string;
  let service: ApiaryProcess;
  let api: string;
  let queue: string;
  let open: ClientRequest[];

  const secretOf = (name: string): string => `a-long-secret-of-${name}`;
  const entry = (name: string, rights = ''): string => `${name}:${secretOf(name)}${rights}`;
  const keysAre = (...entries: string[]): Promise<void> =>
    writeFile(join(folder, 'keys'), entries.join('\n'));
  const become = async (...entries: string[]): Promise<void> => {
    await keysAre(...entries);
    service.kill('SIGHUP');
    await service.waitForLine(new RegExp(`keys and users were read again.*ofKeys=${entries.length}`));
  };
  const headersOf = (name: string) => ({
    authorization: `Bearer ${secretOf(name)}`,
    'content-type': 'application/json',
  });
  const job = () => JSON.stringify({ type: 'raw', data: 1, options: { queue, id: 'one' } });
  const add = (name: string) =>
    fetch(`${api}/v1/jobs`, { method: 'POST', headers: headersOf(name), body: job() });

  function hold(asked: ClientRequest): Held {
    const held: Held = { status: null, text: '', isOver: false };
    open.push(asked);
    asked.on('error', () => undefined);
    asked.on('response', (response: IncomingMessage) => {
      held.status = response.statusCode ?? null;
      response.setEncoding('utf8').on('data', (part: string) => {
        held.text += part;
      });
      response.on('close', () => {
        held.isOver = true;
      });
    });
    return held;
  }

  async function follow(name: string, path = ''): Promise<Held> {
    const held = hold(
      get(`${api}/v1/queues/${queue}${path}/events`, { headers: headersOf(name), agent: false }),
    );
    await until(() => held.text.includes('\n\n'), `${name} listens`);
    return held;
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apiary-keys-'));
    queue = testQueueName();
    open = [];
    await keysAre(entry('gone'), entry('stays'), entry('narrowed'), entry('moved'));
    const files = { REDIS_URL: redisUrl(), API_KEYS_FILE: join(folder, 'keys') };
    service = await startApiary(['--api'], { API_PORT: '0', ...files });
    api = await addressOf(service, 'api');
  });
  afterEach(async () => {
    for (const asked of open) asked.destroy();
    await service.stop();
    await rm(folder, { recursive: true });
  });

  const others = () => [entry('stays'), entry('narrowed', ':add'), entry('moved', ':add+read:other')];

  it('end where they send events, unless the key is still good for them', async () => {
    const [gone, ofJob, narrowed, moved, stays] = await Promise.all([
      follow('gone'),
      follow('gone', '/jobs/one'),
      follow('narrowed'),
      follow('moved'),
      follow('stays'),
    ]);
    await become(...others());
    await until(() => [gone, ofJob, narrowed, moved].every(({ isOver }) => isOver), 'they are ended');
    await add('stays');
    await until(() => stays.text.includes('"added"'), 'the other one goes on');

    expect(stays.isOver).to.equal(false);
    expect([gone, ofJob, narrowed, moved].map(({ text }) => text.includes('"added"'))).to.deep.equal(
      Array(4).fill(false),
    );
  });

  it('are refused where they wait for a job', async () => {
    await add('stays');
    const wait = (name: string): Held =>
      hold(get(`${api}/v1/queues/${queue}/jobs/one?wait=60s`, { headers: headersOf(name), agent: false }));
    const [gone, narrowed, stays] = [wait('gone'), wait('narrowed'), wait('stays')];
    // They are held once a call that came behind them was answered.
    await add('stays');
    await become(...others());
    await until(() => gone.isOver && narrowed.isOver, 'they are answered');

    expect([gone.status, narrowed.status, stays.status]).to.deep.equal([401, 403, null]);
    expect(gone.text + narrowed.text).not.to.contain('"data"');
  });

  it('change nothing where their body comes late', async () => {
    const send = (name: string): ClientRequest => {
      const headers = { ...headersOf(name), 'content-length': String(Buffer.byteLength(job())) };
      const asked = request(`${api}/v1/jobs`, { method: 'POST', headers, agent: false });
      asked.write(job().slice(0, 5));
      return asked;
    };
    const asked = [send('gone'), send('moved')] as const;
    const held = asked.map(hold);
    await add('stays').then(() =>
      fetch(`${api}/v1/queues/${queue}/jobs/one`, { method: 'DELETE', headers: headersOf('stays') }),
    );
    await become(...others());
    for (const one of asked) one.end(job().slice(5));
    await until(() => held.every(({ isOver }) => isOver), 'they are answered');

    expect(held.map(({ status }) => status)).to.deep.equal([401, 403]);
    const read = await fetch(`${api}/v1/queues/${queue}/jobs/one`, { headers: headersOf('stays') });
    expect(read.status).to.equal(404);
  });
});
