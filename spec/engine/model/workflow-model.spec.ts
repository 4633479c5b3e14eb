import { expect } from 'chai';
import { WorkflowModel } from './workflow-model.ts';

describe('the model of a workflow', () => {
  /** Its first step has added the second, which failed, and runs again. */
  const withGone = (): WorkflowModel => {
    const model = new WorkflowModel([{ after: [], when: 'succeeded', queue: 0 }], 'continue');
    model.spawn(0, [0]);
    model.move(1, 'f');
    model.rerun(0);
    return model;
  };

  it('lets the job of a step that is gone move nothing', () => {
    const model = withGone();

    model.move(1, 'r');

    expect(model.marks).to.deep.equal(['r', 'd']);
  });

  it('brings no step back that is gone when one that was added in its place runs again', () => {
    const model = withGone();
    model.spawn(0, [0]);
    model.move(2, 's');

    expect(model.rerun(2)).to.equal(true);

    expect(model.marks).to.deep.equal(['s', 'd', 'r']);
  });
});
