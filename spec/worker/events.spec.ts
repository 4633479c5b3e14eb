import { expect } from 'chai';
import { WorkerEmitter } from '../../lib/worker/events.ts';
import { recordingLog } from '../support/log.ts';
import { until } from '../support/wait.ts';

const FACTS = { queue: 'mail', type: 'email.send', id: 'a', attempt: 1, waitedMs: 0 };

describe('WorkerEmitter', () => {
  it('tells every listener', () => {
    const { log } = recordingLog();
    const events = new WorkerEmitter(log);
    const told: unknown[] = [];
    events.on('job:started', (job) => told.push(job));
    events.on('job:started', (job) => told.push(job));

    events.tell('job:started', FACTS);

    expect(told).to.deep.equal([FACTS, FACTS]);
  });

  it('tells a listener for once once', () => {
    const events = new WorkerEmitter(recordingLog().log);
    let told = 0;
    events.once('job:started', () => told++);

    events.tell('job:started', FACTS);
    events.tell('job:started', FACTS);

    expect(told).to.equal(1);
  });

  it('logs what a listener throws and tells the others', () => {
    const { log, records } = recordingLog();
    const events = new WorkerEmitter(log);
    const error = new Error('no luck');
    let told = 0;
    events.on('job:started', () => {
      throw error;
    });
    events.on('job:started', () => told++);

    events.tell('job:started', FACTS);

    expect(told).to.equal(1);
    expect(records).to.deep.equal([
      { level: 'error', message: 'a listener threw', fields: { event: 'job:started', err: error } },
    ]);
  });

  it('logs what the promise of a listener is rejected with', async () => {
    const { log, records } = recordingLog();
    const events = new WorkerEmitter(log);
    events.on('job:started', () => Promise.reject('no luck'));

    events.tell('job:started', FACTS);

    await until(() => records.length > 0, 'it was logged');
    expect(records[0]?.fields['err']).to.be.instanceOf(Error).and.include({ message: 'no luck' });
  });

  it('needs no listener', () => {
    const { log, records } = recordingLog();

    new WorkerEmitter(log).tell('job:interrupted', FACTS);

    expect(records).to.deep.equal([]);
  });
});
