import { expect } from 'chai';
import fc from 'fast-check';
import { TOP_KEYS } from '../../../lib/cli/top/keys.ts';
import { press, type Wish } from '../../../lib/cli/top/press.ts';
import { chosenRow, type TopState, withFacts, withJob, withNames } from '../../../lib/cli/top/state.ts';
import { reachOf, viewOf } from '../../../lib/cli/top/view.ts';
import { AWKWARD, factsOf, failedJob, stateOf } from '../../support/top-states.ts';

const REACH = { page: 5, last: 10 };
const KEYS = [
  ...'/o?pkjrcnaxqyYN1234 zä日',
  ...['up', 'down', 'pageup', 'pagedown', 'home', 'end', 'enter', 'escape', 'backspace', 'tab', 'shift-tab'],
  ...['space', 'ctrl-c', 'ctrl-z', 'ctrl-l', 'ctrl-d', '', '__proto__', 'constructor', '\ud800'],
];

/** Presses keys one after the other; resolves with the state and what the keys asked for. */
function pressAll(state: TopState, ...keys: string[]): { state: TopState; wishes: Wish[] } {
  const wishes: Wish[] = [];
  let now = state;
  for (const key of keys) {
    const step = press(now, key, REACH);
    now = step.state;
    if (step.wish) wishes.push(step.wish);
  }
  return { state: now, wishes };
}

describe('the keys of apiary top', () => {
  const names = Array.from({ length: 30 }, (_, at) => `queue-${String(at).padStart(2, '0')}`);

  it('move within a part, and stop at its ends', () => {
    const at = (...keys: string[]) => pressAll(stateOf(names), ...keys).state.chosen.queues;

    expect(at('down', 'j', 'k')).to.equal(1);
    expect(at('up')).to.equal(0);
    expect(at('end', 'down')).to.equal(29);
    expect(at('end', 'pageup')).to.equal(24);
    expect(at('pagedown', 'home')).to.equal(0);
  });

  it('keep what is chosen while queues come and go', () => {
    const { state } = pressAll(stateOf(names), 'down', 'down');

    const later = withNames(state, ['a', ...names.slice(1)]);

    expect(chosenRow(later)).to.include({ name: 'queue-02' });
    expect(withNames(later, []).chosen.queues).to.equal(0);
  });

  it('filter while they are typed, and let go by Esc', () => {
    const { state } = pressAll(stateOf(names), '/', '2', 'E', 'backspace', '9', 'enter');

    expect(state.names).to.deep.equal(['queue-29']);
    expect(state.typed).to.equal(null);
    expect(pressAll(state, 'escape').state.names).to.have.length(30);
  });

  it('ask before anything is changed, and take nothing but y for a yes', () => {
    const asked = pressAll(stateOf(names), 'p');
    expect(asked.state.asked).to.deep.equal({ kind: 'queue', name: 'pause', queue: 'queue-00' });
    expect(asked.wishes).to.deep.equal([]);

    expect(pressAll(asked.state, 'enter', 'y').wishes).to.deep.equal([]);
    expect(pressAll(asked.state, 'y').wishes).to.deep.equal([{ kind: 'act', act: asked.state.asked }]);
  });

  it('retry the failures of a line, and cancel what runs', () => {
    expect(pressAll(stateOf(names), '3', 'r').state.asked).to.include({
      kind: 'failures',
      fingerprint: 'f1',
    });
    expect(pressAll(stateOf(names), '2', 'c').state.asked).to.include({ name: 'cancel', id: 'job-0' });
    expect(pressAll(stateOf(names), '4', 'p', 'r', 'c').state.asked).to.equal(null);
  });

  it('open a job, and offer what can be done in its state', () => {
    const { state, wishes } = pressAll(stateOf(names), '3', 'enter');
    expect(wishes).to.deep.equal([{ kind: 'look' }]);
    expect(pressAll(state, 'r').state.asked).to.equal(null);

    const read = withJob(state, 'queue-00', 'job-9', { job: failedJob('queue-00', 'job-9'), reasons: [] });
    expect(pressAll(read, 'r').state.asked).to.include({ name: 'retry', id: 'job-9' });
    expect(pressAll(read, 'n').state).to.include({
      asked: null,
      notice: 'a job that is failed cannot be changed so',
    });
    expect(pressAll(read, 'escape').state.opened).to.equal(null);
  });

  it('find a job by its words', () => {
    const { wishes } = pressAll(stateOf(names), 'o', 'a', 'space', 'b', 'enter');

    expect(wishes).to.deep.equal([{ kind: 'find', words: ['a', 'b'] }]);
  });

  it('are all told of', () => {
    const told = TOP_KEYS.map(([keys]) => keys).join(' ');

    for (const key of [
      'k',
      'j',
      'Tab',
      '/',
      'o',
      'Enter',
      'p',
      'r',
      'c',
      'n',
      'a',
      'x',
      'Space',
      'q',
      'Esc',
    ]) {
      expect(told.split(' ')).to.include(key);
    }
  });

  it('break nothing and change nothing without a yes, whichever are pressed on whatever screen', () => {
    const size = fc.record({
      columns: fc.integer({ min: 1, max: 220 }),
      rows: fc.integer({ min: 1, max: 70 }),
    });
    const pressed = fc.array(fc.constantFrom(...KEYS), { minLength: 2_000, maxLength: 2_000 });
    fc.assert(
      fc.property(size, pressed, fc.subarray(AWKWARD), ({ columns, rows }, keys, some) => {
        let state = stateOf(some);
        for (const [at, key] of keys.entries()) {
          const frame = {
            size: { columns, rows },
            place: 'redis',
            jobText: some.join('\n'),
            now: 9_000,
            isUtc: at % 2 === 0,
          };
          const before = state;
          const step = press(state, key, reachOf(state, frame));
          state = step.state;
          if (step.wish?.kind === 'act') {
            expect(key.toLowerCase()).to.equal('y');
            expect(step.wish.act).to.equal(before.asked);
          }
          if (at % 50 === 0) {
            expect(viewOf(state, frame)).to.have.length(rows);
            state = withFacts(withNames(state, some.slice(at % 3)), factsOf(some.slice(at % 3)));
          }
        }
      }),
      { numRuns: 10 },
    );
  });
});
