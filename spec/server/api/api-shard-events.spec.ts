import { expect } from 'chai';
import { z } from 'zod';
import { shardKeys } from '../../../lib/engine/shard-keys.ts';
import { defineJob } from '../../../lib/jobs/define.ts';
import { Producer } from '../../../lib/jobs/producer.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';
import { giveShards } from '../../support/shards.ts';

describe('the events of a queue with shards over HTTP', () => {
  const queue = testQueueName();
  let api: SpecApi;

  before(async () => {
    api = await startApi();
    await giveShards({ client: api.client }, queue, 3);
  });
  after(async () => {
    await api.client.hdel(shardKeys('bq').records, queue);
    await api.close();
  });

  /** Reads so many events, from behind that id, and then is gone; the last id is that of who comes back. */
  const read = async (count: number, since: string): Promise<{ jobs: string[]; last: string }> => {
    const gone = new AbortController();
    const answer = await fetch(`${api.origin}/v1/queues/${queue}/events`, {
      headers: { 'Last-Event-ID': since },
      signal: gone.signal,
    });
    expect(answer.status).to.equal(200);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const told = (): string[] =>
      text
        .split('\n\n')
        .slice(0, -1)
        .filter((one) => one.includes('data: '));
    while (reader && told().length < count) text += (await reader.read()).value ?? '';
    gone.abort();
    const events = told().slice(0, count);
    const jobs = events.map((one) => String(JSON.parse(one.slice(one.indexOf('data: ') + 6)).job));
    return { jobs, last: /^id: (.*)$/m.exec(events.at(-1) ?? '')?.[1] ?? '' };
  };

  it('come each once to a client that breaks off again and again', async () => {
    await api.call('PUT', `/v1/queues/${queue}/events/recording`, { body: { recorded: true } });
    const producer = new Producer({ client: api.client });
    const job = defineJob({ type: 'job', queue, schema: z.unknown() });
    const added = await producer.addMany(
      job,
      Array.from({ length: 50 }, (_, at) => at),
    );
    await producer.close();
    const seen: string[] = [];
    for (let since = '0-0'; seen.length < 50; ) {
      const { jobs, last } = await read(10, since);
      seen.push(...jobs);
      since = last;
    }
    expect(seen.sort()).to.deep.equal(added.map(({ id }) => id).sort());
  });

  it('are refused from behind what is no id', async () => {
    for (const since of ['1-1.', '1-1.x', `${'1-1.'.repeat(64)}1-1`]) {
      const { status } = await api.call('GET', `/v1/queues/${queue}/events`, {
        headers: { 'Last-Event-ID': since },
      });
      expect(status).to.equal(422);
    }
  });
});
