import { expect } from 'chai';
import { stackLines } from '../../../../lib/server/pages/failure/stack-lines.ts';

describe('the lines of a stack', () => {
  const lines = (...frames: readonly string[]) => stackLines(['Error: full', ...frames].join('\n'));

  for (const [frame, text, isOwn] of [
    ['    at send (/srv/shop/dist/mail/send.js:10:5)', '    at send (…/dist/mail/send.js:10:5)', true],
    ['    at send (file:///srv/shop/dist/mail/send.js:10:5)', '    at send (…/dist/mail/send.js:10:5)', true],
    ['    at async C:\\srv\\shop\\dist\\mail\\send.js:10:5', '    at async …/dist/mail/send.js:10:5', true],
    ['    at /a/send.js:1:2', null, true],
    ['    at run (/srv/node_modules/pg/lib/run.js:3:4)', '    at run (…/pg/lib/run.js:3:4)', false],
    ['    at process.x (node:internal/process/task_queues:95:5)', null, false],
    ['    at new Promise (<anonymous>)', null, false],
    ['    caused by /srv/a/b/c/d.js:1:2', '    caused by …/b/c/d.js:1:2', false],
  ] as const)
    it(`are told apart: ${frame.trim()}`, () => {
      expect(lines(frame)[1]).to.deep.equal({ text: text ?? frame, isOwn });
    });

  it('are sixty at most, and read in no time whatever a stack holds', () => {
    expect(lines(...Array(500).fill('    at x'))).to.have.length(60);
    expect(lines(`    at ${'/a'.repeat(100_000)}`)).to.have.length(2);
    expect(stackLines('')).to.deep.equal([{ text: '', isOwn: false }]);
  });
});
