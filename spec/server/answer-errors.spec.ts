import { expect } from 'chai';
import express, { type Express } from 'express';
import { answerErrors } from '../../lib/server/answer-errors.ts';
import { type Listener, listen } from '../../lib/server/listen.ts';
import { recordingLog } from '../support/log.ts';

describe('a request that fails by our fault', () => {
  let server: Listener;
  const { log, records } = recordingLog();

  beforeEach(async () => {
    records.length = 0;
    const app: Express = express();
    app.get('/queues/:queue/jobs/:id', ({ params }) => {
      throw new Error(`a key of ${params.queue} cannot be read`);
    });
    app.use(answerErrors(log));
    server = await listen({ handler: app, role: 'api', host: '127.0.0.1', port: 0, variable: 'API_PORT' });
  });
  afterEach(() => server.close(0));

  const get = async (path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${server.port}${path}`)).status;

  it('is told of once for each cause, however many there are', async () => {
    for (let nth = 0; nth < 30; nth++) expect(await get(`/queues/mail/jobs/${nth}`)).to.equal(500);
    expect(await get('/queues/media/jobs/1')).to.equal(500);

    const told = records.filter(({ level }) => level === 'error').map(({ fields }) => fields['path']);
    expect(told).to.deep.equal(['/queues/mail/jobs/0', '/queues/media/jobs/1']);
  });
});
