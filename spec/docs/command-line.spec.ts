import { expect } from 'chai';
import { CLI_COMMANDS } from '../../lib/cli/commands.ts';
import { readPage } from '../support/pages.ts';

describe('the page of the command line', () => {
  const page = readPage('docs/command-line.md');

  it('tells of every command', () => {
    const untold = Object.keys(CLI_COMMANDS).filter((name) => !new RegExp(`apiary ${name}\\b`).test(page));

    expect(untold).to.deep.equal([]);
  });
});
