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
} as const satisfies Record<string, CommandEntry>;
