import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { digestSecret } from '../../../lib/server/api/bearer.ts';
import { KeyRates } from '../../../lib/server/api/key-rates.ts';
import { testQueueName } from '../../../lib/testing/test-queue-name.ts';
import { type SpecApi, startApi } from '../../support/api.ts';

describe('the rates of keys', () => {
  let now: number;
  const rates = (...given: { name: string; perSecond: number }[]) =>
    new KeyRates(given, { ...systemClock, elapsed: () => now });
  const admitted = (of: KeyRates, key: string, calls: number): number =>
    Array.from({ length: calls }, () => of.admit(key)).filter((waitMs) => waitMs === 0).length;

  beforeEach(() => {
    now = 1_000_000;
  });

  it('let a key make as many calls as a second has, and then one whenever its time has come', () => {
    const of = rates({ name: '*', perSecond: 10 });

    expect(admitted(of, 'shop', 15)).to.equal(10);
    expect(of.admit('shop')).to.be.closeTo(100, 0.001);
    now += 100;
    expect(admitted(of, 'shop', 3)).to.equal(1);
    now += 3_600_000;
    expect(admitted(of, 'shop', 15)).to.equal(10);
  });

  it('count each key by itself, by its own rate or that of all others', () => {
    const of = rates({ name: 'shop', perSecond: 2 }, { name: '*', perSecond: 1 });

    expect(['shop', 'billing', 'mail'].map((key) => admitted(of, key, 5))).to.deep.equal([2, 1, 1]);
  });

  it('leave alone a key of which nothing is said', () => {
    expect(admitted(rates({ name: 'shop', perSecond: 1 }), 'billing', 1_000)).to.equal(1_000);
  });

  it('have a key wait for what it has spent beyond its rate', () => {
    const of = rates({ name: '*', perSecond: 10 });
    of.admit('shop');
    of.spend('shop', 99);

    expect(of.admit('shop')).to.be.closeTo(9_100, 0.001);
    now += 9_100;
    expect(of.admit('shop')).to.equal(0);
  });

  describe('over HTTP', () => {
    let api: SpecApi;
    const queue = testQueueName();
    const key = (name: string) => ({ name, digest: digestSecret(name) });
    const get = (name: string) =>
      api.call('GET', `/v1/queues/${queue}`, { headers: { Authorization: `Bearer ${name}` } });

    afterEach(() => api.close());

    it('answer 429 and when to come again, to that key alone', async () => {
      api = await startApi({ keys: [key('shop'), key('other')], rates: [{ name: 'shop', perSecond: 1 }] });

      const first = await get('shop');
      const second = await get('shop');
      const other = await get('other');

      expect([first.status, second.status, other.status]).to.deep.equal([200, 429, 200]);
      expect(second.headers.get('retry-after')).to.equal('1');
      expect(second.body['detail']).to.equal('the key shop has made too many calls; try again in 1 s');
    });

    it('count each job of a batch', async () => {
      api = await startApi({ keys: [key('shop')], rates: [{ name: '*', perSecond: 1 }] });
      const jobs = Array.from({ length: 500 }, (_, at) => ({ type: 'raw', data: at, options: { queue } }));
      const headers = { Authorization: 'Bearer shop' };

      const batch = await api.call('POST', '/v1/jobs/batch', { body: { jobs }, headers });
      const next = await get('shop');

      expect([batch.status, next.status]).to.deep.equal([200, 429]);
      expect(Number(next.headers.get('retry-after'))).to.be.within(400, 500);
    });

    it('count each step of a workflow, those of its parts too', async () => {
      api = await startApi({ keys: [key('shop')], rates: [{ name: '*', perSecond: 1 }] });
      const some = Array.from({ length: 400 }, (_, at) => ({
        ...{ name: `s${at}`, type: 'raw', data: at, options: { queue } },
      }));
      const headers = { Authorization: 'Bearer shop' };

      const body = { steps: [{ name: 'part', steps: some }] };
      const added = await api.call('POST', '/v1/workflows', { body, headers });
      const next = await get('shop');

      expect([added.status, next.status]).to.deep.equal([201, 429]);
      expect(Number(next.headers.get('retry-after'))).to.be.within(300, 401);
    });

    it('hold nobody where no key is asked for', async () => {
      api = await startApi({ rates: [{ name: '*', perSecond: 1 }] });

      const answers = [await get('shop'), await get('shop'), await get('shop')];

      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    });
  });
});
