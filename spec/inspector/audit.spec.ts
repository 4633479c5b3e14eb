import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { auditKey } from '../../lib/engine/keys.ts';
import { ApiaryError } from '../../lib/errors.ts';
import { type AuditNote, type AuditQuery, Inspector } from '../../lib/inspector/inspector.ts';
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
  let prefix: string;

  beforeEach(() => {
    client = connect(parseRedisUrl(redisUrl()), 'requests', { log: silentLog });
    prefix = `spec-${randomUUID()}`;
    inspector = new Inspector({ client, prefix });
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

  it('is searched by who, what, queue and time', async () => {
    const key = auditKey(prefix);
    const write = (at: number, by: string, action: string, queue: string): Promise<unknown> =>
      client.xadd(
        key,
        `${at}-0`,
        'by',
        by,
        'through',
        'api',
        'action',
        action,
        'queue',
        queue,
        'outcome',
        'done',
      );
    await write(1_000, 'ada', 'retry', 'mail');
    await write(2_000, 'bob', 'retry', 'mail');
    await write(3_000, 'ada', 'pause', 'mail');
    await write(4_000, 'ada', 'retry', 'shop');
    const found = async (query: AuditQuery): Promise<number[]> =>
      (await inspector.audit.list(query)).entries.map(({ at }) => at);

    expect(await found({ by: 'ada' })).to.deep.equal([4_000, 3_000, 1_000]);
    expect(await found({ by: 'ad' })).to.deep.equal([]);
    expect(await found({ action: 'retry', queue: 'mail' })).to.deep.equal([2_000, 1_000]);
    expect(await found({ from: 2_000, to: 4_000 })).to.deep.equal([3_000, 2_000]);
    expect(await found({ from: 4_001 })).to.deep.equal([]);
    expect(await found({ to: 0 })).to.deep.equal([]);
    expect(await found({ before: '0-0' })).to.deep.equal([]);
    expect(await found({ before: '3000-0', to: 9_000 })).to.deep.equal([2_000, 1_000]);
    expect(await found({ before: '3000-0', to: 2_000 })).to.deep.equal([1_000]);
    expect(await found({ by: 'ada', action: 'retry', queue: 'mail', from: 0, to: 9_000 })).to.deep.equal([
      1_000,
    ]);
  });

  it('ends a search that finds nothing among very many, and says where it goes on', async () => {
    for (let round = 0; round < 3; round++)
      await Promise.all(Array.from({ length: 8_000 }, () => client.xadd(auditKey(prefix), '*', 'by', 'bob')));

    const first = await inspector.audit.list({ by: 'ada' });
    const second = await inspector.audit.list({ by: 'ada', before: first.cursor });

    expect(first.entries).to.deep.equal([]);
    expect(first.cursor).to.be.a('string');
    expect(second).to.deep.equal({ entries: [], cursor: null });
  }).timeout(60_000);

  describe('of which is kept what was said', () => {
    const DAY_MS = 86_400_000;
    const all = async (): Promise<(string | null)[]> =>
      (await inspector.audit.list({ limit: 1_000 })).entries.map(({ id }) => id);
    const old = async (days: number): Promise<void> => {
      const at = Date.now() - days * DAY_MS;
      await client.xadd(
        auditKey(prefix),
        `${at}-0`,
        'by',
        'ada',
        'action',
        'retry',
        'id',
        `${days} days old`,
      );
    };

    it('keeps so many, also of what is written by who was told nothing', async () => {
      await inspector.audit.keep({ count: 200, days: null });
      const other = new Inspector({ client, prefix });
      await Promise.all(Array.from({ length: 1_000 }, () => other.audit.record(NOTE)));

      expect((await all()).length)
        .to.be.at.least(200)
        .and.below(400);
      expect(await inspector.audit.kept()).to.deep.equal({ count: 200, days: null });
    });

    it('keeps more than are kept unless told', async () => {
      await inspector.audit.keep({ count: 50_000, days: null });
      for (let round = 0; round < 12; round++)
        await Promise.all(Array.from({ length: 1_000 }, () => inspector.audit.record(NOTE)));

      expect(await client.xlen(auditKey(prefix))).to.equal(12_000);
    }).timeout(60_000);

    it('removes what is older than so many days, with each note and when asked', async () => {
      await old(9);
      await old(2);
      await inspector.audit.keep({ count: 1_000, days: 3 });
      await inspector.audit.record(NOTE);
      expect(await all()).to.deep.equal(['a1', '2 days old']);

      await inspector.audit.keep({ count: 1_000, days: 1 });
      expect(await inspector.audit.trim()).to.equal(1);
      expect(await all()).to.deep.equal(['a1']);
    });

    it('leaves no key where nothing but the usual was said, and goes by the usual where it is damaged', async () => {
      await inspector.audit.keep({ count: 10_000, days: null });
      expect(await client.keys(`${prefix}*`)).to.deep.equal([]);

      for (const damaged of ['x', '{"count":0}', '{"count":1e99,"days":"x"}', '[]', 'null']) {
        await client.set(`${auditKey(prefix)}:keep`, damaged);
        expect(await inspector.audit.kept()).to.deep.equal({ count: 10_000, days: null });
        await inspector.audit.record(NOTE);
      }
      expect(await all()).to.have.length(5);
    });

    it('refuses what is no number, by name', async () => {
      for (const keep of [
        { count: 0, days: null },
        { count: Number.NaN, days: null },
        { count: 1, days: -1 },
        { count: 1, days: 1e9 },
      ]) {
        const thrown: unknown = await inspector.audit.keep(keep).catch((error: unknown) => error);
        expect(thrown).to.be.instanceOf(ApiaryError).with.property('code', 'JOB_INVALID');
      }
    });
  });

  it('refuses a cursor and a limit that cannot be, by name', async () => {
    for (const query of [{ before: '-' }, { limit: 0 }, { from: -1 }, { to: Number.NaN }]) {
      const thrown: unknown = await inspector.audit.list(query).catch((error: unknown) => error);
      expect(thrown).to.be.instanceOf(ApiaryError).with.property('code', 'JOB_INVALID');
      expect(thrown).to.have.property('message').that.includes(Object.keys(query)[0]);
    }
  });
});
