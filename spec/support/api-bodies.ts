/** A body that each call takes which needs one, by the name of its operation. */
export const API_BODIES: Readonly<Record<string, unknown>> = {
  addJob: { type: 'raw', data: 1, options: { queue: 'spec-bodies' } },
  addJobs: { jobs: [] },
  editJob: { data: 1 },
  signalJob: { data: 1 },
  logToJob: { message: 'looked at' },
  retryJobs: {},
  promoteJobs: {},
  cancelJobs: {},
  archiveJobs: {},
  moveJobs: { to: 'elsewhere' },
  moveJob: { to: 'elsewhere' },
  removeJobs: {},
  addChain: { jobs: [{ type: 'raw', data: 1, options: { queue: 'spec-bodies' } }] },
  addBatch: {
    jobs: [{ type: 'raw', data: 1, options: { queue: 'spec-bodies' } }],
    last: { type: 'raw', data: 2, options: { queue: 'spec-bodies' } },
  },
  addWorkflow: {
    steps: [
      { name: 'one', type: 'raw', data: 1, options: { queue: 'spec-bodies' } },
      {
        name: 'part',
        steps: [{ name: 'two', type: 'raw', data: 2, options: { queue: 'spec-bodies' } }],
        after: ['one'],
      },
    ],
  },
  rerunWorkflow: { step: 'one' },
  markFailure: { verdict: 'ignored' },
  forget: { field: 'user.email', value: 'ada@example.com' },
  setLimits: { concurrency: 1 },
  setRecording: { recorded: true },
  setWorkerConcurrency: { concurrency: 2 },
  putSchedule: { type: 'raw', data: 1, everyMs: 60_000 },
};
