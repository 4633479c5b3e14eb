import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import { ApiaryError, DiscardJob } from '../../lib/errors.ts';
import { createWebhookHandler } from '../../lib/handlers/webhook.ts';
import { attempt, type Endpoint, failureOf, openEndpoint } from '../support/webhook-endpoint.ts';

const SECRET = `whsec_${Buffer.from('a key of thirty-two bytes, quite').toString('base64')}`;

describe('webhook', () => {
  let endpoint: Endpoint;
  let origin: string;

  beforeEach(async () => {
    endpoint = await openEndpoint();
    origin = endpoint.origin;
  });

  afterEach(() => endpoint.close());

  describe('the request', () => {
    it('is one POST of the object as JSON', async () => {
      await attempt({ url: `${origin}/hook?key=1`, body: { hello: ['wörld', null] } });

      const { method, path, headers, body } = endpoint.only();
      expect([method, path]).to.deep.equal(['POST', '/hook?key=1']);
      expect(JSON.parse(body)).to.deep.equal({ hello: ['wörld', null] });
      expect(headers).to.include({ 'content-type': 'application/json', 'user-agent': 'apiary-webhook' });
    });

    for (const body of [null, false, 0, [1]]) {
      it(`sends ${JSON.stringify(body)} as JSON`, async () => {
        await attempt({ url: origin, body });

        const { headers, body: sent } = endpoint.only();
        expect([headers['content-type'], sent]).to.deep.equal(['application/json', JSON.stringify(body)]);
      });
    }

    it('sends a string as it is, as plain text', async () => {
      await attempt({ url: origin, body: 'a "quoted" wörd' });

      const { headers, body } = endpoint.only();
      expect([headers['content-type'], body]).to.deep.equal(['text/plain', 'a "quoted" wörd']);
    });

    for (const body of ['<a/>', { a: 1 }]) {
      it(`keeps a content type that was given for ${typeof body === 'string' ? 'a string' : 'JSON'}`, async () => {
        await attempt({ url: origin, headers: { 'Content-Type': 'application/x-own' }, body });

        expect(endpoint.only().headers['content-type']).to.equal('application/x-own');
      });
    }

    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      it(`carries the headers and the body with ${method}`, async () => {
        await attempt({ url: origin, method, headers: { 'X-Token': 'abc' }, body: 'wörd' });

        const request = endpoint.only();
        expect(request).to.include({ method, body: 'wörd' });
        expect(request.headers).to.include({ 'x-token': 'abc', 'content-length': '5', connection: 'close' });
      });
    }

    it('has neither body nor content type with GET', async () => {
      await attempt({ url: origin, method: 'GET' });

      const { method, headers, body } = endpoint.only();
      expect([method, body, headers['content-type']]).to.deep.equal(['GET', '', undefined]);
    });
  });

  describe('the signature', () => {
    for (const body of [{ event: 'ünï' }, 'plain wörds', undefined]) {
      it(`is verified by Standard Webhooks over ${body === undefined ? 'no body' : typeof body}`, async () => {
        await attempt({ url: origin, body }, { secret: SECRET });

        const { headers, body: sent } = endpoint.only();
        new Webhook(SECRET).verify(sent, headers as Record<string, string>, { jsonParse: false });
        expect(headers['webhook-id']).to.equal('job-1');
      });
    }

    for (const body of ['{"event":"wörds"}', { event: 'wörds' }]) {
      it(`is verified, and its body read, by the library as it comes, over JSON as ${typeof body}`, async () => {
        await attempt({ url: origin, body }, { secret: SECRET });

        const { headers, body: sent } = endpoint.only();
        const read = new Webhook(SECRET).verify(sent, headers as Record<string, string>);
        expect(read).to.deep.equal({ event: 'wörds' });
      });
    }

    it('keeps the id on the next attempt', async () => {
      await attempt({ url: origin }, { secret: SECRET });
      await attempt({ url: origin }, { secret: SECRET });

      expect(endpoint.received.map(({ headers }) => headers['webhook-id'])).to.deep.equal(['job-1', 'job-1']);
    });

    it('escapes what cannot stand in the id header, and still verifies', async () => {
      await attempt({ url: origin, body: {} }, { secret: SECRET, id: 'order.7/ünï x: y' });

      const { headers, body } = endpoint.only();
      new Webhook(SECRET).verify(body, headers as Record<string, string>);
      expect(headers['webhook-id']).to.equal('order%2E7%2F%C3%BCn%C3%AF%20x%3A%20y');
    });

    it('is left out without a secret', async () => {
      await attempt({ url: origin });

      expect(
        Object.keys(endpoint.only().headers).filter((name) => name.startsWith('webhook-')),
      ).to.deep.equal([]);
    });

    for (const secret of ['', 'whsec_', 'not base64!']) {
      it(`refuses the secret ${JSON.stringify(secret)} when the handler is made`, () => {
        expect(() => createWebhookHandler({ secret, allowPrivate: true }))
          .to.throw(ApiaryError, 'WEBHOOK_SECRET')
          .with.property('code', 'CONFIG_INVALID');
      });
    }
  });

  describe('the guard', () => {
    for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '[::ffff:127.0.0.1]']) {
      it(`refuses ${host} for good and connects to nothing`, async () => {
        let connections = 0;
        endpoint.server.on('connection', () => {
          connections += 1;
        });
        const url = origin.replace('127.0.0.1', host);

        const error = await failureOf(attempt({ url }, { allowPrivate: false }));

        expect(error).to.be.instanceOf(DiscardJob);
        expect(error.message)
          .to.contain('WEBHOOK_ALLOW_PRIVATE')
          .and.contain(new URL(url).hostname.replace(/[[\]]/g, ''));
        expect(connections).to.equal(0);
      });
    }

    it('refuses a private host over https before any handshake', async () => {
      const error = await failureOf(attempt({ url: 'https://localhost:9/' }, { allowPrivate: false }));

      expect(error).to.be.instanceOf(DiscardJob);
    });

    it('lets a private host pass when that is allowed', async () => {
      expect(await attempt({ url: origin }, { allowPrivate: true })).to.include({ status: 200 });
    });
  });

  it('names no query, header or body in any failure', async () => {
    const data = {
      url: `${origin}/hook?key=s3cret#s3cret`,
      headers: { authorization: 's3cret' },
      body: 's3cret',
    };
    const messages: string[] = [];
    for (const status of [302, 400, 429, 503]) {
      endpoint.answerWith(status, { 'retry-after': '1', location: '/?s3cret' });
      messages.push((await failureOf(attempt(data))).message);
    }
    endpoint.respond = (response) => response.destroy();
    messages.push((await failureOf(attempt(data))).message);
    messages.push((await failureOf(attempt(data, { allowPrivate: false }))).message);

    expect(messages).to.have.length(6);
    expect(messages.join()).not.to.contain('s3cret');
  });
});
