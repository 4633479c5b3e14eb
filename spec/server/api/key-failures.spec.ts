import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { createKeyFailures, type RefusedCall } from '../../../lib/server/api/key-failures.ts';
import { recordingLog } from '../../support/log.ts';

const CALL: RefusedCall = { why: 'wrong', address: '10.0.0.1', method: 'POST' };

describe('createKeyFailures', () => {
  it('writes a line for the first, then one a minute with how many came since', () => {
    let now = 0;
    let counted = 0;
    const { log, records } = recordingLog();
    const tell = createKeyFailures({
      log,
      count: () => counted++,
      clock: { ...systemClock, elapsed: () => now },
    });

    for (; now < 120_001; now += 1_000) tell(CALL);

    expect(records.map(({ fields }) => fields['calls'])).to.deep.equal([1, 60, 60]);
    expect(counted).to.equal(121);
  });
});
