import { expect } from 'chai';
import { queueDiscovery } from '../../lib/engine/discovery/key-patterns.ts';
import {
  alertsKey,
  allKeys,
  auditKey,
  bulkRunsKey,
  presenceKeys,
  queueKeys,
  savedSearchesKey,
} from '../../lib/engine/keys.ts';

const BEE_KEYS = [
  'id',
  'jobs',
  'waiting',
  'active',
  'stalling',
  'stallBlock',
  'delayed',
  'succeeded',
  'failed',
];

describe('queueKeys', () => {
  it("names bee-queue's keys and channels as bee-queue does", () => {
    const keys = queueKeys('bq', 'mail', false);

    for (const name of [...BEE_KEYS, 'events', 'earlierDelayed']) {
      expect(keys).to.have.property(name, `bq:mail:${name}`);
    }
  });

  it('names a set of claims per incarnation', () => {
    expect(queueKeys('bq', 'mail', false).claims('abc')).to.equal('bq:mail:claims:abc');
  });

  it('names a lock per unique key, which no other name of the queue is like', () => {
    const keys = queueKeys('bq', 'mail', false);

    expect(keys.lock('user:7')).to.equal('bq:mail:unique:user:7');
    expect(allKeys(keys).filter((key) => key.startsWith(keys.lock('')))).to.deep.equal([]);
  });

  it('names a hash per batch, which no other name of the queue is like', () => {
    const keys = queueKeys('bq', 'mail', false);

    expect(keys.batch('night')).to.equal('bq:mail:batch:night');
    expect(allKeys(keys).filter((key) => key.startsWith(keys.batch('')))).to.deep.equal([]);
  });

  it('names the keys of another queue likewise', () => {
    expect(allKeys(queueKeys('p', 'mail', true).sibling('sms'))).to.deep.equal(
      allKeys(queueKeys('p', 'sms', true)),
    );
  });

  it('puts every key of a queue into one slot of a cluster', () => {
    const keys = queueKeys('bq', 'mail', true);

    for (const key of [...allKeys(keys), keys.claims('abc'), keys.lock('k'), keys.batch('b')])
      expect(key).to.match(/^bq:\{mail\}:/);
  });

  it('gives each name a key of its own', () => {
    const all = allKeys(queueKeys('bq', 'mail', false));

    expect(new Set(all).size).to.equal(all.length);
    expect(all.length).to.be.above(BEE_KEYS.length);
  });
});

describe('presenceKeys', () => {
  it('puts all keys into one slot of a cluster, and none where a queue could have it', () => {
    const { index, worker } = presenceKeys('bq');

    for (const key of [index, worker('abc')]) {
      expect(key).to.match(/^bq:\{:presence\}:/);
      expect(queueDiscovery('bq').read(key)).to.equal(null);
    }
  });
});

describe('queueDiscovery', () => {
  for (const tagged of [false, true]) {
    for (const key of ['jobs', 'schedules', 'meta'] as const) {
      it(`reads the queue off its ${key}, ${tagged ? 'with' : 'without'} a hash tag`, () => {
        const { read } = queueDiscovery('bq');

        const found = read(queueKeys('bq', 'mail.out', tagged)[key]);

        expect(found).to.deep.equal({ queue: 'mail.out', key });
      });
    }
  }

  it('knows no queue in the keys of others', () => {
    const { read } = queueDiscovery('bq');

    for (const key of ['other:mail:jobs', 'bq:mail:waiting', 'bq::jobs', 'bq:jobs']) {
      expect(read(key), key).to.equal(null);
    }
  });

  for (const tagged of [false, true]) {
    it(`takes no name that a caller chose for a key, ${tagged ? 'with' : 'without'} a hash tag`, () => {
      const { read } = queueDiscovery('bq');
      const { batch, lock, line, group, claims } = queueKeys('bq', 'mail', tagged);

      for (const key of [batch('jobs'), lock('a:meta'), line('schedules'), group('t:jobs'), claims('jobs')]) {
        expect(read(key), key).to.equal(null);
      }
    });
  }

  it('takes a prefix to the letter', () => {
    expect(queueDiscovery('b*[q]?').pattern).to.match(/^b\\\*\\\[q\\\]\\\?:\*:/);
  });
});

describe('the keys that all queues share', () => {
  it('are such as no queue can have', () => {
    for (const key of [auditKey('bq'), bulkRunsKey('bq'), savedSearchesKey('bq'), alertsKey('bq')]) {
      expect(key).to.match(/^bq:\{:[a-z-]+\}$/);
      expect(queueDiscovery('bq').read(key)).to.equal(null);
    }
  });
});
