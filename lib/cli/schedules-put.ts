import { SCHEDULE_OPERATIONS } from '../inspector/queue-operations.ts';
import type { RawSchedule } from '../jobs/schedule.ts';
import { changed } from './change.ts';
import { defineCommand } from './command.ts';
import { DATA_RULE, readGiven, readOptions } from './given-data.ts';
import { show, showDry } from './show.ts';
import { choice, duration, maybe, moment, one, text, whole } from './values.ts';

/** `apiary schedules put`: adds a schedule, or changes the one of that name. */
export const schedulesPut = defineCommand({
  takes: {
    queue: one('the queue'),
    name: one('the schedule'),
    type: one('the type of its jobs'),
    data: maybe(`the data of its jobs: ${DATA_RULE}; else null`),
  },
  options: {
    cron: text('expression', 'when it fires, such as "0 3 * * *" or @daily'),
    every: duration('at which interval it fires, instead'),
    timeZone: text('name', 'of the IANA database, for --cron; else UTC'),
    startsAt: moment('before which no tick fires'),
    endsAt: moment('from which on no tick fires'),
    missed: choice(['skip', 'once'], 'what becomes of ticks at which no worker was there'),
    overlap: choice(['allow', 'skip'], 'whether a tick fires while the job of the one before has not ended'),
    limit: whole('how many jobs it fires', { least: 1, most: 1_000_000_000 }),
    jitter: duration('of which a part puts off the start of each job'),
    options: text('json', `options of its jobs: ${DATA_RULE}`),
  },
  run: async (call, { queue, name, type, data, options: json, ...rest }) => {
    const { inspector, producer } = await call.open();
    const put: RawSchedule = {
      ...{ queue, name, type, data: data === undefined ? null : await readGiven(call, data) },
      ...toRule(rest),
      ...(json !== undefined && { options: await readOptions(call, json) }),
    };
    if (call.shared.dryRun) {
      return showDry(call, `schedule ${name} of queue ${queue} would be put`);
    }
    const { action, run } = SCHEDULE_OPERATIONS.put;
    const target = { queue, schedule: name, by: call.by };
    const work = () => run(inspector, target, { put: () => producer.schedules.putRaw(put) });
    const { change, text: told } = await changed(call, inspector, { action, queue, id: name }, work, saidOf);
    return show(call, { queue, schedule: name, change }, () => `${told}\n`);
  },
});

function saidOf({ text: told }: { text: string }): string {
  return told;
}

interface Rule {
  cron: string | undefined;
  every: number | undefined;
  timeZone: string | undefined;
  startsAt: number | undefined;
  endsAt: number | undefined;
  missed: 'skip' | 'once' | undefined;
  overlap: 'allow' | 'skip' | undefined;
  limit: number | undefined;
  jitter: number | undefined;
}

function toRule({ every, jitter, ...given }: Rule): Partial<RawSchedule> {
  const { cron, timeZone, startsAt, endsAt, missed, overlap, limit } = given;
  return {
    ...(cron !== undefined && { cron }),
    ...(every !== undefined && { everyMs: every }),
    ...(timeZone !== undefined && { timeZone }),
    ...(startsAt !== undefined && { startsAt }),
    ...(endsAt !== undefined && { endsAt }),
    ...(missed !== undefined && { missed }),
    ...(overlap !== undefined && { overlap }),
    ...(limit !== undefined && { limit }),
    ...(jitter !== undefined && { jitterMs: jitter }),
  };
}
