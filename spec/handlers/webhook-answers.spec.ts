import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { expect } from 'chai';
import { DiscardJob, RetryAfter } from '../../lib/errors.ts';
import { attempt, type Endpoint, failureOf, openEndpoint } from '../support/webhook-endpoint.ts';

const ignore = (): void => {};

describe('webhook', () => {
  let endpoint: Endpoint;
  let origin: string;

  beforeEach(async () => {
    endpoint = await openEndpoint();
    origin = endpoint.origin;
  });

  afterEach(() => endpoint.close());

  describe('the answer', () => {
    for (const status of [200, 201, 204, 299]) {
      it(`${status} succeeds and is the result`, async () => {
        endpoint.answerWith(status);

        const result = await attempt({ url: origin });

        expect(result).to.have.all.keys('status', 'durationMs').and.include({ status });
        expect(result).to.have.property('durationMs').that.is.a('number');
      });
    }

    for (const status of [301, 302, 304, 307, 308]) {
      it(`${status} fails for good and is not followed`, async () => {
        endpoint.answerWith(status, { location: `${origin}/elsewhere` });

        const error = await failureOf(attempt({ url: `${origin}/hook` }));

        expect(error).to.be.instanceOf(DiscardJob);
        expect(error.message).to.equal(`POST ${origin}/hook answered ${status}; redirects are not followed`);
        expect(endpoint.only().path).to.equal('/hook');
      });
    }

    for (const status of [400, 401, 404, 410, 422]) {
      it(`${status} fails for good`, async () => {
        endpoint.answerWith(status, { 'retry-after': '7' });

        const error = await failureOf(attempt({ url: `${origin}/hook` }));

        expect(error).to.be.instanceOf(DiscardJob);
        expect(error.message).to.equal(`POST ${origin}/hook answered ${status}`);
      });
    }

    for (const status of [408, 425, 429, 500, 502, 503, 504, 599]) {
      it(`${status} is retried by the back-off`, async () => {
        endpoint.answerWith(status);

        const error = await failureOf(attempt({ url: `${origin}/hook` }));

        expect(error.name).to.equal('Error');
        expect(error.message).to.equal(`POST ${origin}/hook answered ${status}`);
      });
    }

    for (const status of [408, 429, 503]) {
      it(`${status} with Retry-After is not retried before`, async () => {
        endpoint.answerWith(status, { 'retry-after': '7' });

        const error = await failureOf(attempt({ url: origin }));

        expect(error).to.be.instanceOf(RetryAfter).with.property('delayMs', 7_000);
      });
    }

    it('may name the time of the next attempt as a date', async () => {
      endpoint.answerWith(503, { 'retry-after': new Date(Date.now() + 86_400_000).toUTCString() });

      const error = await failureOf(attempt({ url: origin }));

      expect(error).to.be.instanceOf(RetryAfter).with.property('delayMs', 3_600_000);
    });

    it('with a Retry-After that makes no sense is retried by the back-off', async () => {
      endpoint.answerWith(503, { 'retry-after': 'soon' });

      expect(await failureOf(attempt({ url: origin }))).to.have.property('name', 'Error');
    });

    it('is cut when its body has no end, and its status counts', async () => {
      const dropped = new Promise((resolve) => {
        endpoint.respond = (response) => {
          const pour = (): void => {
            while (!response.destroyed && response.write(Buffer.alloc(16_384))) {}
          };
          response.writeHead(202).on('drain', pour).on('close', resolve);
          pour();
        };
      });

      expect(await attempt({ url: origin })).to.include({ status: 202 });
      await dropped;
    });

    it('that breaks off inside its body is retried', async () => {
      endpoint.respond = (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
      };

      expect(await failureOf(attempt({ url: origin }))).to.include({ name: 'Error', code: 'ECONNRESET' });
    });
  });

  describe('without an answer', () => {
    let cancel: AbortController;

    beforeEach(() => {
      cancel = new AbortController();
    });

    it('ends as the signal says when the job is aborted', async () => {
      endpoint.respond = () => cancel.abort('cancelled');

      const error = await failureOf(attempt({ url: origin }, { signal: cancel.signal }));
      expect(error).to.have.property('code', 'JOB_CANCELLED');
    });

    it('ends as the signal says when the job is aborted inside the body', async () => {
      endpoint.respond = (response) => response.writeHead(200).write('half', () => cancel.abort('timeout'));

      const error = await failureOf(attempt({ url: origin }, { signal: cancel.signal }));
      expect(error).to.have.property('code', 'JOB_TIMED_OUT');
    });

    it('sends nothing when the job was aborted before', async () => {
      cancel.abort('cancelled');

      const error = await failureOf(attempt({ url: origin }, { signal: cancel.signal }));
      expect(error).to.have.property('code', 'JOB_CANCELLED');
      expect(endpoint.received).to.deep.equal([]);
    });

    for (const [part, stall] of [
      ['no status', ignore],
      ['half a body', (response: ServerResponse) => response.writeHead(200).write('half')],
    ] as const) {
      it(`is retried when ${part} came within the delivery timeout`, async () => {
        endpoint.respond = stall;

        const error = await failureOf(attempt({ url: `${origin}/slow` }, { deliveryTimeoutMs: 100 }));

        expect(error).to.include({ name: 'Error', code: 'ETIMEDOUT' });
        expect(error.message).to.equal(`POST ${origin}/slow failed: no complete answer within 100 ms`);
      });
    }

    it('is retried when the connection is refused', async () => {
      const closed = createTcpServer().listen(0, '127.0.0.1');
      await once(closed, 'listening');
      const { port } = closed.address() as AddressInfo;
      closed.close();
      await once(closed, 'close');

      const error = await failureOf(attempt({ url: `http://127.0.0.1:${port}/hook` }));

      expect(error).to.include({ name: 'Error', code: 'ECONNREFUSED' });
      expect(error.message).to.match(/^POST http:\/\/127\.0\.0\.1:\d+\/hook failed: /);
    });

    it('is retried when the other side does not speak HTTP', async () => {
      const noise = createTcpServer((socket) =>
        socket.on('error', ignore).resume().end('SSH-2.0-noise\r\n'),
      ).listen(0, '127.0.0.1');
      await once(noise, 'listening');
      const { port } = noise.address() as AddressInfo;

      const error = await failureOf(attempt({ url: `http://127.0.0.1:${port}` }));
      noise.close();

      expect(error).to.have.property('name', 'Error');
      expect(error.code).to.match(/^HPE_/);
    });
  });
});
