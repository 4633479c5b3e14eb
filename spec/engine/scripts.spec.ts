import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect } from 'chai';
import { Command, Redis } from 'ioredis';
import { queueKeys } from '../../lib/engine/keys.ts';
import type { PartEntry, ScriptEntry } from '../../lib/engine/script-entry.ts';
import { functionName, layoutOf, sourceOf } from '../../lib/engine/script-source.ts';
import { PARTS, SCRIPTS } from '../../lib/engine/script-table.ts';
import { commandOf, defineScripts, runScript } from '../../lib/engine/scripts.ts';
import { namesOf } from '../../lib/names-of.ts';
import { closeClient, connect } from '../../lib/redis/connect.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from '../support/log.ts';
import { redisTarget, redisUrl } from '../support/redis.ts';

const FOLDER = new URL('../../lib/engine/scripts/', import.meta.url);
const PATHS = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.lua'),
);
const TABLE: Readonly<Record<string, ScriptEntry>> = SCRIPTS;
const FUNCTIONS = new Set([...Object.keys(PARTS), ...Object.keys(SCRIPTS)].map(functionName));

/** What the table says of a file: more than one entry where a script plays several roles. */
function entriesOf(file: string): (ScriptEntry | PartEntry)[] {
  const part = PARTS[file];
  const scripts = Object.entries(TABLE).filter(([name, { file: own = name }]) => own === file);
  return [...(part ? [part] : []), ...scripts.map(([, entry]) => entry)];
}

function argsOf({ args = [] }: ScriptEntry | PartEntry): string[] {
  return Array.isArray(args) ? args : Object.keys(args);
}

