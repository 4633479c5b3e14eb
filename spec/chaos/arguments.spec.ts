import { expect } from 'chai';
import { readArguments } from './arguments.ts';

describe('the command line of chaos', () => {
  it('asks for a minute on one Redis unless told otherwise', () => {
    expect(readArguments([])).to.deep.equal({
      ...{
        seed: 1,
        minutes: 1,
        topology: 'standalone',
        durability: 'everysec',
        replicas: 0,
        beside: null,
        out: null,
      },
    });
  });

  it('takes every flag', () => {
    const args =
      '--seed 7 --minutes 0.5 --topology cluster --durability always --replicas 1 --beside /b --out x'.split(
        ' ',
      );

    expect(readArguments(args)).to.deep.equal({
      ...{
        seed: 7,
        minutes: 0.5,
        topology: 'cluster',
        durability: 'always',
        replicas: 1,
        beside: '/b',
        out: 'x',
      },
    });
  });

  for (const wrong of [
    '--seed 1.5',
    '--seed -1',
    '--minutes 0',
    '--minutes x',
    '--topology ring',
    '--durability no',
    '--topology cluster --replicas -1',
    '--replicas 1',
    '--on',
  ]) {
    it(`refuses ${wrong}`, () => {
      expect(() => readArguments(wrong.split(' '))).to.throw();
    });
  }
});
