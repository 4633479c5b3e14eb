import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { presenceKeys } from '../../../lib/engine/keys.ts';
import { announce, readWorkers, takeLeave, type WorkerInfo } from '../../../lib/engine/queries/presence.ts';
import { openEngine, type SpecEngine } from '../../support/engine.ts';
import { until } from '../../support/wait.ts';

describe('presence', () => {
  let engine: SpecEngine;
  let deps: { client: SpecEngine['client']; prefix: string };

  beforeEach(() => {
    engine = openEngine();
    deps = { client: engine.client, prefix: `spec-${randomUUID()}` };
  });
  afterEach(() => engine.close());

  const worker = (id: string, startedAt = 1): WorkerInfo => ({
    id,
    host: 'host',
    pid: 1,
    version: '1.0.0',
    startedAt,
    queues: [{ name: 'mail', weight: 1 }],
    strict: false,
    concurrency: 10,
    status: 'running',
    handlers: [],
    runningCount: 0,
    running: [],
  });
  const idsRead = async (): Promise<string[]> => (await readWorkers(deps)).map(({ id }) => id);
  const keysLeft = (): Promise<string[]> => engine.client.keys(`${deps.prefix}:*`);

  it('knows nobody where nobody spoke', async () => {
    expect(await readWorkers(deps)).to.deep.equal([]);
  });

  it('tells what the workers said last, the one that started first first', async () => {
    await announce(deps, worker('younger', 2));
    await announce(deps, worker('older', 1));
    await announce(deps, { ...worker('younger', 2), status: 'quiet' });

    expect(await readWorkers(deps)).to.deep.equal([
      worker('older', 1),
      { ...worker('younger', 2), status: 'quiet' },
    ]);
  });

  it('forgets one that takes its leave', async () => {
    await announce(deps, worker('a'));
    await announce(deps, worker('b'));

    await takeLeave(deps, 'a');

    expect(await idsRead()).to.deep.equal(['b']);
    expect(await engine.client.zrange(presenceKeys(deps.prefix).index, 0, '-1')).to.deep.equal(['b']);
  });

  it('forgets by itself one that says nothing any more, and leaves no key', async () => {
    await announce(deps, worker('a'), 50);

    await until(async () => (await keysLeft()).length === 0, 'its keys were gone');

    expect(await idsRead()).to.deep.equal([]);
  });

  it('passes over what is no JSON, and what is in another shape', async () => {
    await announce(deps, worker('sound'));
    for (const [at, text] of ['', '{', 'null', '[]', '"x"', '{"handlers":1}'].entries()) {
      await announce(deps, worker(`odd-${at}`));
      await engine.client.set(presenceKeys(deps.prefix).worker(`odd-${at}`), text);
    }

    expect(await idsRead()).to.deep.equal(['sound']);
  });

  it('drops from the index the dead whom the living outlast', async () => {
    await announce(deps, worker('dead'), 1);
    await until(async () => !(await idsRead()).includes('dead'), 'it was gone');

    await announce(deps, worker('alive'));

    expect(await engine.client.zrange(presenceKeys(deps.prefix).index, 0, '-1')).to.deep.equal(['alive']);
  });

  it('has the reader drop one from the index whose key is gone', async () => {
    await announce(deps, worker('a'));
    await announce(deps, worker('b'));
    await engine.client.del(presenceKeys(deps.prefix).worker('a'));

    expect(await idsRead()).to.deep.equal(['b']);

    expect(await engine.client.zrange(presenceKeys(deps.prefix).index, 0, '-1')).to.deep.equal(['b']);
  });

  it('passes over what it cannot read', async () => {
    await announce(deps, { id: 'strange' } as WorkerInfo);
    await announce(deps, { ...worker('odd'), handlers: [null] } as never);
    await announce(deps, worker('a'));

    expect(await idsRead()).to.deep.equal(['a']);
  });
});
