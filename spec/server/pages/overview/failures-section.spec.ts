import { expect } from 'chai';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { FailuresSection } from '../../../../lib/server/pages/overview/failures-section.tsx';
import type { FailureFacts } from '../../../../lib/server/pages/overview/overview-facts.ts';
import { pageText } from '../../../support/page-text.ts';

const NOW = Date.UTC(2026, 0, 31);

describe('the section of failures', () => {
  const facts = (queue: string, total: number, counts: readonly number[]): FailureFacts => ({
    queue,
    scanned: counts.reduce((sum, one) => sum + one, 0),
    total,
    groups: counts.map((count, at) => ({
      fingerprint: `f${at}`,
      type: 'email.send',
      message: `error ${at} of ${queue}`,
      count,
      newestAt: NOW - 60_000,
      newestId: `j${at}`,
      state: 'open',
      mark: null,
    })),
  });
  const draw = (failures: readonly FailureFacts[], canChange = true): string =>
    pageText(
      `<body>${renderToString(h(FailuresSection, { failures, visit: { user: null, canChange, now: NOW } }))}</body>`,
    );

  it('has those of all queues, the most frequent first', () => {
    const text = draw([facts('a', 3, [2, 1]), facts('b', 5, [5])]);

    expect(text.match(/error \d of \w/g)).to.deep.equal(['error 0 of b', 'error 0 of a', 'error 1 of a']);
    expect(text).to.include('all 8 failed jobs were looked at');
  });

  it('says what was covered, and of which counts there may be more', () => {
    const text = draw([facts('a', 10_000, [400, 100]), facts('b', 1, [1])]);

    expect(text).to.include('the newest 501 of 10,001 failed jobs were looked at');
    expect(text).to.include('Retry all 400+').and.include('Retry all 100+');
    expect(text).to.match(/Retry all 1 /);
  });

  it('shows fifty kinds, and says so when there are more', () => {
    const text = draw([
      facts(
        'a',
        60,
        Array.from({ length: 60 }, () => 1),
      ),
    ]);

    expect(text.match(/error \d+ of a/g)).to.have.lengthOf(50);
    expect(text).to.include('and 50 of 60 kinds are shown');
  });

  it('cuts a long message', () => {
    const [group] = facts('a', 1, [1]).groups;
    const long = { ...facts('a', 1, []), groups: group ? [{ ...group, message: 'x'.repeat(5_000) }] : [] };

    expect(draw([long]))
      .to.include(`${'x'.repeat(300)}…`)
      .and.not.include('x'.repeat(301));
  });

  it('has no buttons for those who may only look', () => {
    expect(draw([facts('a', 1, [1])], false)).not.to.match(/Retry|Actions/);
  });
});
