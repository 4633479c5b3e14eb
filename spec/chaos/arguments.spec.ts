import { expect } from 'chai';
import { namesOf } from '../../lib/names-of.ts';
import { readArguments } from './arguments.ts';
import { ENGINES } from './engines.ts';

describe('the command line of chaos', () => {
  it('asks for a minute on one Redis unless told otherwise', () => {
    expect(readArguments([])).to.deep.equal({
      ...{
        engine: 'apiary',
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
        engine: 'apiary',
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

  for (const engine of namesOf(ENGINES)) {
    it(`puts ${engine} on trial when told to`, () => {
      expect(readArguments(['--engine', engine]).engine).to.equal(engine);
    });
  }

  for (const wrong of [
    '--engine agenda',
    '--engine bullmq --topology cluster',
    '--engine bee-queue --beside /b',
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
