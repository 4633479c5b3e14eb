import { expect } from 'chai';
import fc from 'fast-check';
import { mayMatch } from '../../../lib/engine/queries/may-match.ts';
import { hasField } from '../../../lib/engine/record/data-field.ts';
import { matches } from '../../../lib/engine/record/job-filter.ts';
import { parseRecord } from '../../../lib/engine/record/record.ts';

const QUEUE = 'mail';

/** As strict programs write JSON, and as those do that write signs by their numbers. */
function escaped(json: string, from: number): string {
  return [...json].map((sign) => (sign.charCodeAt(0) >= from ? toNumber(sign) : sign)).join('');
}

function toNumber(sign: string): string {
  return Array.from({ length: sign.length }, (_, at) => {
    const code = sign.charCodeAt(at).toString(16).padStart(4, '0');
    return `\\u${code}`;
  }).join('');
}

const text = fc.oneof(
  fc.constantFrom(
    'mail',
    'a',
    '1',
    '1.0',
    '1e3',
    'true',
    'null',
    'é',
    '\n',
    '"',
    '/',
    'a b',
    'encrypted',
    '\\u00',
  ),
  fc.string({ minLength: 1, maxLength: 4 }),
);

describe('telling by the text of a record whether a search may find it', () => {
  it('passes over none that it would find', () => {
    const value = fc.oneof(text, fc.double({ noNaN: true }), fc.integer(), fc.boolean(), fc.constant(null));
    const record = fc.record({
      value,
      type: fc.option(text, { nil: undefined }),
      key: fc.option(text, { nil: undefined }),
      message: text,
      from: fc.constantFrom(0x80, 0x10000),
    });
    const wanted = fc.record(
      { type: text, key: text, error: text, value: text, same: fc.boolean() },
      { requiredKeys: ['same'] },
    );
    fc.assert(
      fc.property(record, wanted, (stored, search) => {
        const errors = [{ name: 'Error', message: stored.message, at: 1 }];
        const options = { timestamp: 1, type: stored.type, key: stored.key, errors };
        const raw = escaped(
          JSON.stringify({ data: { v: stored.value }, options, status: 'failed' }),
          stored.from,
        );
        // What was put in is looked for as often as anything else.
        const { same } = search;
        const filter = {
          ...(search.type !== undefined && { type: same ? (stored.type ?? QUEUE) : search.type }),
          ...(search.key !== undefined && { key: same ? (stored.key ?? 'none') : search.key }),
          ...(search.error !== undefined && { error: same ? stored.message.slice(0, 2) : search.error }),
        };
        const sought = typeof stored.value === 'string' ? stored.value : JSON.stringify(stored.value);
        const field = search.value === undefined ? null : { path: 'v', value: same ? sought : search.value };
        const read = parseRecord(raw);
        if (!read) throw new Error('it cannot be read');
        const isFound = matches(filter, QUEUE, read) && (field === null || hasField(read.data, field));
        return !isFound || mayMatch({ filter, field }, QUEUE)(raw);
      }),
    );
  });

  it('passes over what cannot be found, unless it may be hidden', () => {
    const may = mayMatch({ filter: { error: 'mailbox full' }, field: null }, QUEUE);

    expect(may('{"options":{"errors":[{"message":"timeout"}]}}')).to.equal(false);
    expect(may('{"options":{"errors":[{"message":"mailbox full of x"}]}}')).to.equal(true);
    expect(may('{"options":{"encrypted":true}}')).to.equal(true);
    expect(may('{"options":{"errors":[{"message":"mailbox\\u0020full"}]}}')).to.equal(true);
  });
});
