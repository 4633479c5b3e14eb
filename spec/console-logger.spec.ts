import { expect } from 'chai';
import { toLogger } from '../lib/console-logger.ts';
import { nullLogger } from '../lib/logger.ts';

describe('console as a logger', () => {
  let lines: [string, string][];
  const at =
    (method: string) =>
    (line: string): void =>
      void lines.push([method, line]);
  const sink = { info: at('info'), warn: at('warn'), error: at('error') };

  beforeEach(() => {
    lines = [];
  });

  it('gets a line per record from info up, with its fields behind the message', () => {
    const log = toLogger(sink).child({ queue: 'mail' });
    log.trace('no');
    log.debug('no');
    log.info('hello', { id: 1 });
    log.warn('beware');
    log.error('broken', { err: new Error('x y') });
    log.fatal('over');

    expect(lines).to.deep.equal([
      ['info', 'hello  queue=mail id=1'],
      ['warn', 'beware  queue=mail'],
      ['error', 'broken  queue=mail err="x y"'],
      ['error', 'over  queue=mail'],
    ]);
  });

  it('gets no secret, and nothing that it could take for a line of its own', () => {
    toLogger(sink).info('at redis://a:secret@host\n', { password: 'secret' });

    expect(lines[0]?.[1]).not.to.match(/secret|\n/);
  });

  it('may throw', () => {
    const broken = (): never => {
      throw new Error('full');
    };

    expect(() => toLogger({ ...sink, info: broken }).info('x')).not.to.throw();
  });

  it('is not put in the place of a logger', () => {
    expect(toLogger(nullLogger)).to.equal(nullLogger);
  });

  it('is taken as it is', () => {
    expect(() => toLogger(console).debug('unseen')).not.to.throw();
  });
});
