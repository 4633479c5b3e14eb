import { expect } from 'chai';
import { createLogger, type LoggerOptions } from '../lib/bunyan-logger.ts';
import { ApiaryError } from '../lib/errors.ts';
import { LOG_LEVELS, nullLogger } from '../lib/logger.ts';
import { Sink } from './support/sink.ts';

describe('createLogger', () => {
  let sink: Sink;

  beforeEach(() => {
    sink = new Sink();
  });

  const jsonLog = (level: LoggerOptions['level'] = 'info') =>
    createLogger({ level, format: 'json', stream: sink });
  const textLog = (options: Partial<LoggerOptions> = {}) =>
    createLogger({ level: 'info', format: 'text', stream: sink, ...options });

  describe('in json', () => {
    it("writes bunyan's record of one line", () => {
      jsonLog().info('started', { port: 8080 });

      expect(sink.lines).to.have.length(1);
      expect(sink.record).to.include({
        name: 'apiary',
        level: 30,
        msg: 'started',
        port: 8080,
        pid: process.pid,
      });
      expect(sink.record).to.have.property('hostname').that.is.a('string');
      expect(new Date(String(sink.record['time'])).getTime()).to.be.a('number').that.is.not.NaN;
    });

    it('writes each level under its number', () => {
      const log = jsonLog('trace');
      for (const level of LOG_LEVELS) log[level]('said');

      expect(sink.records.map(({ level }) => level)).to.eql([10, 20, 30, 40, 50, 60]);
    });

    it('leaves out what is below the level', () => {
      const log = jsonLog('warn');
      log.info('quiet');
      log.warn('loud');

      expect(sink.records.map(({ msg }) => msg)).to.eql(['loud']);
    });

    it('adds the fields of a child, and of its child, to each record', () => {
      jsonLog().child({ component: 'worker' }).child({ queue: 'mail' }).info('took', { count: 2 });

      expect(sink.record).to.include({ component: 'worker', queue: 'mail', count: 2 });
    });

    it("keeps bunyan's own fields when a field has the same name", () => {
      jsonLog()
        .child({ level: 'low', streams: [] })
        .info('took', { name: 'mail', msg: 'other', time: 5, v: 9 });

      expect(sink.record).to.include({ name: 'apiary', level: 30, msg: 'took', v: 0 });
      expect(sink.record).to.include({ name_: 'mail', msg_: 'other', time_: 5, v_: 9, level_: 'low' });
    });

    it('writes an error as name, message, code and stack', () => {
      jsonLog().error('failed', { err: new ApiaryError('PORT_TAKEN', 'port 80 is taken') });

      const err = sink.record['err'];
      expect(err).to.include({ name: 'ApiaryError', message: 'port 80 is taken', code: 'PORT_TAKEN' });
      expect(err).to.have.keys('name', 'message', 'code', 'stack');
      expect(err)
        .to.have.property('stack')
        .that.matches(/logger\.spec\.[jt]s/);
    });

    it('writes the stack of a cause below that of its error', () => {
      const cause = new TypeError('the root of it');
      jsonLog().error('failed', { err: new Error('above', { cause }) });

      expect(sink.record)
        .to.have.nested.property('err.stack')
        .that.contains('Caused by: TypeError: the root of it');
    });

    it('does not take percent signs in a message for formats', () => {
      jsonLog().info('100 %s done %d', { count: 1 });

      expect(sink.record['msg']).to.equal('100 %s done %d');
    });
  });

  for (const format of ['json', 'text'] as const) {
    it(`lets no control character and no change of direction through, wherever it stands, in ${format}`, () => {
      const dangerous = [
        0x1b, 0x7f, 0x85, 0x9b, 0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069,
      ];
      const text = dangerous.map((code) => String.fromCodePoint(code)).join('a');
      const log = createLogger({ level: 'debug', format, stream: sink });

      log.child({ component: `c${text}`, [`n${text}`]: 1 }).info(`m${text}`, {
        plain: text,
        deep: { [text]: [text] },
        err: Object.assign(new Error(text), { code: text }),
      });

      expect(sink.lines.filter((line) => !line.startsWith('    '))).to.have.length(1);
      for (const line of sink.lines) expect(line).to.not.match(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
      if (format === 'json') expect(sink.record).to.deep.include({ plain: text, msg: `m${text}` });
    });
  }

  describe('in text', () => {
    it('writes time, level, component, message and fields in one line', () => {
      textLog()
        .child({ component: 'worker' })
        .warn('took jobs', { queue: 'mail', count: 2, tags: ['a b'] });

      expect(sink.text).to.match(
        /^\d\d:\d\d:\d\d\.\d{3} WARN {2}worker {2}took jobs {2}queue=mail count=2 tags=\["a b"\]\n$/,
      );
    });

    it('names the program where there is no component', () => {
      textLog().info('started');

      expect(sink.text).to.match(/ INFO {2}apiary {2}started\n$/);
    });

    it('escapes line breaks and control characters everywhere', () => {
      const log = textLog().child({ component: 'a\nb' });
      log.info('one\ntwo\u001b[31m', { 'k\ney': 'v\r\nw\u2028', list: ['\u009b'] });

      expect(sink.lines).to.have.length(1);
      expect(sink.lines[0]).to.match(/^[^\p{Cc}\p{Zl}]+$/u);
      expect(sink.lines[0])
        .to.contain('one\\ntwo\\u001b[31m')
        .and.contain('a\\nb')
        .and.contain('v\\r\\nw\\u2028');
    });

    it('puts values with spaces, quotes or equals signs in quotes', () => {
      textLog().info('said', { a: 'x y', b: 'p=q', c: '"', d: '' });

      expect(sink.text).to.contain('a="x y" b="p=q" c="\\"" d=""');
    });

    it('shows the message and code of an error, and no stack at info', () => {
      textLog().error('failed', { err: new ApiaryError('PORT_TAKEN', 'it is taken') });

      expect(sink.lines[0]).to.match(/err="it is taken" err\.code=PORT_TAKEN$/);
    });

    it('shows the stack of an error below the line, a frame a line, at debug', () => {
      textLog({ level: 'debug' }).error('failed', { err: new Error('broken'), queue: 'mail' });

      const [line, head, ...frames] = sink.lines;
      expect(line).to.match(/failed {2}err=broken queue=mail$/);
      expect(head).to.equal('    Error: broken');
      expect(frames).to.not.be.empty;
      for (const frame of frames) expect(frame).to.match(/^ {8}at /);
    });

    it('lets no stack look like a record, whatever the message of its error says', () => {
      const forged = '\n12:00:00.000 INFO  apiary  all is well\r\u001b[2K\u202e';
      textLog({ level: 'trace' }).error('failed', { err: new Error(forged) });

      expect(sink.lines.filter((line) => !line.startsWith('    '))).to.have.length(1);
      expect(sink.text.replaceAll('\n', '')).to.not.match(/[\p{Cc}\u202e]/u);
    });

    it('colours the level when told to', () => {
      textLog({ colour: true }).error('failed');

      expect(sink.text).to.contain('\u001b[31mERROR\u001b[0m apiary  failed');
    });

    it('colours nothing on a stream that is no terminal', () => {
      textLog().error('failed');

      expect(sink.text).not.to.contain('\u001b');
    });

    it('colours nothing on a terminal that says it has no colours, as Node does for NO_COLOR', () => {
      textLog({ stream: Object.assign(sink, { isTTY: true, hasColors: () => false }) }).error('failed');

      expect(sink.text).not.to.contain('\u001b');
    });

    it('colours the level on a terminal', () => {
      textLog({ stream: Object.assign(sink, { isTTY: true }) }).error('failed');

      expect(sink.text).to.contain('\u001b[31m');
    });
  });

  it('survives a stream that throws and one that reports an error', () => {
    const broken = new Sink();
    broken.write = () => {
      throw new Error('no');
    };
    const closed = new Sink();

    expect(() => createLogger({ level: 'info', format: 'text', stream: broken }).info('said')).not.to.throw();
    expect(() => {
      createLogger({ level: 'info', format: 'json', stream: closed });
      closed.emit('error', new Error('EPIPE'));
    }).not.to.throw();
  });
});

describe('nullLogger', () => {
  it('takes every call, and so does its child', () => {
    const child = nullLogger.child({ component: 'worker' });

    for (const level of LOG_LEVELS) expect(() => child[level]('said', { count: 1 })).not.to.throw();
  });
});
