import { expect } from 'chai';
import { z } from 'zod';
import { ApiaryError } from '../../../lib/errors.ts';
import { Inspector } from '../../../lib/inspector/inspector.ts';
import { defineJob } from '../../../lib/jobs/define.ts';
import { Producer } from '../../../lib/jobs/producer.ts';
import { parseKeyring } from '../../../lib/keyring.ts';
import { closeClient, type RedisClient } from '../../../lib/redis/connect.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { randomKeys } from '../../support/encryption.ts';
import { openRequests } from '../../support/redis.ts';

describe('moving encrypted jobs', () => {
  let client: RedisClient;
  const keyring = parseKeyring(randomKeys()) ?? null;
  const [from, to] = [testQueueName(), testQueueName()];
  const Secret = defineJob({ type: 'secret', queue: from, schema: z.unknown(), encrypt: true });

  before(() => {
    client = openRequests();
  });
  after(() => closeClient(client));

  it('seals them anew for the other queue, and leaves them where the keys are not here', async () => {
    const producer = new Producer({ client, keyring });
    const { id } = await producer.add(Secret, { pin: 'only-there' }, { headers: { who: 'ada' } });
    const [closed, open] = [new Inspector({ client }), new Inspector({ client, keyring })];

    const refused = await closed.move(from, id, { to, by: 'ada' }).catch((error: unknown) => error);
    expect(refused instanceof ApiaryError && refused.code).to.equal('ENCRYPTION_KEY_MISSING');
    expect((await open.job(from, id))?.data).to.deep.equal({ pin: 'only-there' });

    expect((await open.move(from, id, { to, by: 'ada' })).done).to.equal(true);
    const moved = await open.job(to, id);
    expect(moved).to.deep.include({ data: { pin: 'only-there' }, encrypted: 'opened' });
    expect(moved?.logs.map(({ message }) => message)).to.deep.equal([`moved here from queue ${from} by ada`]);
    const stored = JSON.stringify(await client.hgetall(`bq:${to}:jobs`));
    expect(stored).to.not.include('only-there').and.not.include('moved here');
    await producer.close();
  });
});
