import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { Call } from '../../../lib/cli/command.ts';
import { type OpenCall, openCall } from '../../../lib/cli/open-call.ts';
import type { Terminal } from '../../../lib/cli/terminal.ts';
import { type Act, actText, carryOut } from '../../../lib/cli/top/acts.ts';
import { Inspector } from '../../../lib/inspector/inspector.ts';
import { redisUrl } from '../../support/redis.ts';
import { openWorkers, type SpecWorkers } from '../../support/worker.ts';

describe('what apiary top changes', () => {
  let rig: SpecWorkers;
  let inspector: Inspector;
  let open: OpenCall;
  let call: Call;

  beforeEach(() => {
    rig = openWorkers();
    inspector = new Inspector({ client: rig.client });
    const terminal: Terminal = {
      ...{
        env: {},
        folder: '/nowhere',
        stdin: Readable.from([]),
        columns: null,
        isWatched: false,
        hasScreen: false,
      },
      ...{
        out: async () => {},
        err: () => {},
        endWhenUnread: () => {},
        end: () => {},
        ask: async () => null,
      },
      openScreen: () => Promise.reject(new Error('there is no screen')),
    };
    const flags = { json: false, yes: false, dryRun: false, utc: false };
    open = openCall(terminal, { redis: redisUrl(), prefix: undefined, ...flags });
    ({ call } = open);
  });

  afterEach(async () => {
    await open.close();
    await rig.close();
  });

  const notes = async () => (await inspector.audit.list({ queue: rig.queue })).entries;

  it('is noted like a command', async () => {
    const [id = ''] = await rig.add(1);
    await inspector.archive(rig.queue, id, 'ada');
    const [failure] = (await inspector.failures.groups(rig.queue)).groups;
    const fingerprint = failure?.fingerprint ?? '';

    const { queue } = rig;
    const said: string[] = [];
    for (const act of [
      { kind: 'queue', name: 'pause', queue },
      { kind: 'failures', queue, fingerprint, count: 1, isMore: false },
      { kind: 'job', name: 'cancel', queue, id },
    ] satisfies Act[]) {
      said.push(await carryOut(call, inspector, act));
    }

    expect(said).to.deep.equal([
      `Queue ${queue} is paused.`,
      `1 job of queue ${queue} will run again.`,
      `Job ${id} is cancelled.`,
    ]);
    expect((await notes()).map(({ action, through, by }) => [action, through, by])).to.deep.equal([
      ['cancel', 'cli', call.by],
      ['retry failures', 'cli', call.by],
      ['pause', 'cli', call.by],
    ]);
  });

  it('is refused where the job is not so any more, and that is noted', async () => {
    const act: Act = { kind: 'job', name: 'retry', queue: rig.queue, id: 'none' };

    const error = await carryOut(call, inspector, act).catch((thrown: unknown) => thrown);

    expect(error).to.have.property('code', 'JOB_NOT_FOUND');
    expect((await notes())[0]).to.include({ action: 'retry', outcome: 'refused' });
  });

  it('is nothing with --dry-run', async () => {
    const dry = { ...call, shared: { ...call.shared, dryRun: true } };

    const said = await carryOut(dry, inspector, { kind: 'queue', name: 'pause', queue: rig.queue });

    expect(said).to.equal(`it would pause queue ${rig.queue}; nothing is changed with --dry-run`);
    expect((await inspector.queue(rig.queue)).paused).to.equal(null);
    expect(await notes()).to.deep.equal([]);
  });

  it('says what it would do of each kind', () => {
    expect(actText({ kind: 'failures', queue: 'mail', fingerprint: 'f', count: 20, isMore: true })).to.equal(
      'retry 20 jobs or more of queue mail that failed so',
    );
  });
});
