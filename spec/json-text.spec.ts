import { expect } from 'chai';
import fc from 'fast-check';
import { elementsOf, memberOf } from '../lib/json-text.ts';

describe('cutting values out of JSON texts', () => {
  const spaced = [undefined, 1, '\t\r\n '] as const;

  it('cuts each item out of a list as it is written', () => {
    fc.assert(
      fc.property(fc.array(fc.json(), { maxLength: 8 }), fc.constantFrom('', ' ', '\n\t'), (items, space) => {
        const text = `${space}[${items.map((item) => `${space}${item}${space}`).join(',')}]${space}`;
        expect(elementsOf(text)).to.deep.equal(items);
      }),
    );
  });

  it('finds what JSON.parse finds under a name', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(...spaced), (object, space) => {
        const text = JSON.stringify(object, null, space);
        for (const name of Object.keys(object)) {
          const cut = memberOf(text, name);
          expect(cut === null ? null : JSON.parse(cut)).to.deep.equal(
            (JSON.parse(text) as Record<string, unknown>)[name],
          );
        }
        expect(memberOf(text, 'no such name, at least not in forty thousand years')).to.equal(null);
      }),
    );
  });

  it('takes the last of two, and knows a name that is written with escapes', () => {
    expect(memberOf('{"a":1,"a":[2]}', 'a')).to.equal('[2]');
    expect(memberOf('{"\\u0061":1.50}', 'a')).to.equal('1.50');
    expect(memberOf('{"b":"\\\\","a":"}\\""}', 'a')).to.equal('"}\\""');
  });

  it('follows any depth', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;

    expect(memberOf(`{"a":${deep},"b":1}`, 'a')).to.have.length(deep.length);
  });
});
