import { expect } from 'chai';
import { digestSecret, findKey } from '../../../lib/server/api/bearer.ts';

const keys = ['first', 'second', 'third'].map((name) => ({
  name,
  digest: digestSecret(`secret of ${name}`.replaceAll(' ', '-')),
}));

describe('bearer', () => {
  for (const name of ['first', 'second', 'third']) {
    it(`finds the key wherever it is in the list: ${name}`, () => {
      expect(findKey(keys, `Bearer secret-of-${name}`)?.name).to.equal(name);
    });
  }

  for (const scheme of ['bearer', 'BEARER', 'Bearer  ']) {
    it(`takes the scheme as "${scheme}"`, () => {
      expect(findKey(keys, `${scheme} secret-of-first`)?.name).to.equal('first');
    });
  }

  for (const header of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'secret-of-first',
    'Basic secret-of-first',
    'Bearer secret-of-first more',
    'Bearer secret-of-firs',
    'Bearer Secret-of-first',
  ]) {
    it(`finds none in ${JSON.stringify(header)}`, () => {
      expect(findKey(keys, header)).to.equal(null);
    });
  }

  it('compares every byte of a digest', () => {
    const digest = digestSecret('secret');

    for (const at of digest.keys()) {
      const near = Buffer.from(digest);
      near.writeUInt8(near.readUInt8(at) ^ 1, at);
      expect(findKey([{ name: 'near', digest: near }], 'Bearer secret')).to.equal(null);
    }
  });

  it('finds none where there are none', () => {
    expect(findKey([], 'Bearer secret-of-first')).to.equal(null);
  });
});
