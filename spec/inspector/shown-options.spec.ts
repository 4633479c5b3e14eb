import { expect } from 'chai';
import type { StoredOptions } from '../../lib/engine/record/record.ts';
import { soundOptions } from '../../lib/inspector/shown-options.ts';

/** Every option with a value as the engine writes it. */
const SOUND: Required<StoredOptions> = {
  timestamp: 1,
  stacktraces: ['Error: x'],
  retries: 2,
  timeout: 1_000,
  delay: 5,
  backoff: { strategy: 'fixed', delay: 1 },
  type: 'email.send',
  addedBy: 'shop',
  rerunOf: 'a',
  headers: { a: 'b' },
  expiresAt: 6,
  deadlineAt: 7,
  unique: { key: 'k' },
  key: 'acme',
  cost: 2,
  priority: 3,
  front: true,
  group: { name: 'g' },
  schedule: { name: 'nightly', tick: 8 },
  run: [1, 2, 3, 'host:1'],
  errors: [{ name: 'Error', message: 'x', at: 1, attempt: 1 }],
  result: null,
  logs: [{ at: 1, level: 'info', message: 'x' }],
  logsDropped: 1,
  outcome: 'failed',
  once: { key: { at: 1 } },
  waits: { until: { go: [9] }, on: ['go'] },
  links: { follows: { id: 'a', queue: 'q' }, chain: { id: 'a', step: 1, steps: 2 } },
  retention: { succeededMs: 0, failedMs: 5 },
  encrypted: true,
  sealed: { headers: 'x' },
};

describe('soundOptions', () => {
  it('leaves what the engine writes as it is', () => {
    expect(soundOptions(SOUND)).to.deep.equal(SOUND);
  });

  it('leaves out what is not what it is to be, and nothing else', () => {
    for (const name of Object.keys(SOUND).filter(
      (one) => !['timestamp', 'result', 'front', 'encrypted'].includes(one),
    )) {
      for (const wrong of [null, true, [null], { at: {}, follows: 1 }]) {
        const odd = { ...SOUND, [name]: wrong } as StoredOptions;

        const { [name]: _, ...others } = SOUND as unknown as Record<string, unknown>;
        expect(soundOptions(odd), `${name} ${JSON.stringify(wrong)}`).to.deep.equal(others);
      }
    }
  });

  it('takes a timestamp that is no time for the earliest', () => {
    for (const timestamp of ['yesterday', 1e300, null]) {
      expect(soundOptions({ timestamp } as unknown as StoredOptions)).to.deep.equal({ timestamp: 0 });
    }
  });

  it('keeps options that it does not know', () => {
    const options = { timestamp: 1, later: { a: 1 } } as StoredOptions;

    expect(soundOptions(options)).to.deep.equal(options);
  });
});
