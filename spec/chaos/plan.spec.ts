import { expect } from 'chai';
import { FAULT_KINDS, ruleOf, TOPOLOGIES } from './fault-kinds.ts';
import { planFaults } from './plan.ts';

describe('the plan of a chaos run', () => {
  for (const topology of TOPOLOGIES) {
    it(`is the same for the same seed, and another for another, on ${topology}`, () => {
      const plan = (seed: number) => planFaults({ seed, minutes: 10, topology });

      expect(plan(1)).to.deep.equal(plan(1));
      expect(plan(1)).to.not.deep.equal(plan(2));
    });

    it(`has within ten minutes every fault that ${topology} has, and no other`, () => {
      const kinds = new Set(planFaults({ seed: 7, minutes: 10, topology }).map(({ kind }) => kind));

      expect([...kinds]).to.have.members(FAULT_KINDS.filter((kind) => ruleOf(kind).on.includes(topology)));
    });
  }

  it('keeps what it does within the run, and each fault short beside it', () => {
    for (const { atMs, forMs } of planFaults({ seed: 3, minutes: 1, topology: 'standalone' })) {
      expect(atMs + forMs).to.be.at.most(60_000);
      expect(forMs).to.be.at.most(6_000);
    }
  });

  it('does two things at a time only to different things', () => {
    const plan = planFaults({ seed: 5, minutes: 60, topology: 'standalone' });
    const pairs = plan.filter(({ atMs }, at) => plan[at - 1]?.atMs === atMs);

    expect(pairs).to.not.be.empty;
    for (const other of pairs) {
      const first = plan[plan.indexOf(other) - 1];
      expect(first && ruleOf(first.kind).to).to.not.equal(ruleOf(other.kind).to);
    }
  });
});
