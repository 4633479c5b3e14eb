import { randomBytes, scryptSync } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { MonitorUser } from '../../../lib/server/monitor/password-check.ts';
import { type LogRecord, recordingLog } from '../../support/log.ts';
import { openMonitor, type SpecMonitor } from '../../support/monitor.ts';

/** As cheap as a hash may be: what is looked at here is not its strength. */
function cheapHash(password: string): string {
  const salt = randomBytes(16);
  const key = scryptSync(password, salt, 32, { N: 2 ** 14, r: 8, p: 1 });
  return `scrypt$16384$8$1$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

interface Answer {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

describe('the login of the monitor', () => {
  let monitor: SpecMonitor;
  let records: LogRecord[];
  let users: MonitorUser[];

  before(() => {
    users = ['ada', 'grace'].map((name) => ({
      name,
      passwordHash: cheapHash(`${name}'s own`),
      role: 'operator',
    }));
  });

  beforeEach(async () => {
    const recording = recordingLog();
    records = recording.records;
    monitor = await openMonitor({ users, log: recording.log });
  });

  afterEach(() => monitor.close());

  /** Asks from one of the addresses that loopback has. */
  async function login(name: string, password: string, from = '127.0.0.1'): Promise<Answer> {
    const asked = request(`${monitor.url}/metrics`, { auth: `${name}:${password}`, localAddress: from });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
  }

  async function fail(count: number, name = 'ada', from?: string): Promise<void> {
    for (let at = 0; at < count; at++)
      expect((await login(name, `guess ${at}`, from)).status, String(at)).to.equal(401);
  }

  it('answers 429, when to come again, and a problem to the eleventh wrong password of a minute', async () => {
    await fail(10);

    const { status, headers, body } = await login('ada', 'guess');

    expect(status).to.equal(429);
    expect(Number(headers['retry-after'])).to.be.within(1, 60);
    expect(headers['content-type']).to.equal('application/problem+json; charset=utf-8');
    expect(JSON.parse(body)).to.include({ status: 429, title: 'Too Many Requests' });
  });

  it('refuses the right password too then, so that nobody learns which it is', async () => {
    await fail(10);

    expect((await login('ada', "ada's own")).status).to.equal(429);
    expect((await login('grace', "grace's own")).status).to.equal(200);
  });

  it('lets in who is remembered, whoever else guesses', async () => {
    expect((await login('ada', "ada's own")).status).to.equal(200);
    await fail(10);

    expect((await login('ada', 'guess')).status).to.equal(429);
    expect((await login('ada', "ada's own")).status).to.equal(200);
  });

  it('does not show the right password among thousands that it refuses unseen', async () => {
    expect((await login('ada', "ada's own")).status).to.equal(200);
    await fail(10);
    for (let at = 0; at < 91; at++) expect((await login('ada', `guess ${at}`)).status).to.equal(429);

    expect((await login('ada', "ada's own")).status).to.equal(429);
    expect((await login('ada', "ada's own", '127.0.0.2')).status).to.equal(200);
  });

  it('does not remember a user for other addresses', async () => {
    expect((await login('ada', "ada's own")).status).to.equal(200);
    await fail(10, 'ada', '127.0.0.2');

    expect((await login('ada', "ada's own", '127.0.0.2')).status).to.equal(429);
  });

  it('counts no login that succeeded and no request without a password', async () => {
    for (let at = 0; at < 15; at++) {
      expect((await login('ada', "ada's own", `127.0.1.${at + 1}`)).status).to.equal(200);
      expect((await monitor.fetch('/metrics')).status).to.equal(401);
    }

    await fail(10);
  });

  it('does not tell a name that exists from one that does not', async () => {
    const [wrong, unknown] = [await login('ada', 'guess'), await login('eve', 'guess')];
    await fail(9, 'ada');
    await fail(9, 'eve');
    const [limited, unknownLimited] = [await login('ada', 'guess'), await login('eve', 'guess')];

    expect(comparable(unknown)).to.deep.equal(comparable(wrong));
    expect(wrong.status).to.equal(401);
    expect(comparable(unknownLimited)).to.deep.equal(comparable(limited));
    expect(limited.status).to.equal(429);
  });

  it('says from where a login failed, and nothing of name and password', async () => {
    await login('ada', 'hunter2');

    const failed = records.filter(({ message }) => message === 'login failed');
    expect(failed).to.have.length(1);
    expect(failed[0]).to.deep.include({ level: 'warn', fields: { address: '127.0.0.1' } });
    expect(JSON.stringify(records)).not.to.match(/hunter2|ada/);
  });
});

/** What of an answer could tell a name: all but the times in it, and what is reckoned from its text. */
function comparable({ status, headers, body }: Answer): unknown {
  const { date, etag: _, 'content-length': __, 'retry-after': wait, ...others } = headers;
  const withoutTimes = body.replace(/\d+ s"/, '? s"');
  expect(date).to.be.a('string');
  return { status, others, hasWait: wait !== undefined, withoutTimes };
}
