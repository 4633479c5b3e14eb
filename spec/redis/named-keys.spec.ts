import { expect } from 'chai';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { nameKeys } from '../../lib/redis/named-keys.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { redisTarget } from '../support/redis.ts';

describe('nameKeys', () => {
  const key = testQueueName();
  let redis: RedisClient;

  before(async () => {
    redis = connect(redisTarget(), 'commands', { log: silentLog });
    await redis.set(key, 'a string');
  });
  after(() => closeClient(redis));

  const failure = (call: Promise<unknown>): Promise<Error> =>
    call.then(
      () => Promise.reject(new Error('it did not fail')),
      (error: Error) => error,
    );

  it('names the key of a command that found another type, once', async () => {
    const error = await failure(redis.llen(key));

    expect(nameKeys(nameKeys(error)).message)
      .to.match(new RegExp(` \\(llen ${key}\\)$`))
      .and.to.not.match(/\(.*\(/);
  });

  it('names both keys of a move', async () => {
    const error = await failure(redis.blmove(key, `${key}:to`, 'RIGHT', 'LEFT', 1));

    expect(nameKeys(error).message).to.contain(`(blmove ${key} ${key}:to)`);
  });

  it('leaves other errors as they are, so that no data gets into the log', async () => {
    const error = await failure(redis.call('SET', key, 'secret', 'WRONG'));
    const { message } = error;

    expect(nameKeys(error).message).to.equal(message);
    expect(nameKeys(new Error('WRONGTYPE Operation')).message).to.equal('WRONGTYPE Operation');
  });
});
