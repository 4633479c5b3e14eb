import { expect } from 'chai';
import { withMeasured } from '../../../lib/server/demand/decaying-mean.ts';

describe('withMeasured', () => {
  it('begins with what is measured first', () => {
    expect(withMeasured(undefined, { value: 7, at: 5 }, 100)).to.deep.equal({ value: 7, at: 5 });
  });

  it('lets what is as old as the decay count 1/e', () => {
    const { value } = withMeasured({ value: 1, at: 0 }, { value: 0, at: 100 }, 100);

    expect(value).to.be.closeTo(Math.exp(-1), 1e-9);
  });

  it('comes to the same at whatever intervals one value is measured', () => {
    const often = [10, 35, 90, 100].reduce((mean, at) => withMeasured(mean, { value: 4, at }, 100), {
      value: 0,
      at: 0,
    });

    expect(often.value).to.be.closeTo(
      withMeasured({ value: 0, at: 0 }, { value: 4, at: 100 }, 100).value,
      1e-9,
    );
  });
});
