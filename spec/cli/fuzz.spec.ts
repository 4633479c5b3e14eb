import { expect } from 'chai';
import fc from 'fast-check';
import { CLI_COMMANDS } from '../../lib/cli/commands.ts';
import { apiary } from '../support/command-line.ts';
import { modelRuns } from '../support/model-runs.ts';
import { redisUrl } from '../support/redis.ts';

/** All but the one that goes on until it is interrupted. */
const NAMES = Object.keys(CLI_COMMANDS).flatMap((name) => (name === 'events' ? [] : name.split(' ')));
/** What may be meant, beside what nobody means. */
const WORDS = [
  ...NAMES,
  ...[
    'mail',
    'a',
    'x:y',
    '..',
    '__proto__',
    'constructor',
    '',
    '-',
    '--',
    '---',
    '-x',
    '@',
    '@/',
    '*',
    '\u0000',
    '\ud800',
  ],
  ...['0', '-1', '1e9', 'NaN', '99999999999999999999', '{}', '[', 'null', '{"__proto__":1}'],
  ...[
    '--json',
    '--yes',
    '--utc',
    '--dry-run',
    '--redis',
    '--prefix',
    '--state',
    '--type',
    '--limit',
    '--cursor',
  ],
  ...[
    '--field',
    '--error',
    '--before',
    '--data',
    '--run-at',
    '--options',
    '--rate',
    '--lift',
    '--queue',
    '--id',
  ],
  ...[
    '--limit=5',
    '--limit=x',
    '--every',
    '--every=1',
    '--state=failed',
    '--rate=5/s',
    '--before=1h',
    '--help',
    '--none',
    '--no-json',
  ],
];

/** Any text, broken ones too. To make such from the start is cheap; fc.string lists a million characters first. */
const anything = fc.array(fc.nat(0x10ffff), { maxLength: 40 }).map((codes) => String.fromCodePoint(...codes));

describe('whatever words the command line is given', function () {
  this.timeout(120_000);

  it('it ends, with a code that it has, at most a line of error, and no stack', async () => {
    const word = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...WORDS) },
      { weight: 1, arbitrary: anything },
      { weight: 1, arbitrary: fc.constant('x'.repeat(100_000)) },
    );
    const line = fc.tuple(fc.constantFrom(...NAMES), fc.array(word, { maxLength: 6 }));
    await fc.assert(
      fc.asyncProperty(line, async ([name, words]) => {
        const ran = await apiary([name, ...words], { env: { REDIS_URL: redisUrl(), QUEUE_PREFIX: 'fuzz' } });

        expect([0, 1, 2, 3, 69, 78]).to.include(ran.code);
        expect(ran.err).not.to.match(/\n\s+at /);
        if (ran.code === 2 && !ran.err.startsWith('Usage: '))
          expect(ran.err).to.match(/^apiary: [^\n]{1,1100}\n$/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: no output may have any.
        expect(ran.err + ran.out).not.to.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      }),
      { numRuns: modelRuns(2_000) },
    );
  });
});
