import { expect } from 'chai';
import type { WorkerInfo } from '../../lib/inspector/inspector.ts';
import { byHost } from '../../lib/inspector/worker-hosts.ts';

function worker(pid: number, swarm?: WorkerInfo['swarm'], host = 'web-1'): WorkerInfo {
  return {
    ...{ id: `w${pid}`, host, pid, version: '1', startedAt: pid, queues: [], strict: false, handlers: [] },
    ...{ concurrency: 10, status: 'running', runningCount: 2, running: [], ...(swarm && { swarm }) },
  };
}

describe('workers by host', () => {
  it('are those of one parent together, by their numbers, with their slots added up', () => {
    const place = (number: number) => ({ number, of: 3, parent: 7 });
    const [alone, second, first, again] = [
      worker(1),
      worker(3, place(2)),
      worker(4, place(1)),
      worker(9, place(2)),
    ] as const;

    expect(byHost([alone, second, first, again])).to.deep.equal([
      { name: 'web-1:1', wanted: null, workers: [alone], runningCount: 2, concurrency: 10 },
      { name: 'web-1:7', wanted: 3, workers: [first, second, again], runningCount: 6, concurrency: 30 },
    ]);
  });

  it('are not together when their parents have the same pid on different hosts', () => {
    const place = { number: 1, of: 1, parent: 7 };

    const hosts = byHost([worker(8, place), worker(8, place, 'web-2')]);

    expect(hosts.map(({ name }) => name)).to.deep.equal(['web-1:7', 'web-2:7']);
  });
});
