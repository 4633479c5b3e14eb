/** A body that each call takes which needs one, by the name of its operation. */
export const API_BODIES: Readonly<Record<string, unknown>> = {
  addJob: { type: 'raw', data: 1, options: { queue: 'spec-bodies' } },
  addJobs: { jobs: [] },
  editJob: { data: 1 },
  retryJobs: {},
  promoteJobs: {},
  cancelJobs: {},
  archiveJobs: {},
  removeJobs: {},
  addChain: { jobs: [{ type: 'raw', data: 1, options: { queue: 'spec-bodies' } }] },
  addBatch: {
    jobs: [{ type: 'raw', data: 1, options: { queue: 'spec-bodies' } }],
    last: { type: 'raw', data: 2, options: { queue: 'spec-bodies' } },
  },
  setLimits: { concurrency: 1 },
  setRecording: { recorded: true },
  putSchedule: { type: 'raw', data: 1, everyMs: 60_000 },
};
