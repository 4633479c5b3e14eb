import { expect } from 'chai';
import { createLogger } from '../lib/bunyan-logger.ts';
import { Sink } from './support/sink.ts';

for (const format of ['json', 'text'] as const) {
  describe(`redaction in ${format}`, () => {
    let sink: Sink;

    beforeEach(() => {
      sink = new Sink();
    });

    const logTo = () => createLogger({ level: 'debug', format, stream: sink });

    it('hides the user info of URLs in messages, fields and errors at any depth', () => {
      const url = 'redis-sentinel://user:hunter2@h1:1,h2:2/0?master=m';
      const err = new Error(`cannot reach ${url}`, { cause: new Error(`no ${url}`) });
      logTo()
        .child({ bound: url })
        .error(`lost ${url}`, { url, deep: { list: [url, new URL('http://u:hunter2@h/')] }, err });

      expect(sink.text).not.to.contain('hunter2');
      expect(sink.text).to.contain('redis-sentinel://***@h1:1,h2:2/0?master=m').and.contain('http://***@h/');
    });

    it('hides what stands under the name of a secret', () => {
      const secrets = {
        password: 'hunter2',
        webhookSecret: 'hunter2',
        claimToken: 'hunter2',
        Authorization: 'hunter2',
        apiKey: 'hunter2',
        api_key: 'hunter2',
        keys: ['hunter2'],
        'set-cookie': 'hunter2',
      };
      logTo()
        .child(secrets)
        .info('said', { ...secrets, deep: [{ inner: secrets, map: new Map([['token', 'hunter2']]) }] });

      expect(sink.text).not.to.contain('hunter2');
      expect(sink.text).to.contain('***');
    });

    it('cuts a text and a whole value after 2,000 characters', () => {
      logTo().info('m'.repeat(3_000), {
        text: 'x'.repeat(5_000),
        list: Array.from({ length: 900 }, () => 'yyyyyyyy'),
      });

      expect(sink.text)
        .to.contain(`${'x'.repeat(2_000)}… (3000 more)`)
        .and.contain('m… (1000 more)');
      expect(sink.text.length).to.be.below(7_500);
    });

    it('does not let a cut bare half a password', () => {
      logTo().info('said', { url: `${' '.repeat(1_980)}redis://user:hunter2${'2'.repeat(40)}@host` });

      expect(sink.text).not.to.contain('user');
    });

    it('goes four deep and says where it stopped', () => {
      const loop: Record<string, unknown> = {};
      loop['self'] = loop;
      logTo().info('said', { loop });

      expect(sink.lines).to.have.length(1);
      expect(sink.text).to.match(/loop"?[:=]\{"self":\{"self":\{"self":\{"self":"\[too deep\]"\}{4}/);
    });

    it('writes whatever cannot be JSON', () => {
      const thrower = {
        get inner(): string {
          throw new Error('no');
        },
      };
      const toJSON = () => {
        throw new Error('no');
      };
      logTo().info('said', {
        big: 12n,
        thrower,
        json: { toJSON },
        run: () => {},
        nan: Number.NaN,
        gone: undefined,
        bytes: Buffer.alloc(3),
        never: new Date(Number.NaN),
        set: new Set([1]),
        symbol: Symbol('s'),
      });

      expect(sink.lines).to.have.length(1);
      for (const part of [
        '12',
        '{"inner":"[unreadable]"}',
        '[function]',
        'NaN',
        '[3 bytes]',
        'Invalid Date',
        '[1]',
      ])
        expect(sink.text).to.contain(part);
    });

    it('keeps the record when its fields cannot be listed at all', () => {
      const ownKeys = () => {
        throw new Error('no');
      };
      const hostile: Record<string, unknown> = new Proxy({}, { ownKeys });
      logTo().child(hostile).info('said', hostile);

      expect(sink.text).to.contain('said').and.contain('[unreadable]');
    });
  });
}
