import { expect } from 'chai';
import { renderToString } from 'preact-render-to-string';
import type { WorkerInfo } from '../../../../lib/inspector/inspector.ts';
import { WorkersSection } from '../../../../lib/server/pages/overview/workers-section.tsx';

const NOW = Date.UTC(2026, 0, 2);

function worker(pid: number, swarm?: WorkerInfo['swarm']): WorkerInfo {
  return {
    ...{ id: `w${pid}`, host: 'web-1', pid, version: '1', startedAt: NOW, queues: [], strict: false },
    ...{ concurrency: 10, status: 'running', handlers: [], runningCount: 3, running: [] },
    ...(swarm && { swarm }),
  };
}

const rowsOf = (workers: WorkerInfo[], canChange = false): string[] => {
  const html = renderToString(WorkersSection({ workers, visit: { user: null, canChange, now: NOW } }));
  const rows = [...html.matchAll(/<tr id[^>]*>(.*?)<\/tr>/g)].map(([, row = '']) => row);
  return rows.map((row) =>
    row
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );
};

describe('the workers on the overview', () => {
  it("stand by themselves when they are nobody's", () => {
    const [row, ...others] = rowsOf([worker(5)]);

    expect(row).to.match(/^web-1:5 version 1 running .* 3 of 10 nothing$/);
    expect(others).to.deep.equal([]);
  });

  it('stand below their parent, whose row adds up their slots', () => {
    const place = (number: number) => ({ number, of: 2, parent: 7 });

    const rows = rowsOf([worker(9, place(2)), worker(8, place(1))]);

    expect(rows[0]).to.equal('web-1:7 2 of 2 processes 6 of 20');
    expect(rows[1]).to.match(/^web-1:8 process 1, version 1 running /);
    expect(rows[2]).to.match(/^web-1:9 process 2, version 1 running /);
  });

  it('can be paused and resumed by who may change something, and those of one parent together', () => {
    const place = (number: number) => ({ number, of: 2, parent: 7 });
    const paused: WorkerInfo = { ...worker(9, place(2)), status: 'paused' };
    const ending: WorkerInfo = { ...worker(5), status: 'stopping' };

    const rows = rowsOf([worker(8, place(1)), paused, ending], true);

    expect(rows[0]).to.include('Pause all');
    expect(rows[1]).to.include('running Pause');
    expect(rows[2]).to.include('paused Resume');
    expect(rows[3]).not.to.match(/Pause|Resume/);
  });
});
