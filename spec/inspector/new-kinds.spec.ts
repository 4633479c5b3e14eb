import { expect } from 'chai';
import { openMonitor, QUEUE, type SpecMonitor } from '../support/monitor.ts';

const START = 1_000;

describe('new kinds of failure', () => {
  let monitor: SpecMonitor;
  let count: number;

  beforeEach(async () => {
    monitor = await openMonitor();
    count = 0;
  });
  afterEach(() => monitor.close());

  /** Stores a failed job as a worker does, that failed at a time, which may be any number. */
  const fail = async (message: string, at: number | string, options: object = {}): Promise<void> => {
    const { client, prefix } = monitor;
    const id = `job-${count++}`;
    const error = { name: 'Error', message, attempt: 1 };
    const record = { data: {}, status: 'failed', options: { type: 't', errors: [error], ...options } };
    await client.hset(`${prefix}:${QUEUE}:jobs`, id, JSON.stringify(record));
    await client.sadd(`${prefix}:${QUEUE}:failed`, id);
    await client.zadd(`${prefix}:${QUEUE}:failedOrder`, at, id);
  };
  /** The messages of what is new, which is noted as known at a time. */
  const look = async (now = 10_000): Promise<string[]> => {
    const { alerts } = monitor.inspector;
    const found = await alerts.newKinds(QUEUE, START, now);
    if (found === null) return [];
    await alerts.noteKinds(QUEUE, found, now);
    return found.kinds.map(({ message }) => message).sort();
  };

  it('are those that had not failed before the first look, each once', async () => {
    await fail('old one', START - 1);
    await fail('old one', START + 1);
    await fail('fresh one', START + 1);
    expect(await look()).to.deep.equal(['fresh one']);
    await fail('fresh one', START + 2);
    await fail('old one', START + 2);
    expect(await look()).to.be.empty;
    expect(await look()).to.be.empty;
  });

  it('are found until they are noted, and in the very millisecond of the last look too', async () => {
    await fail('one', START + 1);
    const { alerts } = monitor.inspector;
    expect((await alerts.newKinds(QUEUE, START))?.kinds).to.have.length(1);
    expect(await look()).to.deep.equal(['one']);
    await fail('other', START + 1);
    expect(await look()).to.deep.equal(['other']);
  });

  it('are told by what does not vary, without what a job is about', async () => {
    await fail('mail to ada@example.com of order 4711 failed', START + 1);
    expect(await look()).to.deep.equal(['mail to # of order # failed']);
  });

  it('say nothing of the errors of encrypted jobs', async () => {
    await fail('a secret', START + 1, { encrypted: true });
    const [told = ''] = await look();
    expect(told).not.to.include('secret');
  });

  it('are not hidden by times that another program has stored', async () => {
    for (const at of ['+inf', '1e300', '-inf']) await fail(`strange ${at.replace('1e300', 'far')}`, at);
    await look();
    await fail('true one', 10_001);
    expect(await look(10_002)).to.include('true one');
    await monitor.client.hset(`${monitor.prefix}:${QUEUE}:knownCases`, 'until', 'nonsense', 'x', '');
    await fail('another one', 10_003);
    expect(await look(10_004)).to.deep.equal(['another one']);
  });

  it('are found after the clock of Redis was set back', async () => {
    await fail('before', 9_000);
    expect(await look(9_001)).to.deep.equal(['before']);
    await fail('behind', 5_001);
    expect(await look(5_002)).to.deep.equal(['behind']);
    await fail('later', 5_003);
    expect(await look(5_004)).to.deep.equal(['later']);
    expect(await look(5_005)).to.be.empty;
  });

  it('are bounded, however many somebody invents', async () => {
    const words = Array.from({ length: 2_500 }, (_, at) =>
      at.toString(26).replace(/\d/g, (d) => 'qrstuvwxyz'[Number(d)] ?? ''),
    );
    for (let begin = 0; begin < words.length; begin += 150) {
      const some = words.slice(begin, begin + 150);
      await Promise.all(some.map((word, at) => fail(`fault of ${word}`, START + begin + at)));
      await look(START + begin + 200);
    }
    expect(await monitor.client.hlen(`${monitor.prefix}:${QUEUE}:knownCases`)).to.be.at.most(1_001);
  });
});
