import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { ApiaryError } from '../../lib/errors.ts';
import { type AuditNote, Inspector } from '../../lib/inspector/inspector.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { silentLog } from '../support/log.ts';
import { redisUrl } from '../support/redis.ts';

const NOTE: AuditNote = {
  by: 'ada',
  through: 'monitor',
  action: 'retry',
  queue: 'mail',
  id: 'a1',
  outcome: 'done',
  detail: null,
};

describe('the audit stream', () => {
  let client: RedisClient;
  let inspector: Inspector;

  beforeEach(() => {
    client = connect(parseRedisUrl(redisUrl()), 'requests', { log: silentLog });
    inspector = new Inspector({ client, prefix: `spec-${randomUUID()}` });
  });

  afterEach(() => closeClient(client));

  it('gives back what was written, with the time by Redis, newest first', async () => {
    const [seconds] = await client.time();
    await inspector.audit.record(NOTE);
    await inspector.audit.record({
      by: 'shop',
      through: 'api',
      action: 'pause',
      queue: null,
      id: null,
      outcome: 'refused',
      detail: 'why',
    });

    const { entries, cursor } = await inspector.audit.list();

    const [second, first] = entries;
    expect(entries).to.have.lengthOf(2);
    expect(first).to.deep.equal({ ...NOTE, entryId: first?.entryId, at: first?.at });
    expect(first?.at).to.be.at.least(Number(seconds) * 1_000);
    expect(second).to.include({ by: 'shop', through: 'api', queue: null, id: null, detail: 'why' });
    expect(cursor).to.equal(null);
  });

  it('is read page by page, each note once', async () => {
    for (let count = 0; count < 5; count++) await inspector.audit.record({ ...NOTE, id: String(count) });

    const ids: (string | null)[] = [];
    let before: string | null = null;
    do {
      const page = await inspector.audit.list({ before, limit: 2 });
      ids.push(...page.entries.map(({ id }) => id));
      before = page.cursor;
    } while (before !== null);

    expect(ids).to.deep.equal(['4', '3', '2', '1', '0']);
  });

  it('is read for one queue, however much was done to others', async () => {
    await inspector.audit.record({ ...NOTE, queue: 'rare' });
    const others = Array.from({ length: 1_500 }, () => inspector.audit.record(NOTE));
    await Promise.all(others);

    const { entries, cursor } = await inspector.audit.list({ queue: 'rare' });

    expect(entries.map(({ queue }) => queue)).to.deep.equal(['rare']);
    expect(cursor).to.equal(null);
  });

  it('keeps notes small, whatever came from outside', async () => {
    await inspector.audit.record({ ...NOTE, id: 'x'.repeat(100_000), detail: '\n'.repeat(1_000) });

    const [entry] = (await inspector.audit.list()).entries;

    expect(entry?.id).to.have.lengthOf(500);
    expect(entry?.detail).to.have.lengthOf(500);
  });

  it('forgets the oldest notes in the end', async () => {
    for (let round = 0; round < 12; round++) {
      await Promise.all(Array.from({ length: 1_000 }, () => inspector.audit.record(NOTE)));
    }

    let kept = 0;
    let before: string | null = null;
    do {
      const page = await inspector.audit.list({ before, limit: 1_000 });
      kept += page.entries.length;
      before = page.cursor;
    } while (before !== null);

    expect(kept).to.be.at.least(10_000).and.below(11_000);
  }).timeout(120_000);

  it('refuses a cursor and a limit that cannot be, by name', async () => {
    for (const query of [{ before: '-' }, { limit: 0 }]) {
      const thrown: unknown = await inspector.audit.list(query).catch((error: unknown) => error);
      expect(thrown).to.be.instanceOf(ApiaryError).with.property('code', 'JOB_INVALID');
      expect(thrown).to.have.property('message').that.includes(Object.keys(query)[0]);
    }
  });
});
