import { expect } from 'chai';
import { readTaken } from '../../../lib/engine/session/taken.ts';

const RECORD = '{"data":{"to":"a"},"options":{"timestamp":1,"retries":3},"status":"created","progress":0}';
const read = (...records: (string | null)[]) => {
  const ids = records.map((_, at) => `job-${at}`);
  return readTaken([JSON.stringify(ids), records], 5_000);
};
const openings = (...records: string[]) => read(...records).map(({ opening }) => opening);

describe('readTaken', () => {
  it('reads many records', () => {
    const taken = read(RECORD, RECORD.replace('"a"', '"b"'));

    expect(taken.map(({ id, record, readable }) => [id, record.data, readable])).to.deep.equal([
      ['job-0', { to: 'a' }, true],
      ['job-1', { to: 'b' }, true],
    ]);
  });

  it('lets what is no record stand for itself, so that it can be looked at', () => {
    const [gone, strange] = read(null, '{"foo":1}');

    expect(gone).to.deep.include({ readable: false });
    expect(gone?.record.data).to.equal(null);
    expect(strange).to.deep.include({ readable: false });
    expect(strange?.record.data).to.equal('{"foo":1}');
  });

  for (const [name, broken] of [
    ['is cut off', '{"data":1'],
    ['is empty', ''],
    ['is more than one', '{},{}'],
  ] as const) {
    it(`knows which is whose when one ${name}`, () => {
      const taken = read(RECORD, broken, RECORD.replace('"a"', '"b"'));

      expect(taken.map(({ record, readable }) => [record.data, readable])).to.deep.equal([
        [{ to: 'a' }, true],
        [broken, false],
        [{ to: 'b' }, true],
      ]);
    });
  }

  it('knows where more can be written behind a record that is as it was saved', () => {
    expect(openings(RECORD)).to.deep.equal([
      { before: '{"data":{"to":"a"},"options":{"timestamp":1,"retries":3', after: '' },
    ]);
  });

  it('knows it also of one that has its options first, whatever is in them and in its data', () => {
    const options = { key: 'a"}\\', timestamp: 1, headers: { a: '},"data":{' } };
    const data = { options: {}, text: '},"status":"created","progress":0}' };
    const record = JSON.stringify({ options, data, status: 'created', progress: 0 });

    expect(openings(record)).to.deep.equal([
      {
        before: `{"options":${JSON.stringify(options).slice(0, -1)}`,
        after: `,"data":${JSON.stringify(data)}`,
      },
    ]);
  });

  for (const [name, changed] of [
    ['has been tried', RECORD.replace('created', 'retrying')],
    ['has progress', RECORD.replace('"progress":0', '"progress":5')],
    ['has no options', RECORD.replace('"timestamp":1,"retries":3', '')],
    ['has no options, which are first', '{"options":{},"data":{"a":1},"status":"created","progress":0}'],
    ['has options that are none', '{"options":[],"data":{"a":1},"status":"created","progress":0}'],
    ['has more in it', '{"data":1,"options":{},"mine":{"a":1},"status":"created","progress":0}'],
    ['was written over several lines', JSON.stringify(JSON.parse(RECORD), null, 1)],
  ] as const) {
    it(`says nothing of one that ${name}`, () => {
      expect(openings(changed)).to.deep.equal([null]);
    });
  }
});
