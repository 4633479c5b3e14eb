import { expect } from 'chai';
import { isLabel, isName, requireName, requireProducerName } from '../lib/names.ts';
import { HOSTILE_NAMES } from './support/hostile-names.ts';

describe('names', () => {
  for (const [what, text] of HOSTILE_NAMES) {
    it(`may not be ${what}`, () => {
      expect([isName(text), isLabel(text)]).to.deep.equal([false, false]);
      expect(() => requireName('queue', text))
        .to.throw()
        .with.nested.property('problems[0].path', 'queue');
    });
  }

  for (const text of [
    'mail',
    'email.send',
    'größe',
    '日本',
    '...',
    '.x',
    'a/b',
    'a?b#c',
    '👩‍🚀',
    '__proto__',
  ]) {
    it(`may be ${text}`, () => {
      expect([isName(text), isLabel(text)]).to.deep.equal([true, true]);
    });
  }

  it('of what is ours have no spaces, colons and braces; those of the caller may', () => {
    for (const text of ['a b', 'a:b', '{a}'])
      expect([isName(text), isLabel(text)]).to.deep.equal([false, true]);
  });

  it('are of bounded length', () => {
    expect([128, 129].map((length) => isName('x'.repeat(length)))).to.deep.equal([true, false]);
    expect([256, 257].map((length) => isLabel('x'.repeat(length)))).to.deep.equal([true, false]);
  });

  it('are not repeated as a whole where they are refused', () => {
    expect(() => requireName('queue', ' '.repeat(1_000_000)))
      .to.throw()
      .with.property('message')
      .with.length.below(500);
  });

  it('of producers may have spaces, and no control characters', () => {
    expect(() => requireProducerName('the shop')).not.to.throw();
    expect(() => requireProducerName('\u202e')).to.throw('bidirectional');
  });
});
