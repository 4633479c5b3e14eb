import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { ApiaryError } from '../../lib/errors.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../lib/redis/embedded.ts';
import { freePort } from '../../lib/redis/free-port.ts';
import { probe } from '../../lib/redis/probe.ts';
import { silentLog } from '../support/log.ts';
import { type SpecProcess, startNode } from '../support/process.ts';
import { moduleUrl } from '../support/program.ts';
import { until } from '../support/wait.ts';

describe('startEmbeddedRedis', () => {
  let dataDir: string;
  let started: EmbeddedRedis[];
  let processes: SpecProcess[];

  const start = async (binary: string | null = null): Promise<EmbeddedRedis> => {
    const redis = await startEmbeddedRedis({ dataDir, binary, log: silentLog });
    started.push(redis);
    return redis;
  };
  /** A process of its own that starts the Redis of `dataDir` and then runs `rest`. */
  const startElsewhere = async (rest: string) => {
    const elsewhere = await startNode(['--input-type=module', '--eval', PROGRAM + rest, dataDir]);
    processes.push(elsewhere);
    const [, pid, port] = (await elsewhere.waitForLine(/^server /)).split(' ').map(Number);
    return { elsewhere, pid, port: Number(port) };
  };
  const gone = (port: number) =>
    until(async () => (await probe(port)).kind === 'nobody', `nobody was on port ${port}`);

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'apiary spec '));
    started = [];
    processes = [];
  });

  afterEach(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await Promise.all(started.map((redis) => redis.stop()));
    // One that was taken over is still there.
    for (const { pid, port } of started) {
      if ((await probe(port)).kind === 'redis') process.kill(pid, 'SIGKILL');
      await gone(port);
    }
    await rm(dataDir, { recursive: true, force: true });
  });

  it('keeps its data from everybody else, in a folder that was open to them too', async () => {
    await chmod(dataDir, 0o755);
    const redis = await start();
    await ask(redis, (client) => client.set('kept', 'yes'));

    const files = await readdir(dataDir, { recursive: true });
    const modes = await Promise.all(
      ['', ...files].map(async (name) => (await stat(join(dataDir, name))).mode & 0o077),
    );
    expect(files.join()).to.match(/aof/);
    expect(new Set(modes)).to.deep.equal(new Set([0]));
  });

  it('keeps what was written across an end and a new start', async () => {
    const first = await start();
    await ask(first, (client) => client.set('kept', 'yes'));
    await first.stop();

    const second = await start();

    expect(await ask(second, (client) => client.get('kept'))).to.equal('yes');
    expect(second.pid).to.not.equal(first.pid);
  });

  it('says in one line what to do where it cannot keep data', async () => {
    const file = join(dataDir, 'a-file');
    await writeFile(file, '');

    const error = await startEmbeddedRedis({ dataDir: file, binary: null, log: silentLog }).catch(
      (thrown: unknown) => thrown,
    );

    expect(error).to.be.instanceOf(ApiaryError).with.property('code', 'REDIS_UNAVAILABLE');
    expect(error)
      .to.have.property('message')
      .that.matches(
        /^the embedded Redis cannot keep its data in .*a-file: EEXIST.*; make that writable, or set REDIS_URL$/,
      );
  });

  it('has a port that no connection is ever given', async () => {
    const ports = await Promise.all(Array.from({ length: 30 }, () => freePort()));

    // Linux gives connections those from 32,768, other systems those from 49,152.
    for (const port of [...ports, (await start()).port]) expect(port).to.be.within(1_024, 32_767);
  });

  it('keeps its port', async () => {
    const first = await start();
    await first.stop();

    expect((await start()).port).to.equal(first.port);
  });

  it('never evicts, writes an append-only file and listens on the loopback address alone', async () => {
    const config = await ask(await start(), (client) =>
      client.config('GET', 'maxmemory-policy', 'appendonly', 'appendfsync', 'bind', 'save'),
    );

    const asked = config as string[];
    const settings = Object.fromEntries(asked.flatMap((name, at) => (at % 2 ? [] : [[name, asked[at + 1]]])));
    expect(settings).to.deep.equal({
      'maxmemory-policy': 'noeviction',
      appendonly: 'yes',
      appendfsync: 'everysec',
      bind: '127.0.0.1',
      save: '',
    });
  });

  it('has ended when stop resolves, and may be stopped twice', async () => {
    const redis = await start();

    await Promise.all([redis.stop(), redis.stop()]);
    await redis.stop();

    expect(await probe(redis.port)).to.deep.equal({ kind: 'nobody' });
  });

  it('leads a process group of its own, which Ctrl-C does not reach', async () => {
    const redis = await start();

    expect(process.kill(-redis.pid, 0)).to.equal(true);
  });

  it('ends with a process that does not stop it', async () => {
    const { elsewhere, port } = await startElsewhere('process.exit(3);');

    expect(await elsewhere.exit).to.deep.equal({ code: 3, signal: null });
    await gone(port);
  });

  it('takes over a server that was left behind, and leaves it running', async () => {
    const { elsewhere, pid } = await startElsewhere('');
    elsewhere.kill('SIGKILL');
    await elsewhere.exit;

    const redis = await start();
    await ask(redis, (client) => client.set('written', 'yes'));
    await redis.stop();

    expect(redis.pid).to.equal(pid);
    expect(await probe(redis.port)).to.deep.include({ kind: 'redis', pid });
  });

  it('starts one server where several ask for it at once', async () => {
    const all = await Promise.all([start(), start(), start()]);

    expect(new Set(all.map(({ pid }) => pid)).size).to.equal(1);
  });

  it('leaves its port to a stranger and remembers the new one', async () => {
    const first = await start();
    await first.stop();
    const stranger = await listenOn(first.port);

    const second = await start();
    await new Promise((resolve) => stranger.close(resolve));

    expect(second.port).to.be.greaterThan(first.port);
    expect(Number(await readFile(join(dataDir, 'redis.port'), 'utf8'))).to.equal(second.port);
  });

  it('says what to do when the given program is missing', async () => {
    const error = await failureOf(start(join(dataDir, 'no-such-server')));

    expect(error.code).to.equal('REDIS_BINARY_MISSING');
    expect(error.message)
      .to.include(join(dataDir, 'no-such-server'))
      .and.include('sudo apt-get install -y redis-server')
      .and.include('brew install redis')
      .and.include('apk add redis')
      .and.include('dnf install -y redis')
      .and.include('REDIS_URL')
      .and.include('REDIS_SERVER_BIN');
  });

  it('rejects with the last words of a server that cannot start', async () => {
    // Where its folder should be there is a file.
    await writeFile(join(dataDir, 'appendonlydir'), '');

    const error = await failureOf(start());

    expect(error.code).to.equal('REDIS_UNAVAILABLE');
    expect(error.message).to.match(/append.?only/i);
  });
});

const PROGRAM = `
  import { startEmbeddedRedis } from '${moduleUrl('lib/redis/embedded.ts')}';
  const none = () => {};
  const log = { trace: none, debug: none, info: none, warn: none, error: none, fatal: none };
  const redis = await startEmbeddedRedis({ dataDir: process.argv.at(-1), binary: null, log });
  console.log('server ' + redis.pid + ' ' + redis.port);
`;

async function ask<Answer>(
  redis: EmbeddedRedis,
  question: (client: Redis) => Promise<Answer>,
): Promise<Answer> {
  const client = new Redis(redis.url);
  try {
    return await question(client);
  } finally {
    await client.quit();
  }
}

async function failureOf(promise: Promise<unknown>): Promise<ApiaryError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).to.be.instanceOf(ApiaryError);
  return error as ApiaryError;
}

/** Listens as something that is no Redis. */
function listenOn(port: number): Promise<Server> {
  const server = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}
