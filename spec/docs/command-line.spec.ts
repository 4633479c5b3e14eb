import { expect } from 'chai';
import { CLI_COMMANDS, type CommandEntry } from '../../lib/cli/commands.ts';
import { flagOf, optionRules } from '../../lib/cli/declare.ts';
import { TOP_KEYS } from '../../lib/cli/top/keys.ts';
import { DOCTOR_CHECKS } from '../../lib/doctor/finding.ts';
import { readPage } from '../support/pages.ts';

describe('the page of the command line', () => {
  const page = readPage('docs/command-line.md');

  it('tells of every command', () => {
    const untold = Object.keys(CLI_COMMANDS).filter((name) => !new RegExp(`apiary ${name}\\b`).test(page));

    expect(untold).to.deep.equal([]);
  });

  it('names every option of every command', async () => {
    const entries: [string, CommandEntry][] = Object.entries(CLI_COMMANDS);
    const unnamed: string[] = [];
    for (const [name, { load }] of entries) {
      const flags = optionRules((await load()).options).map(([option]) => flagOf(option));
      unnamed.push(
        ...flags.filter((flag) => !new RegExp(`${flag}\\b`).test(page)).map((flag) => `${name} ${flag}`),
      );
    }

    expect(unnamed).to.deep.equal([]);
  });

  it('tells of every key of the live view, and of no other', () => {
    const [, table = ''] = page.split('| keys | what they do |\n|---|---|\n');
    const [rows = ''] = table.split('\n\n');

    expect(rows.split('\n')).to.deep.equal(
      TOP_KEYS.map(([keys, does]) => `| ${keys.replace(/\S+/g, '`$&`')} | ${does} |`),
    );
  });

  it('tells of every check of the doctor, and of no other', () => {
    const [, table = ''] = page.split('| check | what it looks at |\n|---|---|\n');
    const names = table.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)]);

    expect(names.map(([, name]) => name)).to.deep.equal([...DOCTOR_CHECKS]);
  });
});
