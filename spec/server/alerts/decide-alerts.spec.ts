import { expect } from 'chai';
import type { AlertState, StoredAlert } from '../../../lib/inspector/inspector.ts';
import type { AlertSignal } from '../../../lib/server/alerts/alert-signals.ts';
import {
  type AlertLook,
  decideAlerts,
  firstState,
  keyOf,
  MOST_ALERTS,
} from '../../../lib/server/alerts/decide-alerts.ts';
import { planMessages } from '../../../lib/server/alerts/plan-messages.ts';

const BEGIN = Date.UTC(2030, 0, 1);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const OLD: AlertSignal = { rule: 'queue-old', queue: 'mail', subject: '', summary: 's', detail: 'd' };
const FAILING: AlertSignal = { ...OLD, rule: 'failing' };
const KIND: AlertSignal = { ...OLD, rule: 'new-failure', subject: '1f98e0b856979199' };

/** A state to which looks come, one minute after the other or when it is said. */
class Looks {
  state: AlertState = firstState(BEGIN);
  #now = BEGIN;

  look(signals: readonly AlertSignal[], changes: Partial<AlertLook> & { afterMs?: number } = {}): this {
    const { afterMs = MINUTE_MS, ...look } = changes;
    this.#now += afterMs;
    const all = { now: this.#now, signals, covers: () => true, gapMs: 90_000, next: '', ...look };
    this.state = decideAlerts(this.state, all);
    return this;
  }

  /** What is sent: the statuses and rules of each message. */
  send(isQuiet = false): string[][] {
    const planned = planMessages(this.state, { now: this.#now, isQuiet, prefix: 'bq' });
    this.state = { ...planned, sending: [] };
    return planned.sending.map(({ body }) => {
      const { alerts }: { alerts: { status: string; rule: string }[] } = JSON.parse(body);
      return alerts.map(({ status, rule }) => `${status} ${rule}`);
    });
  }

  firing(): string[] {
    return this.state.alerts
      .filter((one) => one.firedAt !== null && one.endedAt === null)
      .map(({ rule }) => rule);
  }
}

describe('deciding which alerts fire', () => {
  it('lets one fire that has held in every look for as long as its rule says', () => {
    const looks = new Looks().look([OLD]).look([OLD]);
    expect(looks.firing()).to.be.empty;
    expect(looks.look([OLD]).firing()).to.deep.equal(['queue-old']);
  });

  it('begins anew where it did not hold in between', () => {
    const looks = new Looks().look([OLD]).look([OLD]).look([]).look([OLD]).look([OLD]);
    expect(looks.firing()).to.be.empty;
  });

  it('begins anew where nobody has looked for long, as while Redis was away', () => {
    const looks = new Looks()
      .look([OLD])
      .look([OLD], { afterMs: 10 * MINUTE_MS })
      .look([OLD]);
    expect(looks.firing()).to.be.empty;
    expect(looks.look([OLD]).firing()).to.deep.equal(['queue-old']);
  });

  it('keeps what fires over such a gap', () => {
    const looks = new Looks().look([FAILING]).look([FAILING], { afterMs: HOUR_MS });
    expect(looks.send()).to.deep.equal([['firing failing']]);
    expect(looks.look([FAILING]).send()).to.be.empty;
  });

  it('is not put off by a clock that was set back', () => {
    const looks = new Looks().look([OLD]).look([OLD], { afterMs: -HOUR_MS }).look([OLD]).look([OLD]);
    expect(looks.firing()).to.deep.equal(['queue-old']);
  });

  it('ends one that has not held for a minute, not one that comes and goes', () => {
    const looks = new Looks().look([FAILING]);
    looks.send();
    looks
      .look([], { afterMs: MINUTE_MS / 2 })
      .look([FAILING])
      .look([], { afterMs: MINUTE_MS / 2 });
    expect(looks.send()).to.be.empty;
    expect(looks.look([]).send()).to.deep.equal([['resolved failing']]);
    expect(looks.state.alerts).to.be.empty;
  });

  it('leaves alone what was not looked at, and ends what is of a queue that is gone', () => {
    const looks = new Looks().look([FAILING]);
    looks.send();
    expect(looks.look([], { covers: () => false, afterMs: HOUR_MS }).firing()).to.deep.equal(['failing']);
    expect(looks.look([], { covers: (queue) => queue === 'mail' }).send()).to.deep.equal([
      ['resolved failing'],
    ]);
  });

  it('tells of what has happened, and not of its end', () => {
    const looks = new Looks().look([KIND]);
    expect(looks.send()).to.deep.equal([['firing new-failure']]);
    expect(looks.look([]).firing()).to.deep.equal(['new-failure']);
    expect(looks.look([], { afterMs: 2 * HOUR_MS }).send()).to.be.empty;
    expect(looks.state.alerts).to.be.empty;
  });

  it('keeps no more than so many, the critical ones first, and tells once how many more there are', () => {
    const many = Array.from({ length: MOST_ALERTS }, (_, at) => ({ ...FAILING, queue: `q-${at}` }));
    const critical = Array.from({ length: 5 }, (_, at) => ({ ...OLD, queue: `c-${at}` }));
    const looks = new Looks().look([...many, ...critical]);

    expect(looks.state.alerts).to.have.length(MOST_ALERTS);
    expect(looks.state.alerts.filter(({ rule }) => rule === 'queue-old')).to.have.length(5);
    expect(looks.state.more).to.equal(5);
    const planned = planMessages(looks.state, { now: BEGIN, isQuiet: false, prefix: 'bq' });
    expect(planned.sending).to.have.length(1);
    expect(planned.sending[0]?.body).to.include('5 further alerts').and.include('and 975 more');
    expect(planned.sending[0]?.body.length).to.be.below(65_536);
    looks.send();
    expect(looks.look([...many, ...critical]).send()).to.be.empty;
  });

  it('has room for what is critical behind a storm of warnings that came before', () => {
    const storm = Array.from({ length: MOST_ALERTS }, (_, at) => ({ ...KIND, subject: `k-${at}` }));
    const looks = new Looks().look(storm);
    looks.send();
    looks.look([OLD]).look([OLD]).look([OLD]);

    expect(looks.state.alerts).to.have.length(MOST_ALERTS);
    expect(looks.send()).to.deep.equal([['firing queue-old']]);
  });

  it('says nothing of those beyond what is kept while none of the others fires either', () => {
    const many = Array.from({ length: MOST_ALERTS + 5 }, (_, at) => ({ ...OLD, queue: `q-${at}` }));
    const looks = new Looks().look(many);
    expect(looks.state.more).to.equal(5);
    expect(looks.send()).to.be.empty;
    expect(looks.look(many).look(many).send()).to.have.length(1);
  });

  it('lets one of a rule that it does not know go in silence', () => {
    const looks = new Looks().look([FAILING]);
    looks.send();
    const strange = (one: StoredAlert): StoredAlert => ({ ...one, rule: 'toString' });
    looks.state = { ...looks.state, alerts: looks.state.alerts.map(strange) };
    expect(looks.look([]).state.alerts).to.have.length(1);
    expect(looks.look([], { afterMs: 2 * HOUR_MS }).send()).to.be.empty;
    expect(looks.state.alerts).to.be.empty;
  });

  it('takes queues and schedules apart whatever they are called', () => {
    expect(keyOf({ rule: 'a', queue: 'b","c', subject: '' })).not.to.equal(
      keyOf({ rule: 'a', queue: 'b', subject: 'c' }),
    );
  });
});

describe('planning messages', () => {
  it('plans nothing while it is not known whether what was planned is sent', () => {
    const sending = [{ id: 'x', body: '{}' }];
    const { state } = new Looks().look([FAILING]);
    const planned = planMessages({ ...state, sending }, { now: BEGIN, isQuiet: false, prefix: 'bq' });

    expect(planned.sending).to.deep.equal(sending);
    expect(planned.alerts[0]?.isTold).to.equal(false);
  });

  it('gives a change of a case the same id, whoever plans it, and another one the next time', () => {
    const plan = { now: BEGIN, isQuiet: false, prefix: 'bq' };
    const ids = (looks: Looks): string[] => planMessages(looks.state, plan).sending.map(({ id }) => id);
    const looks = new Looks().look([FAILING]);
    const first = ids(looks);
    expect(ids(looks)).to.deep.equal(first);
    looks.send();
    looks.look([], { afterMs: HOUR_MS }).send();
    expect(ids(looks.look([FAILING]))).not.to.deep.equal(first);
  });

  it('leaves out what came and went in quiet hours, and tells of the end of what was told before', () => {
    const looks = new Looks().look([FAILING]);
    looks.send();
    expect(looks.look([OLD, KIND], { afterMs: HOUR_MS }).send(true)).to.be.empty;
    expect(looks.look([OLD]).look([OLD]).look([OLD]).send(true)).to.be.empty;
    expect(looks.look([], { afterMs: HOUR_MS }).look([]).send(true)).to.be.empty;
    expect(looks.look([]).send()).to.deep.equal([['resolved failing', 'firing new-failure']]);
    expect(looks.look([]).send()).to.be.empty;
  });

  it('lets nothing that a queue is called call somebody in a chat, and fills in nothing twice', () => {
    const hostile = { ...FAILING, queue: '<!channel>&', summary: 'Jobs of queue <!channel>& fail' };
    const { state } = new Looks().look([hostile]);
    const [message] = planMessages(state, { now: BEGIN, isQuiet: false, prefix: '<b>' }).sending;
    const { text }: { text: string } = JSON.parse(message?.body ?? '');

    expect(text).to.equal('Apiary (&lt;b&gt;): *warning* Jobs of queue &lt;!channel&gt;&amp; fail. d');
  });
});
