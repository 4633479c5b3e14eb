import { expect } from 'chai';
import { ApiaryError } from '../../lib/errors.ts';
import { webhookJob } from '../../lib/handlers/webhook.ts';
import { parseData } from '../../lib/jobs/check-data.ts';

const URL_OK = 'https://example.com/hook';

async function problemOf(data: unknown): Promise<{ path: string; message: string }> {
  const parsing = Promise.resolve().then(() => parseData(webhookJob, data));
  const error = await parsing.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiaryError)) throw new Error('the data was accepted');
  const [problem] = error.problems;
  if (problem === undefined) throw new Error('no field was named');
  return problem;
}

describe('webhook data', () => {
  it('is a POST without headers by default', async () => {
    const data = await parseData(webhookJob, { url: URL_OK });

    expect(data).to.deep.equal({ url: URL_OK, method: 'POST', headers: {} });
  });

  for (const body of [null, false, 0, '', [1, 'two'], { deep: { er: [null] } }]) {
    it(`takes ${JSON.stringify(body)} for a body`, async () => {
      expect(await parseData(webhookJob, { url: URL_OK, body })).to.deep.include({ body });
    });
  }

  for (const url of ['ftp://example.com/', 'file:///etc/passwd', 'example.com', '/hook', '', 7]) {
    it(`refuses the url ${JSON.stringify(url)}`, async () => {
      expect(await problemOf({ url })).to.deep.equal({
        path: 'url',
        message: 'must be a complete http or https url',
      });
    });
  }

  it('takes a url of 2,048 characters and refuses a longer one', async () => {
    const longest = `${URL_OK}?`.padEnd(2_048, 'x');

    await parseData(webhookJob, { url: longest });
    expect(await problemOf({ url: `${longest}x` })).to.have.property('path', 'url');
  });

  for (const userInfo of ['user', ':s3cret', 'user:s3cret']) {
    it(`refuses the user info ${userInfo} in a url and does not repeat it`, async () => {
      const { path, message } = await problemOf({ url: `https://${userInfo}@example.com/` });

      expect(path).to.equal('url');
      expect(message)
        .to.match(/user or password/)
        .and.not.contain('s3cret');
    });
  }

  it('refuses another method', async () => {
    expect(await problemOf({ url: URL_OK, method: 'CONNECT' })).to.have.property('path', 'method');
  });

  it('refuses a body with GET', async () => {
    expect(await problemOf({ url: URL_OK, method: 'GET', body: {} })).to.have.property('path', 'body');
  });

  it('refuses an unknown key by name', async () => {
    expect((await problemOf({ url: URL_OK, retries: 3 })).message).to.contain('retries');
  });

  for (const name of [
    'Host',
    'content-length',
    'Transfer-Encoding',
    'connection',
    'TE',
    'Webhook-Signature',
    'webhook-x',
  ]) {
    it(`refuses the header ${name}, which is not the caller's`, async () => {
      expect(await problemOf({ url: URL_OK, headers: { [name]: 'x' } })).to.deep.equal({
        path: `headers.${name}`,
        message: 'is set by the delivery itself',
      });
    });
  }

  for (const name of ['', 'two words', 'colon:', 'línea', 'a\r\nb']) {
    it(`refuses the header name ${JSON.stringify(name)}`, async () => {
      expect((await problemOf({ url: URL_OK, headers: { [name]: 'x' } })).message).to.match(
        /valid header name/,
      );
    });
  }

  for (const value of ['a\r\nx-injected: 1', 'a\nb', 'a\0b', '€']) {
    it(`refuses the header value ${JSON.stringify(value)} and does not repeat it`, async () => {
      const { path, message } = await problemOf({ url: URL_OK, headers: { 'x-token': value } });

      expect(path).to.equal('headers.x-token');
      expect(message)
        .to.match(/line breaks/)
        .and.not.contain(value);
    });
  }

  it('refuses the header __proto__ rather than to leave it out', async () => {
    const headers: unknown = JSON.parse('{"__proto__":"x"}');

    expect((await problemOf({ url: URL_OK, headers })).path).to.equal('headers.__proto__');
  });

  it('refuses a header given twice in different case', async () => {
    expect((await problemOf({ url: URL_OK, headers: { 'X-A': '1', 'x-a': '2' } })).path).to.equal(
      'headers.x-a',
    );
  });
});