for (const path of PATHS) {
  describe(`scripts/${path}`, () => {
    const source = readFileSync(new URL(path, FOLDER), 'utf8');
    const header = /^--\[\[\n(.*?)\n\]\]\n/s.exec(source)?.[1] ?? '';
    const code = source.slice(source.indexOf(']]') + 2);
    const words = new Set(code.replace(/--.*$/gm, '').match(/\w+/g));
    const entries = entriesOf(basename(path, '.lua'));
    const [entry] = entries;
    const part = (start: string, end: string): string =>
      new RegExp(`^${start}(.*?)(?=^${end}|$(?![\\s\\S]))`, 'ms').exec(header)?.[1]?.trim() ?? '';

    it('begins with a header that says purpose, answer and what it relies on', () => {
      expect(header.split('\n')[0], 'the purpose').to.match(/^[A-Z].{20,}/);
      expect(part('Returns ', 'Relies on:'), 'Returns').not.to.equal('');
      expect(part('Relies on:', '$'), 'Relies on').not.to.equal('');
    });

    it('is in the table of scripts, in the folder of its duty', () => {
      expect(entry).to.not.equal(undefined);
      expect(path).to.match(/^[\w-]+\/[\w-]+\.lua$/);
    });

    it('says of each argument what it is', () => {
      const said = part('ARGV', 'Returns');
      const named = entries.flatMap((one) => [...argsOf(one), one.rest ?? []].flat());
      const unsaid = named.filter((name) => !new RegExp(`(?:^| )${name}: `, 'm').test(said));

      expect(/^those of /.test(said) ? [] : unsaid).to.deep.equal([]);
    });

    it('names keys and arguments by their names, and uses each that it has', () => {
      expect([...words].filter((word) => word === 'KEYS' || word === 'ARGV')).to.deep.equal([]);
      const given = entries.flatMap((one) => [...(one.keys ?? []), ...argsOf(one), one.rest ?? []].flat());
      // What only those need that it calls, who calls has to name all the same.
      const unused = given.filter((name) => !words.has(name) && name !== 'claims');
      expect(unused).to.deep.equal([]);
    });

    it('takes no name of theirs for anything else', () => {
      const own = [...code.matchAll(/^local ([\w, ]+) =/gm)].flatMap(([, names = '']) => names.split(', '));
      const given = entries.flatMap((one) => [...(one.keys ?? []), ...argsOf(one), one.rest ?? []].flat());
      expect(own.filter((name) => given.includes(name))).to.deep.equal([]);
    });

    it('calls what the table says, and all of it', () => {
      const own = [...code.matchAll(/local function (\w+)/g)].map(([, name]) => name);
      const called = [...code.replace(/--.*$/gm, '').matchAll(/(?<![.:\w])(\w+)\(/g)].map(
        ([, name = '']) => name,
      );
      const functions = new Set(called.filter((name) => FUNCTIONS.has(name) && !own.includes(name)));
      const calls = new Set(entries.flatMap(({ calls = [] }) => calls.map(functionName)));

      expect([...functions].sort()).to.deep.equal([...calls].sort());
    });

    it('asks for the time by clock.lua alone', () => {
      const asks = /redis\.p?call\('TIME'\)/.test(code);
      expect(asks).to.equal(path.endsWith('clock.lua'));
    });

    it('builds no key and leaves no variable to the others', () => {
      expect(code).not.to.match(/redis\.call\('\w+', *['"]/);
      const args = entries.flatMap(argsOf);
      const set = [...code.matchAll(/^(\w+) *=[^=]/gm)].map(([, name = '']) => name);
      expect(set.filter((name) => !args.includes(name))).to.deep.equal([]);
    });
  });
}

describe('the table of scripts', () => {
  it('has a file for each part and each script', () => {
    const files = PATHS.map((path) => basename(path, '.lua'));
    const named = [...Object.keys(PARTS), ...Object.entries(TABLE).map(([name, { file = name }]) => file)];

    expect([...new Set(named)].sort()).to.deep.equal(files.sort());
  });

  it('gives each script the keys of all that it calls, each once', () => {
    const { keys } = layoutOf('promote-due');

    expect(keys).to.include.members(['delayed', 'lockStart', 'succeeded', 'failed', 'jobs']);
    for (const name of Object.keys(SCRIPTS)) {
      const all = layoutOf(name).keys;
      expect(new Set(all).size, name).to.equal(all.length);
    }
  });

  it('puts no number of an argument or key into what it writes but at the beginning', () => {
    for (const name of Object.keys(SCRIPTS)) {
      const lines = sourceOf(name).split('\n');
      const numbered = lines.filter((line) => /(?:KEYS|ARGV)\[\d+\]/.test(line));
      expect(
        numbered.every((line) => line.startsWith('local ')),
        name,
      ).to.equal(true);
      expect(numbered.length, name).to.be.within(0, 2);
    }
  });
});

describe('defineScripts', () => {
  const client = () => connect(redisTarget(), 'commands', { log: silentLog });

  it('teaches a client each script of the table, as Redis accepts it', async () => {
    const redis = client();
    defineScripts(redis);

    for (const name of namesOf(SCRIPTS)) {
      const sha = await redis.call('SCRIPT', 'LOAD', sourceOf(name));
      expect(sha, name).to.match(/^[0-9a-f]{40}$/);
      expect(redis, name).to.respondTo(commandOf(redis, name).name);
    }
    await closeClient(redis);
  });

  it('is harmless twice', async () => {
    const redis = client();

    defineScripts(redis);
    const once = commandOf(redis, 'take').command;
    defineScripts(redis);

    expect(commandOf(redis, 'take').command).to.equal(once);
    await closeClient(redis);
  });
});

describe('runScript', () => {
  const queue = queueKeys('bq', testQueueName(), false);
  const call = { script: 'lapsed', queue } as const;

  it('rejects with what Redis says', async () => {
    const redis = connect(redisTarget(), 'commands', { log: silentLog });
    defineScripts(redis);
    await redis.set(queue.workers, 'a string');

    const failure = await runScript(redis, call).then(
      () => null,
      (error: Error) => error,
    );

    expect(failure?.message).to.match(/^WRONGTYPE/);
    await redis.del(queue.workers);
    await closeClient(redis);
  });

  it('rejects a reply of another shape with the name of the script', async () => {
    const redis = connect(redisTarget(), 'commands', { log: silentLog });
    defineScripts(redis);
    Reflect.set(redis, commandOf(redis, 'lapsed').name, async () => [1, ['a', 2], 'b', []]);

    const failure = await runScript(redis, call).then(
      () => null,
      (error: Error) => error,
    );

    expect(failure?.message).to.equal(
      'script lapsed replied what it should not: a list was expected, not "b"',
    );
    await closeClient(redis);
  });

  it('sends the source again after Redis forgot it', async () => {
    const redis = connect(redisTarget(), 'commands', { log: silentLog });
    defineScripts(redis);
    await runScript(redis, call);
    await redis.script('FLUSH');

    const reply = await runScript(redis, call);

    expect(reply.slice(1)).to.deep.equal([[], [], [], []]);
    await closeClient(redis);
  });

  it('sends the source as often as Redis forgets it', async () => {
    const redis = new Redis(redisUrl());
    defineScripts(redis);
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
