import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { CLI_COMMANDS } from '../../lib/cli/commands.ts';
import { apiary } from '../support/command-line.ts';

describe('apiary completion', () => {
  /** What bash offers behind these words, the last of which is being written. */
  async function offered(...words: string[]): Promise<string[]> {
    const { out } = await apiary(['completion', 'bash']);
    const line = words.map((word) => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _apiary; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', `${out}\n${ask}`], { encoding: 'utf8' });
    expect(stderr).to.equal('');
    return stdout
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '');
  }

  it('lets bash complete commands, those of groups, and options', async () => {
    expect(await offered('apiary', 'ret')).to.deep.equal(['retry']);
    expect(await offered('apiary', '')).to.include.members(
      Object.keys(CLI_COMMANDS).map((name) => name.split(' ')[0]),
    );
    expect(await offered('apiary', 'schedules', 'p')).to.deep.equal(['put', 'pause']);
    expect(await offered('apiary', 'jobs', 'mail', '--st')).to.deep.equal(['--state']);
    expect(await offered('apiary', 'start', '--')).to.deep.equal([
      '--worker',
      '--monitor',
      '--api',
      '--relay',
      '--watch',
    ]);
    expect(await offered('apiary', 'none', '')).to.deep.equal([]);
  });

  it('knows zsh and fish, and no other', async () => {
    expect((await apiary(['completion', 'zsh'])).out).to.match(/^autoload .*bashcompinit/);
    expect((await apiary(['completion', 'fish'])).out).to.include(
      "-n '__fish_seen_subcommand_from jobs' -l state",
    );
    const { code, err } = await apiary(['completion', 'tcsh']);
    expect(code).to.equal(2);
    expect(err).to.match(/^apiary: .*bash, zsh, fish.*\n$/);
  });
});
