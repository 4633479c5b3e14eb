import type { CliCommand } from './command.ts';

/** A command in the list of all. */
export interface CommandEntry {
  /** What it does, in a few words. */
  readonly summary: string;
  /** Loads it: the others cost nothing. */
  load(): Promise<CliCommand>;
}

/**
 * Every command that looks at a Redis and changes what is there; `schedules next` is `next` of the group `schedules`.
 */
export const CLI_COMMANDS = {
  queues: { summary: 'list the queues', load: async () => (await import('./queues.ts')).queues },
  queue: { summary: 'show one queue', load: async () => (await import('./queue.ts')).queue },
  jobs: {
    summary: 'list the jobs of a queue',
    load: async () => (await import('./jobs.ts')).jobs,
  },
  job: {
    summary: 'show one job, with what happened to it',
    load: async () => (await import('./job.ts')).job,
  },
  why: { summary: 'tell why a job is not running', load: async () => (await import('./why.ts')).why },
  add: {
    summary: 'add a job',
    load: async () => (await import('./add.ts')).add,
  },
  retry: {
    summary: 'offer failed jobs again',
    load: async () => (await import('./retry.ts')).retry,
  },
  promote: {
    summary: 'make delayed jobs due now',
    load: async () => (await import('./promote.ts')).promote,
  },
  cancel: {
    summary: 'end jobs that wait, and stop those that run',
    load: async () => (await import('./cancel.ts')).cancel,
  },
  archive: {
    summary: 'make jobs failed without running them',
    load: async () => (await import('./archive.ts')).archive,
  },
  move: {
    summary: 'move jobs to another queue',
    load: async () => (await import('./move.ts')).move,
  },
  remove: {
    summary: 'remove jobs that do not run',
    load: async () => (await import('./remove.ts')).remove,
  },
  edit: {
    summary: 'replace the data of a job, or its time',
    load: async () => (await import('./edit.ts')).edit,
  },
  signal: {
    summary: 'give a job a signal that its handler waits for',
    load: async () => (await import('./signal.ts')).signal,
  },
  log: { summary: 'add a line to the log of a job', load: async () => (await import('./log.ts')).log },
  pause: {
    summary: 'stop all workers from taking jobs of a queue',
    load: async () => (await import('./pause.ts')).pause,
  },
  resume: {
    summary: 'let workers take jobs of a queue again',
    load: async () => (await import('./resume.ts')).resume,
  },
  shards: {
    summary: 'show over how many shards a queue is spread, or change that',
    load: async () => (await import('./shards.ts')).shards,
  },
  limits: {
    summary: 'show, set or lift the limits of a queue',
    load: async () => (await import('./limits.ts')).limits,
  },
  unique: {
    summary: 'tell which job holds a unique key, or free it',
    load: async () => (await import('./unique.ts')).unique,
  },
  workers: {
    summary: 'list the live workers and what each runs, or tell some how much to run',
    load: async () => (await import('./workers.ts')).workers,
  },
  'contracts list': {
    summary: 'list which types live workers accept, and by which schemas',
    load: async () => (await import('./contracts-list.ts')).contractsList,
  },
  'contracts check': {
    summary: 'tell which jobs would no longer parse under the handlers at hand',
    load: async () => (await import('./contracts-check.ts')).contractsCheck,
  },
  failures: {
    summary: 'group the failed jobs of a queue by what they died of',
    load: async () => (await import('./failures.ts')).failures,
  },
  search: {
    summary: 'find jobs by their id, or by what is in them',
    load: async () => (await import('./search.ts')).search,
  },
  stats: {
    summary: 'say how much comes into a queue and how much ends',
    load: async () => (await import('./stats.ts')).stats,
  },
  times: {
    summary: 'say how long the jobs of a queue wait, run and take',
    load: async () => (await import('./times.ts')).times,
  },
  alerts: {
    summary: 'list what is wrong by the rules of alerts',
    load: async () => (await import('./alerts.ts')).alerts,
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
  workflows: {
    summary: 'list the workflows that a queue keeps',
    load: async () => (await import('./workflows.ts')).workflows,
  },
  workflow: {
    summary: 'show one workflow as a tree, cancel it, or run parts of it again',
    load: async () => (await import('./workflow.ts')).workflow,
  },
  events: {
    summary: 'print what happens in a queue, as it happens',
    load: async () => (await import('./events.ts')).events,
  },
  top: {
    summary: 'watch queues, what runs and what fails, and act on them by keys',
    load: async () => (await import('./top.ts')).top,
  },
  doctor: {
    summary: 'look for what is wrong, and say what mends it',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  export: {
    summary: 'print a queue with its jobs as lines of JSON',
    load: async () => (await import('./export.ts')).exportCommand,
  },
  import: {
    summary: 'store what an export has printed, or carry over a queue of another library',
    load: async () => (await import('./import.ts')).importCommand,
  },
  reencrypt: {
    summary: 'encrypt what is kept anew, by the first of the keys',
    load: async () => (await import('./reencrypt.ts')).reencrypt,
  },
  forget: {
    summary: 'remove every trace of a person',
    load: async () => (await import('./forget.ts')).forget,
  },
  'outbox sql': {
    summary: 'print the SQL that makes the tables of an outbox',
    load: async () => (await import('./outbox-sql.ts')).outboxSqlCommand,
  },
  'schedules list': {
    summary: 'list the schedules of a queue, or of all',
    load: async () => (await import('./schedules-list.ts')).schedulesList,
  },
  'schedules next': {
    summary: 'reckon when a schedule fires next',
    load: async () => (await import('./schedules-next.ts')).schedulesNext,
  },
  'schedules put': {
    summary: 'add a schedule, or change it',
    load: async () => (await import('./schedules-put.ts')).schedulesPut,
  },
  'schedules pause': {
    summary: 'keep a schedule from firing',
    load: async () => (await import('./schedules-pause.ts')).schedulesPause,
  },
  'schedules resume': {
    summary: 'let a schedule fire again',
    load: async () => (await import('./schedules-resume.ts')).schedulesResume,
  },
  'schedules fire': {
    summary: 'add a job of a schedule now',
    load: async () => (await import('./schedules-fire.ts')).schedulesFire,
  },
  'schedules remove': {
    summary: 'remove a schedule',
    load: async () => (await import('./schedules-remove.ts')).schedulesRemove,
  },
} as const satisfies Record<string, CommandEntry>;
