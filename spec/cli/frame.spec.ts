import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startEmbeddedRedis } from '../../lib/redis/embedded.ts';
import { apiary } from '../support/command-line.ts';
import { silentLog } from '../support/log.ts';
import { redisUrl } from '../support/redis.ts';

const NOBODY = 'redis://127.0.0.1:1';

describe('the command line', () => {
  for (const [what, words, code, says] of [
    ['a command that there is not', ['quues'], 2, /unknown command 'quues'.*queues/],
    ['an option that there is not', ['queues', '--none'], 2, /unknown option '--none'/],
    ['an argument that is missing', ['queue'], 2, /missing required argument 'queue'/],
    ['an argument too many', ['queue', 'a', 'b'], 2, /too many arguments/],
    ['a value that cannot be', ['queues', '--limit', '0'], 2, /must be a whole number from 1 to 1000/],
    ['a prefix that cannot be', ['queues', '--prefix', 'a b'], 2, /without spaces or braces/],
    ['an address that cannot be', ['queues', '--redis', 'http://secret@x'], 2, /^apiary: --redis is wrong: /],
    [
      'a Redis that is away',
      ['queues', '--redis', NOBODY],
      69,
      /redis:\/\/127\.0\.0\.1:1.* is not available/,
    ],
    ['a screen that is not there', ['top'], 2, /top is for a terminal with a screen and keys/],
    ['what is written to harm a screen', ['\u001b[2J'], 2, /\\u001b\[2J/],
    ['a name that every object has', ['__proto__'], 2, /unknown command/],
  ] as const) {
    it(`says in one line what is wrong with ${what}`, async () => {
      const ran = await apiary(words);

      expect([ran.code, ran.out]).to.deep.equal([code, '']);
      expect(ran.err)
        .to.match(says)
        .and.match(/^apiary: .*\n$/);
      expect(ran.err).not.to.include('secret');
    });
  }

  it('ends with 78 for a setting that cannot be', async () => {
    const { code, err } = await apiary(['queues'], { env: { REDIS_URL: 'http://secret@x' } });

    expect(code).to.equal(78);
    expect(err).to.match(/^apiary: REDIS_URL is a value that is not shown; allowed: .*\n$/);
  });

  it('asks nothing of settings that it does not need', async () => {
    const { code } = await apiary(['queues'], { env: { REDIS_URL: redisUrl(), API_KEYS: ':' } });

    expect(code).to.equal(0);
  });

  it('lists its commands, and tells of each what it takes', async () => {
    expect((await apiary(['--help'])).out).to.match(/^ {2}queues .*list the queues/m);
    const { code, out } = await apiary(['queues', '--help']);
    expect(code).to.equal(0);
    expect(out)
      .to.match(/--begin <text>/)
      .and.match(/--redis <url>/);
    expect((await apiary(['help', 'queues'])).out).to.equal(out);
  });

  it('has a version', async () => {
    expect((await apiary(['--version'])).out).to.match(/^\d+\.\d+\.\d+\n$/);
  });

  describe('without an address of Redis', () => {
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'apiary-cli-'));
    });

    afterEach(() => rm(folder, { recursive: true }));

    it('uses the embedded one of this folder', async () => {
      const dataDir = join(folder, '.data');
      const redis = await startEmbeddedRedis({ dataDir, binary: null, log: silentLog });
      try {
        expect(await apiary(['queues'], { env: {}, folder })).to.deep.equal({
          code: 0,
          out: 'there are no queues\n',
          err: '',
        });
      } finally {
        await redis.stop();
      }
      const { code, err } = await apiary(['queues'], { env: {}, folder });
      expect(code).to.equal(69);
      expect(err).to.match(/^apiary: the Redis of \.data\/ does not run: run npm start .*\n$/);
    });

    it('says in one sentence that there is none', async () => {
      const { code, err } = await apiary(['queues'], { env: {}, folder });

      expect(code).to.equal(78);
      expect(err).to.match(
        /^apiary: no Redis is known: give --redis or set REDIS_URL, or run npm start .*\n$/,
      );
    });

    it('reads it from a file', async () => {
      const file = join(folder, 'redis-url');
      await writeFile(file, `${redisUrl()}\n`);

      expect((await apiary(['queues'], { env: { REDIS_URL_FILE: file } })).code).to.equal(0);
    });
  });
});
