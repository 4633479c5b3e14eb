import { expect } from 'chai';
import { readArguments } from './arguments.ts';

describe('the command line of chaos', () => {
  it('asks for a minute on one Redis unless told otherwise', () => {
    expect(readArguments([])).to.deep.equal({
      ...{ seed: 1, minutes: 1, topology: 'standalone', durability: 'everysec', out: null },
    });
  });

  it('takes every flag', () => {
    const args = '--seed 7 --minutes 0.5 --topology cluster --durability always --out x'.split(' ');

    expect(readArguments(args)).to.deep.equal({
      ...{ seed: 7, minutes: 0.5, topology: 'cluster', durability: 'always', out: 'x' },
    });
  });

  for (const wrong of [
    '--seed 1.5',
    '--seed -1',
    '--minutes 0',
    '--minutes x',
    '--topology ring',
    '--durability no',
    '--on',
  ]) {
    it(`refuses ${wrong}`, () => {
      expect(() => readArguments(wrong.split(' '))).to.throw();
    });
  }
});
