import type { QueueKeys } from '../keys.ts';
import { readOwn } from '../own-json.ts';
import type { RedisClient } from '../scripts.ts';

/** The job of a step that has not started. */
export interface AwaitsSteps {
  reason: 'awaits-steps';
  workflow: string;
  step: string;
  /** The names of those that it waits for, up to ten. */
  awaits: string[];
  /** How many there are of those. */
  pending: number;
  text: string;
}

/** What asking works with: the queue of the job. */
export interface WhyStepDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** How many are named. */
const MOST_NAMED = 10;
/** How many sub-workflows are looked at that begin with each other. */
const MOST_DEPTH = 20;
/** How many of those before it are looked at. */
const MOST_LOOKED = 1_000;

interface WrittenPlan {
  name: string;
  when: string;
  after: number[];
  /** Of the gate of a sub-workflow the place of its join. */
  to?: number;
}

/** Tells what a step waits for whose job has this id; null when there is no such step, or it has started. */
export async function whyNotStarted({ client, keys }: WhyStepDeps, id: string): Promise<AwaitsSteps | null> {
  const entry = await client.hget(keys.steps, id);
  const [, at, flow = ''] = /^(\d+) (.+)$/.exec(entry ?? '') ?? [];
  if (at === undefined) return null;
  const [state, plan, workflow, halted] = await client.hmget(
    flow,
    ...[`${at}:state`, `${at}:plan`, 'id', 'halted'],
  );
  if (!state?.startsWith('w') || !plan || !workflow || halted) return null;
  const own = readOwn<WrittenPlan>(plan);
  const { name: step } = own;
  const { when, after } = await tiesOf(client, flow, own);
  const pending = await pendingOf(client, flow, after.slice(0, MOST_LOOKED));
  const awaits = pending.slice(0, MOST_NAMED);
  const of = `step ${step} of workflow ${workflow}`;
  return {
    reason: 'awaits-steps',
    workflow,
    step,
    awaits,
    pending: pending.length,
    text: textOf(of, when, pending),
  };
}

/** The first steps of a sub-workflow come when that does: so what that waits for is told. */
async function tiesOf(
  client: RedisClient,
  flow: string,
  own: WrittenPlan,
): Promise<Pick<WrittenPlan, 'when' | 'after'>> {
  let ties = own;
  for (let depth = 0; depth < MOST_DEPTH && ties.after.length === 1; depth++) {
    const [state, plan] = await client.hmget(flow, `${ties.after[0]}:state`, `${ties.after[0]}:plan`);
    const gate = plan ? readOwn<WrittenPlan>(plan) : null;
    if (gate?.to === undefined || !state?.startsWith('w')) break;
    ties = gate;
  }
  return ties;
}

async function pendingOf(client: RedisClient, flow: string, places: readonly number[]): Promise<string[]> {
  if (places.length === 0) return [];
  const facts = await client.hmget(flow, ...places.flatMap((at) => [`${at}:state`, `${at}:plan`]));
  return places.flatMap((_at, nth) => {
    const [state, plan] = facts.slice(2 * nth, 2 * nth + 2);
    return plan && (state?.startsWith('w') || state === 'r') ? [readOwn<WrittenPlan>(plan).name] : [];
  });
}

function textOf(of: string, when: string, pending: readonly string[]): string {
  const named = pending.slice(0, MOST_NAMED).join(', ');
  const more = pending.length > MOST_NAMED ? ` and ${pending.length - MOST_NAMED} more` : '';
  if (pending.length === 0) return `it is ${of}, which is not stored whole yet`;
  return `it is ${of}, and comes when ${RULE_TEXTS[when] ?? when} ${named}${more}`;
}

const RULE_TEXTS: Readonly<Record<string, string>> = {
  succeeded: 'these have succeeded:',
  ended: 'these have ended:',
  any: 'one of these has succeeded:',
  failed: 'one of these has failed:',
};
