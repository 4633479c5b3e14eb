import { expect } from 'chai';
import { parseAlertRule } from '../../../lib/alert-settings.ts';
import type { QueueAlertFacts } from '../../../lib/server/alerts/alert-facts.ts';
import { signalsOfQueue, signalsOfRedis } from '../../../lib/server/alerts/alert-signals.ts';

const WELL: QueueAlertFacts = {
  ...{ queue: 'mail', latencyMs: 0, overdueMs: 0, isPaused: false, waiting: 0, workers: 1, stuck: 0 },
  ...{ inPerMin: null, outPerMin: null, failed: 0, missed: [], kinds: [] },
};
const rulesOf = (facts: Partial<QueueAlertFacts>, ...settings: string[]): string[] => {
  const rules = settings.map((one) => {
    const rule = parseAlertRule(one);
    if (rule === undefined) throw new Error(`${one} is no rule`);
    return rule;
  });
  return signalsOfQueue({ ...WELL, ...facts }, rules).map(({ rule }) => rule);
};

describe('what the rules of alerts find', () => {
  it('is nothing where all is well', () => {
    expect(rulesOf({})).to.be.empty;
    expect(signalsOfRedis({ usedPercent: null }, [])).to.be.empty;
  });

  it('goes by the closest setting: of the queue, of how it begins, of all', () => {
    const old = { queue: 'mail-in', latencyMs: 400_000 };
    expect(rulesOf(old)).to.deep.equal(['queue-old']);
    expect(rulesOf(old, 'queue-old=400')).to.be.empty;
    expect(rulesOf(old, 'queue-old=off', 'queue-old@mail-*=399')).to.deep.equal(['queue-old']);
    expect(rulesOf(old, 'queue-old@m*=1', 'queue-old@mail-*=off')).to.be.empty;
    expect(rulesOf(old, 'queue-old@mail-in=1', 'queue-old@mail-*=off')).to.deep.equal(['queue-old']);
    expect(rulesOf(old, 'queue-old@mail=off')).to.deep.equal(['queue-old']);
  });

  it('is not shaken by numbers that cannot be', () => {
    for (const strange of [Number.NaN, Number.POSITIVE_INFINITY, -1e300]) {
      const facts = { latencyMs: strange, inPerMin: strange, outPerMin: 1, failed: strange, stuck: strange };
      expect(() => rulesOf(facts)).not.to.throw();
    }
    expect(rulesOf({ latencyMs: Number.NaN, inPerMin: Number.NaN, outPerMin: 1 })).to.be.empty;
  });

  it('names the schedule, and how many ticks it missed', () => {
    const missed = [{ schedule: 'nightly {value}', count: 1_000, atLeast: true }];
    const [signal] = signalsOfQueue({ ...WELL, missed }, []);
    expect(signal).to.deep.include({ rule: 'schedule-missed', subject: 'nightly {value}' });
    expect(signal?.summary).to.equal('Schedule nightly {value} of queue mail missed its time');
    expect(signal?.detail).to.match(/^1,000 and more of its ticks fell/);
  });

  it('bounds what comes from outside', () => {
    const kind = { fingerprint: 'f', type: 't'.repeat(5_000), errorName: '', message: '😀'.repeat(5_000) };
    const kinds = [{ ...kind, jobId: 'j', resolved: null }];
    const [signal] = signalsOfQueue({ ...WELL, kinds }, []);
    expect([...(signal?.detail ?? '')]).to.have.length(601);
  });
});
