import { expect } from 'chai';
import { ApiaryError } from '../../lib/errors.ts';
import { audited } from '../../lib/inspector/audited.ts';
import type { AuditNote, Inspector } from '../../lib/inspector/inspector.ts';
import { recordingLog } from '../support/log.ts';

const CHANGE = { by: 'ada', through: 'monitor', action: 'retry', queue: 'mail', id: 'a1' } as const;

describe('a change that is audited', () => {
  const rig = (record?: () => Promise<void>) => {
    const notes: AuditNote[] = [];
    const keep = async (note: AuditNote): Promise<void> => void notes.push(note);
    const { log, records } = recordingLog();
    const inspector = { audit: { record: record ?? keep } } as unknown as Inspector;
    return { notes, records, deps: { inspector, log } };
  };

  it('is noted as done, in the words it is given, once it is', async () => {
    const { notes, deps } = rig();

    const result = await audited(
      deps,
      CHANGE,
      () => {
        expect(notes).to.deep.equal([]);
        return 3;
      },
      (count) => `${count} jobs`,
    );

    expect(result).to.equal(3);
    expect(notes).to.deep.equal([{ ...CHANGE, outcome: 'done', detail: '3 jobs' }]);
  });

  const cases = [
    { thrown: new ApiaryError('JOB_STATE_FORBIDS', 'it runs'), outcome: 'refused' },
    { thrown: new ApiaryError('REDIS_UNAVAILABLE', 'Redis is away'), outcome: 'failed' },
    { thrown: new TypeError('oops'), outcome: 'failed' },
  ];
  for (const { thrown, outcome } of cases) {
    it(`is noted as ${outcome} for ${thrown.message}, and throws on`, async () => {
      const { notes, deps } = rig();
      const caught = await audited(deps, CHANGE, () => Promise.reject(thrown)).catch((error) => error);

      expect(caught).to.equal(thrown);
      expect(notes).to.deep.equal([{ ...CHANGE, outcome, detail: thrown.message }]);
    });
  }

  it('is made and logged though Redis does not take the note', async () => {
    const { records, deps } = rig(() => Promise.reject(new Error('OOM')));

    expect(await audited(deps, CHANGE, () => 'made')).to.equal('made');

    expect(records.map(({ level, message }) => `${level} ${message}`)).to.deep.equal([
      'info change done',
      'error a change is not in the audit stream',
    ]);
    expect(records[1]?.fields).to.include({ by: 'ada', queue: 'mail', id: 'a1', outcome: 'done' });
  });
});
