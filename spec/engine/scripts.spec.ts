import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Command, Redis } from 'ioredis';
import { SCRIPTS, type ScriptEntry } from '../../lib/engine/script-table.ts';
import { defineScripts, runScript } from '../../lib/engine/scripts.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { silentLog } from '../support/log.ts';
import { uniqueQueueName } from '../support/queue.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';

const FOLDER = new URL('../../lib/engine/scripts/', import.meta.url);
const FILES = readdirSync(FOLDER);

for (const file of FILES) {
  describe(`scripts/${file}`, () => {
    const source = readFileSync(new URL(file, FOLDER), 'utf8');
    const header = /^--\[\[\n(.*?)\n\]\]\n/s.exec(source)?.[1] ?? '';
    const code = source.slice(source.indexOf(']]'));
    const part = (start: string, end: string): string =>
      new RegExp(`^${start}(.*?)(?=^${end}|$(?![\\s\\S]))`, 'ms').exec(header)?.[1]?.trim() ?? '';

    it('begins with a header that says purpose, keys, arguments, answer and what it relies on', () => {
      expect(header.split('\n')[0], 'the purpose').to.match(/^[A-Z].{20,}/);
      expect(part('KEYS', 'ARGV'), 'KEYS').not.to.equal('');
      expect(part('ARGV', 'Returns'), 'ARGV').not.to.equal('');
      expect(part('Returns ', 'Relies on:'), 'Returns').not.to.equal('');
      expect(part('Relies on:', '$'), 'Relies on').not.to.equal('');
    });

    for (const [name, end] of [
      ['KEYS', 'ARGV'],
      ['ARGV', 'Returns'],
    ] as const) {
      it(`declares each of the ${name} it uses, and uses each it declares`, () => {
        const declared = [...part(name, end).matchAll(/(?:^| {2,})(\d+)(\.\.)? /gm)];
        const numbers = declared.map(([, number]) => Number(number));
        const open = declared.some(([, , dots]) => dots) || !/^\d/.test(part(name, end));
        const used = [...code.matchAll(new RegExp(`${name}\\[(\\d+)\\]`, 'g'))].map(([, number]) =>
          Number(number),
        );
        const fixed = declared.filter(([, , dots]) => !dots).map(([, number]) => Number(number));

        expect(numbers, 'numbered in order').to.deep.equal(numbers.map((_, at) => at + 1));
        expect(
          fixed.filter((number) => !used.includes(number)),
          'declared but not used',
        ).to.deep.equal([]);
        const unknown = used.filter((number) => !numbers.includes(number));
        expect(open ? [] : unknown, 'used but not declared').to.deep.equal([]);
      });
    }

    it('stands in the table of scripts with the keys that its header counts', () => {
      const entry: ScriptEntry | undefined = Object.entries(SCRIPTS).find(
        ([name]) => `${name}.lua` === file,
      )?.[1];
      const numbers = [...part('KEYS', 'ARGV').matchAll(/(?:^| {2,})(\d+) /gm)].map(([, number]) =>
        Number(number),
      );
      const fixed = (entry?.keys.length ?? 0) - (entry?.optional ?? 0);

      // Some say in words what they share with another.
      const isWhole = numbers.length > 1 && !/\d\.\. the keys of/.test(header);
      if (isWhole) expect(Math.max(...numbers)).to.be.within(fixed, entry?.keys.length ?? 0);
      expect(entry).to.not.equal(undefined);
    });

    it('builds no key and leaves no variable to the others', () => {
      expect(code).not.to.match(/redis\.call\('\w+', *['"]/);
      expect(code).not.to.match(/^\w+ *=[^=]/m);
    });
  });
}

describe('defineScripts', () => {
  const client = () => connect(redisTarget(), 'commands', { log: silentLog });

  it('teaches a client each file of the folder, as Redis accepts it', async () => {
    const redis = client();
    defineScripts(redis);

    for (const file of FILES) {
      const sha = await redis.call('SCRIPT', 'LOAD', readFileSync(new URL(file, FOLDER), 'utf8'));
      expect(sha, file).to.match(/^[0-9a-f]{40}$/);
      expect(redis, file).to.respondTo(`apiary-${file.replace('.lua', '')}`);
    }
    await closeClient(redis);
  });

  it('is harmless twice', async () => {
    const redis = client();

    defineScripts(redis);
    const once = Reflect.get(redis, 'apiary-take');
    defineScripts(redis);

    expect(Reflect.get(redis, 'apiary-take')).to.equal(once);
    await closeClient(redis);
  });
});

describe('runScript', () => {
  const key = uniqueQueueName();

  it('rejects with what Redis says', async () => {
    const redis = connect(redisTarget(), 'commands', { log: silentLog });
    defineScripts(redis);
    await redis.set(key, 'a string');

    const failure = await runScript(redis, { script: 'lapsed', keys: [key, `${key}:none`], args: [] }).then(
      () => null,
      (error: Error) => error,
    );

    expect(failure?.message).to.match(/^WRONGTYPE/);
    await closeClient(redis);
  });

  it('sends the source again after Redis forgot it', async () => {
    const redis = connect(redisTarget(), 'commands', { log: silentLog });
    defineScripts(redis);
    const call = { script: 'lapsed', keys: [`${key}:none`, `${key}:none`], args: [] } as const;
    await runScript(redis, call);
    await redis.script('FLUSH');

    const reply = (await runScript(redis, call)) as unknown[];

    expect(reply.slice(1)).to.deep.equal([[], [], []]);
    await closeClient(redis);
  });

  it('sends the source as often as Redis forgets it', async () => {
    const redis = new Redis(redisUrl());
    defineScripts(redis);
    const call = { script: 'lapsed', keys: [`${key}:none`, `${key}:none`], args: [] } as const;
    const send = redis.sendCommand.bind(redis);
    redis.sendCommand = (command, stream) => {
      const answer = send(command, stream);
      if (command.name === 'eval') send(new Command('script', ['FLUSH']));
      return answer;
    };

    const replies = await Promise.all(Array.from({ length: 5 }, () => runScript(redis, call)));

    expect(replies).to.have.length(5);
    await closeClient(redis);
  });
});
