import { expect } from 'chai';
import { queueKeys } from '../../../lib/engine/keys.ts';
import { JOB_STATES } from '../../../lib/inspector/inspector.ts';
import { PROTOTYPE, useAbused } from '../../support/abuse.ts';
import { QUEUE } from '../../support/monitor.ts';
import { until } from '../../support/wait.ts';

const PAGE = `/arena/redis/${QUEUE}`;
const AJAX = { 'X-Requested-With': 'XMLHttpRequest' };

describe('Arena under abuse', function () {
  this.timeout(120_000);
  const abused = useAbused();

  describe('asked for lists', () => {
    for (const query of [
      'pageSize=-1',
      'pageSize=0',
      'pageSize=NaN',
      'pageSize=Infinity',
      'pageSize=99999999999999999999',
      'pageSize=1e309',
      'pageSize[]=1&pageSize[]=2',
      'page=0',
      'page=-5',
      'page=99999999999999999999',
      'page=NaN',
      'page[]=1&page[a]=2',
      'page=1&page=2',
      'page=99999999999999999999&pageSize=99999999999999999999',
      'order[]=asc',
      'order=__proto__',
      '__proto__[page]=1&constructor[prototype][page]=2',
      'json=true',
      '%',
      '=&&&=?',
    ]) {
      it(`answers with ${query} in every state`, async () => {
        for (const state of JOB_STATES) {
          const { status, text } = await abused().send('GET', `${PAGE}/${state}?${query}`);

          expect(status, state).to.equal(200);
          const isFirst = !/page=9{20}/.test(query);
          if (state === 'failed' && isFirst) expect(text).to.include(abused().id);
        }
      });
    }

    it('shows a thousand jobs at most, however many are asked for', async () => {
      const ids = await abused().monitor.jobsIn('waiting', 1_100);

      const { text } = await abused().send('GET', `${PAGE}/waiting?pageSize=1000000`);

      expect(text.match(/class="js-bulk-job"/g)).to.have.lengthOf(1_000);
      await Promise.all(ids.map((one) => abused().monitor.inspector.remove(QUEUE, one)));
    });

    it('shows of large jobs their beginning', async () => {
      const large = 'x'.repeat(500_000);
      for (let count = 0; count < 20; count++) await abused().monitor.jobIn('waiting', { [large]: large });

      const { text } = await abused().send('GET', `${PAGE}/waiting?pageSize=1000`);

      expect(text.length).to.be.lessThan(200_000);
      expect(text.match(/\d more characters/g)).to.have.lengthOf(20);
      await abused().monitor.inspector.removeAll(QUEUE, 'waiting');
    });

    it('makes no page of gigabytes of jobs that nest', async () => {
      const { monitor, send } = abused();
      const nested = `[${Array(20).fill(`${'['.repeat(450)}${']'.repeat(450)}`)}]`;
      const record = `{"data":${nested},"options":{"timestamp":1},"status":"created","progress":0}`;
      const keys = queueKeys(monitor.prefix, QUEUE, false);
      const ids = Array.from({ length: 200 }, (_, at) => `nested-${at}`);
      await monitor.client.hset(keys.jobs, Object.fromEntries(ids.map((id) => [id, record])));
      await monitor.client.lpush(keys.waiting, ...ids);

      let page = { status: 0, text: '' };
      const answers = async (): Promise<boolean> => {
        page = await send('GET', `${PAGE}/waiting?pageSize=1000`);
        return page.status !== 503;
      };
      // A page has a limit of time, which a busy machine may miss.
      await until(answers, 'the page came in time');

      expect(page.status, page.text.slice(0, 500)).to.equal(200);
      expect(page.text.length).to.be.lessThan(10_000_000);
      await monitor.client.del(keys.waiting);
    });
  });

  describe('asked for addresses', () => {
    for (const path of [
      '/arena/redis/%',
      '/arena/redis/%E0%A4%A',
      `${PAGE}/%`,
      `${PAGE}/%E0%A4%A`,
      `${PAGE}/%E0%A4%A.json`,
      '/arena/%/mail/failed.json',
      '/arena/api/queue/redis/%/job/x',
    ]) {
      it(`answers 400 to ${path}`, async () => {
        expect((await abused().send('GET', path)).status).to.be.oneOf([400, 404]);
        const method = path.includes('/api/') ? 'DELETE' : 'GET';
        expect((await abused().send(method, path, { headers: AJAX })).status).to.equal(400);
      });
    }

    for (const path of [
      '/arena//[',
      '/arena///',
      '/arena//evil.example/x',
      '/arena/redis',
      '/arena/..%2f..%2fetc%2fpasswd',
      '/arena/%2e%2e/%2e%2e/etc/passwd',
      '/arena/../../../../etc/passwd',
      '/arena/..\\..\\package.json',
      '/arena/assets/arena.css',
      `${PAGE}/%00`,
      `${PAGE}/x/y/z`,
      `${PAGE}/${'x'.repeat(8_000)}`,
      `/arena/${'x/'.repeat(1_000)}`,
      '/arena/flows',
      '/arena/flows/redis/mail',
      '/arena/api',
      '/arena/api/queue/redis/mail/job',
      '/arena/api/flow/redis/mail/flow',
      ...PROTOTYPE.flatMap((word) => [
        `/arena/${word}/${QUEUE}`,
        `/arena/${word}/${QUEUE}/failed`,
        `/arena/${word}/${QUEUE}/failed.json`,
        `/arena/redis/${word}`,
        `/arena/redis/${word}/failed`,
        `${PAGE}/${word}`,
        `${PAGE}/${word}?json=true`,
        `${PAGE}/${word}.json`,
      ]),
    ]) {
      it(`answers 404 to ${path.slice(0, 60)}`, async () => {
        expect((await abused().send('GET', path)).status).to.equal(404);
      });
    }

    it('answers 431 to one that is longer than any', async () => {
      expect((await abused().send('GET', `${PAGE}/${'x'.repeat(100_000)}`)).status).to.equal(431);
    });

    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
      it(`does nothing for ${method} on a page`, async () => {
        for (const path of [
          '/arena/',
          PAGE,
          `${PAGE}/failed`,
          `${PAGE}/${abused().id}`,
          `${PAGE}/failed.json`,
        ]) {
          expect((await abused().send(method, path)).status, path).to.be.oneOf([403, 404]);
          expect((await abused().send(method, path, { headers: AJAX })).status, path).to.equal(404);
        }
      });
    }
  });
});
