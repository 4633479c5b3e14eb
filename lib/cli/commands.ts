import type { CliCommand } from './command.ts';

/** A command in the list of all. */
export interface CommandEntry {
  /** What it does, in a few words. */
  readonly summary: string;
  /** Loads it: the others cost nothing. */
  load(): Promise<CliCommand>;
}

/** Every command that looks at a Redis and changes what is there; `schedules next` is `next` of the group `schedules`. */
export const CLI_COMMANDS = {
  queues: { summary: 'list the queues', load: async () => (await import('./queues.ts')).queues },
  queue: { summary: 'show one queue', load: async () => (await import('./queue.ts')).queue },
  job: {
    summary: 'show one job, with what happened to it',
    load: async () => (await import('./job.ts')).job,
  },
  why: { summary: 'tell why a job is not running', load: async () => (await import('./why.ts')).why },
  workers: {
    summary: 'list the live workers, and what each runs',
    load: async () => (await import('./workers.ts')).workers,
  },
  failures: {
    summary: 'group the failed jobs of a queue by what they died of',
    load: async () => (await import('./failures.ts')).failures,
  },
  stats: {
    summary: 'say how much comes into a queue and how much ends',
    load: async () => (await import('./stats.ts')).stats,
  },
  audit: { summary: 'list who changed what', load: async () => (await import('./audit.ts')).audit },
  groups: {
    summary: 'list the groups in which jobs wait',
    load: async () => (await import('./groups.ts')).groups,
  },
  batches: {
    summary: 'list the batches of a queue, or show one',
    load: async () => (await import('./batches.ts')).batches,
  },
  'schedules list': {
    summary: 'list the schedules of a queue, or of all',
    load: async () => (await import('./schedules-list.ts')).schedulesList,
  },
  'schedules next': {
    summary: 'reckon when a schedule fires next',
    load: async () => (await import('./schedules-next.ts')).schedulesNext,
  },
} as const satisfies Record<string, CommandEntry>;
