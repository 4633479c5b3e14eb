import { expect } from 'chai';
import { certify, type Heading, isClean, nameOf, pageOf } from './certificate.ts';
import type { Fact } from './evidence.ts';
import { judge } from './judge.ts';
import { makeLedger } from './ledger.ts';
import { leftOut } from './left-out.ts';

const HEADING: Heading = {
  ...{ engine: 'apiary', engineVersion: null, leftOut: [] },
  ...{ version: '1.2.3', beside: null, redis: '7.0.15', seed: 7, minutes: 10 },
  ...{ topology: 'standalone', durability: 'everysec', replicas: 0 },
};

function began(name: string, at: number, pid = 1): Fact {
  return { fact: 'began', at, run: `${name}-${at}`, names: [name], id: name, attempt: 1, pid };
}

function succeeded(name: string, began: number, at: number): Fact {
  return { fact: 'ended', at, run: `${name}-${began}`, how: 'succeeded' };
}

function certificateOf(facts: Fact[]) {
  const ledger = makeLedger(facts, []);
  return certify(HEADING, ledger, judge(ledger, HEADING), { from: 1_000, until: 30_000, keysLeft: ['k'] });
}

describe('the certificate of a chaos run', () => {
  const facts: Fact[] = [
    { fact: 'acknowledged', at: 1_000, name: 'a', feature: 'plain' },
    { fact: 'acknowledged', at: 1_000, name: 'b', feature: 'plain' },
    began('a', 2_000),
    { fact: 'fault', kind: 'workerKilled', from: 3_000, until: 3_000, pids: [1] },
    began('b', 4_000, 2),
    succeeded('b', 4_000, 4_010),
    { fact: 'fault', kind: 'redisStopped', from: 5_000, until: 9_000, pids: null },
    began('a', 17_000, 2),
    succeeded('a', 17_000, 17_010),
  ];

  it('counts what was acknowledged, what was broken, and what that explains', () => {
    const certificate = certificateOf(facts);

    expect(certificate).to.deep.include({
      ...{ acknowledged: { plain: 2 }, attempts: 3, forgotten: 0 },
      ...{ faults: { workerKilled: 1, redisStopped: 1 }, repeats: { workerKilled: 1 }, findings: [] },
      keysLeft: ['k'],
    });
    expect(isClean(certificate)).to.equal(true);
  });

  it('says how long nothing began, and how long it took to recover beside other faults', () => {
    const { longestGapMs, recoveryMs, calmRecoveryMs, slowest } = certificateOf(facts);

    expect(longestGapMs).to.equal(13_000);
    // From the kill to the second attempt, without the four seconds of the stop; and from the end of the stop.
    expect(recoveryMs).to.deep.equal({ p50: 10_000, p99: 10_000, longest: 10_000 });
    expect(slowest[0]).to.deep.include({ kind: 'workerKilled', tookMs: 10_000 });
    // Nobody is held to be dead for ten seconds after the stop.
    expect(calmRecoveryMs).to.deep.equal({ p50: 8_000, p99: 8_000, longest: 8_000 });
  });

  it('is not clean where something was lost, and its page says so', () => {
    const certificate = certificateOf([
      ...facts,
      { fact: 'acknowledged', at: 9, name: 'c', feature: 'once' },
    ]);

    expect(isClean(certificate)).to.equal(false);
    expect(pageOf(certificate))
      .to.include('| lost | 1 |')
      .and.to.include('- lost: c: once, acknowledged at 9');
  });

  it('has a name of its own for each set-up and seed', () => {
    expect(nameOf(HEADING)).to.equal('standalone-everysec-10min-seed-7');
    expect(nameOf({ ...HEADING, engine: 'bullmq' })).to.equal('bullmq-standalone-everysec-10min-seed-7');
  });

  it('names another engine, its version, and what it has none of', () => {
    const other: Heading = {
      ...HEADING,
      ...{ engine: 'bee-queue', engineVersion: '2.0.0', leftOut: leftOut('bee-queue') },
    };
    const ledger = makeLedger(facts, []);
    const page = pageOf(
      certify(other, ledger, judge(ledger, other), { from: 1_000, until: 30_000, keysLeft: [] }),
    );

    expect(page).to.include('| engine | bee-queue 2.0.0, tried by Apiary 1.2.3 |');
    expect(page).to.match(/\| left out, as it has none \| .*keyed.*schedules, queuePaused, limitsChanged \|/);
  });

  it('leaves nothing out of ours', () => {
    expect(leftOut('apiary')).to.deep.equal([]);
  });
});
