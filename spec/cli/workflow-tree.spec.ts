import { expect } from 'chai';
import { treeLines } from '../../lib/cli/workflow-tree.ts';
import type { StepInfo } from '../../lib/inspector/inspector.ts';

const step = (name: string, ...after: string[]): StepInfo => ({
  ...{ name, after, type: 't', queue: 'q', id: name, state: 'awaiting', when: 'succeeded' },
  ...{ addedBy: null, within: null },
});
const drawn = (...steps: StepInfo[]) =>
  treeLines({ steps, workflows: [] }).map(({ branch, step: { name }, others }) =>
    [branch + name, ...others].join(' '),
  );

describe('the tree of a workflow', () => {
  it('has each step once, below the last of those that it comes after', () => {
    const lines = drawn(step('a'), step('b', 'a'), step('c', 'a'), step('d', 'b', 'c'), step('e'));

    expect(lines).to.deep.equal(['a', '├─ b', '└─ c', '   └─ d b', 'e']);
  });

  it('goes on beside branches that are to come', () => {
    const lines = drawn(step('a'), step('b', 'a'), step('c', 'b'), step('d', 'a'));

    expect(lines).to.deep.equal(['a', '├─ b', '│  └─ c', '└─ d']);
  });

  it('has what is in a sub-workflow below that', () => {
    const pay = { ...step('payment/pay'), within: 'payment' };
    const refund = { ...step('payment/refund', 'payment/pay'), within: 'payment' };
    const steps = [step('check'), pay, refund, step('send', 'payment')];
    const { state: _state, ...ties } = step('payment', 'check');

    const lines = treeLines({ steps, workflows: [{ ...ties, state: 'active' }] });

    expect(lines.map(({ branch, step: { name } }) => branch + name)).to.deep.equal([
      'check',
      '└─ payment',
      '   ├─ payment/pay',
      '   │  └─ payment/refund',
      '   └─ send',
    ]);
  });

  it('may be as long as a workflow', () => {
    const chain = Array.from({ length: 1_000 }, (_one, at) =>
      step(`s${at}`, ...(at > 0 ? [`s${at - 1}`] : [])),
    );

    expect(treeLines({ steps: chain, workflows: [] })).to.have.length(1_000);
  });
});
