import { expect } from 'chai';
import { inheritedArgs } from '../../../lib/worker/isolate/inherited-args.ts';

describe('the options of Node that a process hands on', () => {
  it('are those by which it loads and runs modules', () => {
    const given = ['--import', 'tsx', '--conditions=apiary-source', '--max-old-space-size=512'];

    expect(inheritedArgs(given)).to.deep.equal(given);
  });

  it('are not those that say which program it is, or are of one process', () => {
    const program = ['--input-type=module', '--eval', 'run()', '-p', '1', '--print=2'];
    const own = ['--inspect-brk=9229', '--watch', '--test-only', '--cpu-prof'];

    expect(inheritedArgs([...program, ...own, '--import', 'tsx'])).to.deep.equal(['--import', 'tsx']);
  });
});
