import { expect } from 'chai';
import { type RawAnswer, sendRaw } from './http.ts';
import { openMonitor, QUEUE, type SpecMonitor } from './monitor.ts';

/** What `Object` calls its members. */
export const PROTOTYPE = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

/** A monitor whose queue holds one failed job, which is to be there unchanged whatever is sent. */
export interface AbusedMonitor {
  readonly monitor: SpecMonitor;
  readonly id: string;
  /** Sends a request as it is given; no answer may show a stack or where the code is. */
  send(
    method: string,
    path: string,
    given?: { headers?: Record<string, string>; body?: string },
  ): Promise<RawAnswer>;
}

/** Opens one for the specs of a group; after each the server is to go on, and the job is to be where it was. */
export function useAbused(): () => AbusedMonitor {
  let abused: AbusedMonitor | null = null;
  const current = (): AbusedMonitor => {
    if (abused) return abused;
    throw new Error('it is there as long as a spec');
  };

  before(async () => {
    const monitor = await openMonitor();
    abused = {
      monitor,
      id: await monitor.jobIn('failed'),
      send: async (method, path, { headers = {}, body } = {}) => {
        const answer = await sendRaw(monitor.url, {
          method,
          path,
          headers,
          ...(body !== undefined && { body }),
        });
        expect(answer.text, `${method} ${path}`).not.to.match(/\bat .*:\d+:\d+|node_modules/);
        return answer;
      },
    };
  });

  afterEach(async () => {
    const { monitor, id } = current();
    expect((await monitor.fetch(`/arena/redis/${QUEUE}/failed`)).status).to.equal(200);
    const { counts, paused } = await monitor.inspector.queue(QUEUE);
    expect([counts, paused]).to.deep.equal([
      { waiting: 0, active: 0, delayed: 0, succeeded: 0, failed: 1 },
      null,
    ]);
    expect(await monitor.inspector.limits.get(QUEUE)).to.equal(null);
    expect(await monitor.inspector.job(QUEUE, id)).to.deep.include({ data: { to: 'a@example.com' } });
  });

  after(() => abused?.monitor.close());

  return current;
}
