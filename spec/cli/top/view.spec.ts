import { expect } from 'chai';
import { widthOf } from '../../../lib/cli/text-width.ts';
import { TOP_KEYS } from '../../../lib/cli/top/keys.ts';
import { press } from '../../../lib/cli/top/press.ts';
import { FIRST_STATE, PANES, withNames } from '../../../lib/cli/top/state.ts';
import { type Frame, namesToRead, reachOf, viewOf } from '../../../lib/cli/top/view.ts';
import { AWKWARD, stateOf } from '../../support/top-states.ts';

const SIZES = [
  [1, 1],
  [10, 5],
  [80, 24],
  [200, 60],
  [37, 18],
] as const;

function frameOf(columns: number, rows: number): Frame {
  return {
    size: { columns, rows },
    place: 'redis://127.0.0.1',
    jobText: AWKWARD.join('\n'),
    now: 70_000,
    isUtc: false,
  };
}

function textOf(state: typeof FIRST_STATE, columns: number, rows: number): string {
  return viewOf(state, frameOf(columns, rows))
    .map(({ text }) => text)
    .join('\n');
}

describe('the view of apiary top', () => {
  for (const [columns, rows] of SIZES) {
    it(`fits ${columns} by ${rows}, whatever the names are, and harms no screen`, () => {
      const state = stateOf([...AWKWARD, 'broken']);
      const job = press({ ...state, pane: 'failures' }, 'enter', { page: 1, last: 0 }).state;
      const views = [...PANES.map((pane) => ({ ...state, pane })), { ...state, isHelp: true }, job];
      for (const view of views) {
        const lines = viewOf(view, frameOf(columns, rows));

        expect(lines).to.have.length(rows);
        for (const { text } of lines) {
          expect(widthOf(text)).to.be.at.most(columns);
          expect(text).not.to.match(/[\p{Cc}\p{Cs}\u202e]/u);
        }
      }
    });
  }

  it('shows what there is of each part, and where the keys act', () => {
    const text = textOf(stateOf(['mail']), 80, 24);

    expect(text)
      .to.match(/^\[QUEUES\]/m)
      .and.match(/^> mail +- +1 +2 +5 +2 +- +1 min$/m);
    expect(text).to.match(/^ +1 min stuck email\.send/m);
    expect(text).to.match(/^ +3 +1 min mail +email\.send +no such card/m);
    expect(text).to.match(/^ {2}web-1:7 +running +1 of 10/m);
  });

  it('says that nothing is there', () => {
    expect(textOf(FIRST_STATE, 80, 24))
      .to.include('no queues')
      .and.include('no worker is alive')
      .and.include('nothing runs');
  });

  it('asks in the last line, also where it is the only one', () => {
    const { state } = press(stateOf(['mail']), 'p', { page: 1, last: 0 });

    for (const [columns, rows] of [
      [80, 24],
      [80, 1],
    ] as const) {
      expect(textOf(state, columns, rows).split('\n').at(-1)).to.equal('y or n: pause queue mail?');
    }
  });

  it('says that Redis is away, and keeps what was read', () => {
    const text = textOf({ ...stateOf(['mail']), trouble: 'Redis is not available' }, 80, 24);

    expect(text)
      .to.match(/^AS IT WAS, for Redis cannot be read/)
      .and.match(/^> mail/m);
    expect(text.split('\n').at(-1)).to.equal('Redis is not available');
  });

  it('shows queues by pages, and has only those of a page read', () => {
    const names = Array.from({ length: 10_000 }, (_, at) => `q${String(at).padStart(4, '0')}`);
    const state = withNames(FIRST_STATE, names);
    const end = press(state, 'end', { page: 8, last: 0 }).state;

    expect(namesToRead(state, { columns: 80, rows: 24 })).to.have.length(20);
    expect(namesToRead(state, { columns: 200, rows: 60 })[0]).to.equal('q0000');
    expect(namesToRead(end, { columns: 80, rows: 24 }).at(-1)).to.equal('q9999');
    expect(namesToRead({ ...state, pane: 'workers' }, { columns: 10, rows: 5 })).to.have.length(20);
    expect(textOf(end, 80, 24))
      .to.match(/[\d,]+ to 10,000 of 10,000/)
      .and.match(/^> q9999/m);
  });

  it('tells of every key', () => {
    const text = textOf({ ...FIRST_STATE, isHelp: true }, 120, 40);

    for (const [keys, does] of TOP_KEYS) expect(text).to.include(keys).and.include(does);
    expect(reachOf({ ...FIRST_STATE, isHelp: true }, frameOf(80, 5)).last).to.be.greaterThan(0);
  });
});
