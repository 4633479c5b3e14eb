import { expect } from 'chai';
import { count, flag, groupsOf, listOf, oneOf, orNull, text, tuple } from '../../lib/engine/script-reply.ts';
import { SCRIPTS } from '../../lib/engine/script-table.ts';

describe('the readers of replies', () => {
  for (const [what, read, reply, value] of [
    ['a number', count, 5, 5],
    ['a text', text, 'a', 'a'],
    ['1 as true', flag, 1, true],
    ['0 as false', flag, 0, false],
    ['one of some words', oneOf('a', 'b'), 'b', 'b'],
    ['nothing', orNull(text), null, null],
    ['a list', listOf(count), [1, 2], [1, 2]],
    ['a list of different things', tuple(count, text), [1, 'a'], [1, 'a']],
    [
      'a flat list of groups',
      groupsOf(text, count),
      ['a', 1, 'b', 2],
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    ['a take of nothing', SCRIPTS.take.reply, ['ok', 7], { ...noJobs(), state: 'ok', now: 7 }],
    ['a batch that is another', SCRIPTS['save-batch'].reply, ['other'], { outcome: 'other' }],
    ['a tick that another fired', SCRIPTS['schedule-fire'].reply, ['passed'], null],
  ] as const) {
    it(`read ${what}`, () => {
      expect(read(reply)).to.deep.equal(value);
    });
  }

  for (const [what, read, reply, message] of [
    ['a text for a number', count, '5', 'a number was expected, not "5"'],
    ['nothing for a text', text, null, 'a text was expected, not null'],
    ['another number for a flag', flag, 2, '1 or 0 was expected, not 2'],
    ['another word', oneOf('a', 'b'), 'c', 'one of a, b was expected, not "c"'],
    ['a text for a list', listOf(count), 'a', 'a list was expected, not "a"'],
    ['a list that is too short', tuple(count, text), [1], 'a text was expected, not undefined'],
    ['a group that is cut off', groupsOf(text, count), ['a', 1, 'b'], 'a number was expected, not undefined'],
  ] as const) {
    it(`refuse ${what}`, () => {
      expect(() => read(reply)).to.throw(message);
    });
  }
});

function noJobs(): object {
  return {
    ids: '[]',
    records: [],
    cancelled: '[]',
    againInMs: null,
    suspect: null,
    leavesSuspects: false,
  };
}
