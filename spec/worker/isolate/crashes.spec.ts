import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { defineJob, handle } from '../../../lib/jobs/define.ts';
import type { IsolatedData } from '../../support/handlers/isolated.ts';
import { addDeed, ended, isolatedHandler, KINDS } from '../../support/isolates.ts';
import { recordingLog } from '../../support/log.ts';
import { Gate } from '../../support/queues.ts';
import { until } from '../../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../../support/worker.ts';

/** Jobs that run beside it: in the process of the worker, and in other threads or processes of its pool. */
const [BYSTANDERS_HERE, BYSTANDERS_THERE] = [16, 4];
/** What a handler does, and what its error says then; null where a thread cannot do it. */
const CRASHES: readonly { data: IsolatedData; thread: RegExp | null; process: RegExp }[] = [
  { data: { do: 'exit', with: 0 }, thread: /ended with code 0/, process: /ended with code 0/ },
  { data: { do: 'exit', with: 3 }, thread: /ended with code 3/, process: /ended with code 3/ },
  { data: { do: 'abort' }, thread: null, process: /ended by SIGABRT/ },
  { data: { do: 'segfault' }, thread: null, process: /ended by SIGSEGV/ },
  // Whichever sees it first: Node by its heap, or the worker by what is resident.
  { data: { do: 'fill' }, thread: /no memory left/, process: /ended by SIGABRT|had \d+ MiB/ },
  { data: { do: 'timer' }, thread: /from a timer/, process: /from a timer/ },
];

const MEMORY_MB = { thread: 64, process: 256 } as const;

describe('an isolated handler that crashes', function () {
  this.timeout(120_000);
  let workers: SpecWorkers;
  let gate: Gate;
  let folder: string;
  /** There as soon as those in other threads or processes may end. */
  let over: string;

  beforeEach(async () => {
    workers = openWorkers();
    gate = new Gate();
    folder = await mkdtemp(join(tmpdir(), 'apiary-spec-crash-'));
    over = join(folder, 'over');
  });
  afterEach(async () => {
    gate.open();
    await workers.close();
    await rm(folder, { recursive: true });
  });

  const beside = () =>
    handle(defineJob({ type: 'beside', queue: workers.queue, schema: z.any() }), () => gate.pass());
  /** Adds them, and waits until all run. */
  const addBystanders = async (): Promise<string[]> => {
    const { producer, queue } = workers;
    const here = Array.from({ length: BYSTANDERS_HERE }, () =>
      producer.addRaw({ type: 'beside', queue, data: 1 }),
    );
    const there = Array.from({ length: BYSTANDERS_THERE }, () =>
      addDeed(workers, { do: 'untilFile', with: over }),
    );
    const ids = [...(await Promise.all(here)).map(({ id }) => id), ...(await Promise.all(there))];
    await until(async () => (await workers.queries().counts()).active === ids.length, 'all run');
    await until(() => gate.arrived === BYSTANDERS_HERE, 'those here have begun');
    return ids;
  };

  for (const isolate of KINDS) {
    for (const { data, [isolate]: said } of CRASHES) {
      if (said === null) continue;
      describe(`by ${isolate} and ${data.do}`, () => {
        it('fails its own attempt, and no bystander', async () => {
          const poolSize = BYSTANDERS_THERE + 1;
          const handlers = [
            isolatedHandler(workers, { isolate, poolSize, maxMemoryMb: MEMORY_MB[isolate] }),
            beside(),
          ];
          await workers.worker({ handlers, concurrency: BYSTANDERS_HERE + poolSize }).start();
          const bystanders = await addBystanders();

          const crashing = await ended(workers, await addDeed(workers, data));
          await writeFile(over, '');
          gate.open();
          const others = await Promise.all(bystanders.map((id) => ended(workers, id)));

          expect(others).to.have.lengthOf(20);
          expect(crashing.state).to.equal('failed');
          expect(crashing.record.options.errors?.[0]).to.include({ code: 'HANDLER_CRASHED' });
          expect(crashing.record.options.errors?.[0]?.message).to.match(said);
          for (const { record, state } of others) {
            expect(state).to.equal('succeeded');
            expect(record.options.run?.[0]).to.equal(1);
          }
        });
      });
    }

    it(`by ${isolate}, from a timer that an earlier job left there, harms no later job`, async () => {
      const { log, records } = recordingLog();
      await workers.worker({ handlers: [isolatedHandler(workers, { isolate, poolSize: 1 })], log }).start();
      await ended(workers, await addDeed(workers, { do: 'lateTimer', with: 300 }));

      const later = await ended(workers, await addDeed(workers, { do: 'wait', with: 1_000 }));
      const next = await ended(workers, await addDeed(workers, { do: 'echo', with: 1 }));

      expect([later.state, next.state]).to.deep.equal(['succeeded', 'succeeded']);
      const told = records.find(({ message }) => message.startsWith('an isolated handler left an error'));
      expect(told?.fields['err']).to.include({ message: 'from a timer that was left behind' });
    });
  }

  it('by thread cannot abort the process: that is an error there', async () => {
    await workers.worker({ handlers: [isolatedHandler(workers, { isolate: 'thread' })] }).start();

    const { record } = await ended(workers, await addDeed(workers, { do: 'abort' }));

    expect(record.options.errors?.[0]).to.include({ code: 'ERR_WORKER_UNSUPPORTED_OPERATION' });
  });
});
