import { expect } from 'chai';
import { ALERT_RULES, alertRule } from '../../lib/alert-rules.ts';
import { CONFIG_VARIABLES } from '../../lib/config.ts';
import { ERROR_CODES } from '../../lib/errors.ts';
import { JOB_OPTION_NAMES } from '../../lib/jobs/options.ts';
import { namesOf } from '../../lib/names-of.ts';
import { durationText } from '../../lib/texts.ts';
import { readPage } from '../support/pages.ts';

describe('the documentation', () => {
  it('lists every error code, and no other', () => {
    expect(firstCells('docs/errors.md', 'code')).to.deep.equal(Object.keys(ERROR_CODES));
  });

  it('lists every setting, and no other', () => {
    expect(firstCells('README.md', 'variable')).to.have.members([...CONFIG_VARIABLES]);
  });

  it('lists every rule of alerts as it is, and no other', () => {
    expect(firstCells('docs/alerts.md', 'rule')).to.deep.equal(Object.keys(ALERT_RULES));
    for (const name of namesOf(ALERT_RULES)) {
      const { severity, threshold, forMs, prometheus } = alertRule(name);
      const row = readPage('docs/alerts.md')
        .split('\n')
        .find((line) => line.startsWith(`| \`${name}\` |`));
      const [, , said, , above, time, alert] = (row ?? '').split('|').map((cell) => cell.trim());

      expect({ name, said, above, time, alert }).to.deep.equal({
        ...{ name, said: severity, above: threshold === null ? '' : `${threshold.above} ${threshold.unit}` },
        time: forMs === 0 ? '' : durationText(forMs),
        alert: prometheus === null ? 'none' : `\`${prometheus}\``,
      });
    }
  });

  it('lists every option of a job, and no other', () => {
    expect(firstCells('docs/add-jobs.md', 'option')).to.have.members([...JOB_OPTION_NAMES]);
  });

  it('lists every event of a worker, and no other', () => {
    const declared = [...readPage('lib/worker/events.ts').matchAll(/^ {2}'([\w:]+)': \[/gm)];

    expect(declared).to.not.be.empty;
    expect(firstCells('docs/handlers.md', 'event')).to.deep.equal(declared.map(([, name]) => name));
  });
});

/** The names in code style in the first column of the table whose first heading is `heading`. */
function firstCells(page: string, heading: string): string[] {
  const [, table = ''] = readPage(page).split(new RegExp(`^\\| ${heading} \\|.*\\n\\|[-|]+\\|\\n`, 'm'));
  const rows = /^(\|.*\n)*/.exec(table)?.[0].trimEnd().split('\n') ?? [];
  const cells = rows.map((row) => row.split('|')[1] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}
