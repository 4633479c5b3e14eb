import { expect } from 'chai';
import {
  type JobRecord,
  makeJobId,
  parseRecord,
  stringifyRecord,
  unreadableRecord,
} from '../../../lib/engine/record/record.ts';

const RECORD: JobRecord = {
  data: { to: 'a@example.com' },
  options: { timestamp: 1, retries: 3, type: 'email.send' },
  status: 'created',
  progress: 0,
};

describe('parseRecord', () => {
  it('reads what was written', () => {
    expect(parseRecord(stringifyRecord(RECORD))).to.deep.equal(RECORD);
  });

  it('reads a job as bee-queue stores it', () => {
    const stored =
      '{"data":null,"options":{"timestamp":5,"stacktraces":[],"retries":2},"status":"created","progress":0}';

    expect(parseRecord(stored)?.options).to.deep.equal({ timestamp: 5, stacktraces: [], retries: 2 });
  });

  for (const stored of ['', 'garbage', 'null', '5', '[]', '{}', '{"data":1}', '{"data":1,"options":[]}']) {
    it(`takes ${JSON.stringify(stored)} for unreadable`, () => {
      expect(parseRecord(stored)).to.equal(null);
    });
  }

  it('carries options of others along', () => {
    const stored = '{"data":1,"options":{"timestamp":1,"theirs":{"a":1}},"status":"created","progress":0}';

    const read = parseRecord(stored);

    expect(read && stringifyRecord(read)).to.equal(stored);
  });
});

describe('unreadableRecord', () => {
  it('shows what was stored in place of the data', () => {
    expect(unreadableRecord('garbage', 7)).to.deep.include({ data: 'garbage', options: { timestamp: 7 } });
  });
});

describe('makeJobId', () => {
  // Far from the time of any other spec of this process, and never before the last of these.
  let now = Date.UTC(2050, 0, 1);

  it('makes ids of 20 characters that are all different', () => {
    const ids = Array.from({ length: 10_000 }, () => makeJobId(now));

    expect(new Set(ids).size).to.equal(ids.length);
    expect(ids.every((id) => /^[0-9a-z]{20}$/.test(id))).to.equal(true);
  });

  it('makes ids that sort by time, within one millisecond too', () => {
    const ids = [now, now, now + 1, now + 1, now + 50].map(makeJobId);
    now += 50;

    expect([...ids].sort()).to.deep.equal(ids);
  });

  it('neither repeats an id nor breaks the order when the clock steps back', () => {
    const ids = [now + 9, now - 3_600_000, now - 3_600_000, now + 9, now + 10].map(makeJobId);

    expect(new Set(ids).size).to.equal(5);
    expect([...ids].sort()).to.deep.equal(ids);
  });
});
