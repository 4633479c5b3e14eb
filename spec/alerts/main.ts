import { parse } from 'yaml';
import { z } from 'zod';
import { ALERT_RULES } from '../../lib/alert-rules.ts';
import { namesOf } from '../../lib/names-of.ts';
import { readPage } from '../support/pages.ts';
import { until } from '../support/wait.ts';
import { type Break, SCENARIOS, type Scenario } from './breaks.ts';
import { type Firing, Stack } from './stack.ts';

/**
 * Lets each alert of the shipped rules fire for real, in real time: `npm run alerts`. It starts the processes of
 * compose.yaml, breaks them, and says what was done and seen; `-- ApiaryAbsent …` plays only what those need. Exits with 1
 * when one did not fire, or has no break here.
 * Where our own alerts have the same rule, they must tell of it too. Needs redis-server, prometheus and prlimit on PATH.
 */
const FIRE_LIMIT_MS = 25 * 60_000;
const begunAt = performance.now();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say(`ended by ${signal}`);
    process.exit(1);
  });
}

const rulesSchema = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string() })) })),
});
const shipped = rulesSchema
  .parse(parse(readPage('compose/prometheus/alerts.yml')))
  .groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));

const asked = process.argv.slice(2);
const wanted = shipped.filter((alert) => asked.length === 0 || asked.includes(alert));
const results = (
  await Promise.all(
    SCENARIOS.map(chosen)
      .filter(({ breaks }) => breaks.length > 0)
      .map(play),
  )
).flat();
const fired = new Set(results.filter(({ hasFired }) => hasFired).map(({ alert }) => alert));
const silent = wanted.filter((alert) => !fired.has(alert));
say(
  `${fired.size} of ${wanted.length} alerts have fired${silent.length > 0 ? `; not ${silent.join(', ')}` : ''}`,
);
process.exit(silent.length > 0 ? 1 : 0);

interface Result {
  alert: string;
  hasFired: boolean;
}

function chosen({ breaks, ...scenario }: Scenario): Scenario {
  return { ...scenario, breaks: breaks.filter(({ alert }) => wanted.includes(alert)) };
}

async function play({ stack: options, inTurn, breaks }: Scenario): Promise<Result[]> {
  const stack = await Stack.open(options);
  try {
    say(`the stack "${stack.name}" runs and is scraped`);
    const results: Result[] = [];
    const waits: Promise<Result>[] = [];
    for (const one of breaks) {
      await one.run(stack);
      say(`done: ${one.what} (${one.alert})`);
      const wait = waitFor(stack, one);
      if (inTurn) results.push(await wait);
      else waits.push(wait);
    }
    return [...results, ...(await Promise.all(waits))];
  } finally {
    await stack.close();
  }
}

async function waitFor(stack: Stack, { alert, of = [], isHeard = true }: Break): Promise<Result> {
  const doneAt = performance.now();
  const rule = namesOf(ALERT_RULES).find((name) => ALERT_RULES[name].prometheus === alert);
  const heard = rule === undefined || !isHeard ? [] : of.map((queue) => `${rule} ${queue}`);
  const told = new Map<string, Firing>();
  const allTold = async (): Promise<boolean> => {
    for (const one of await stack.firing(alert))
      told.set(one.labels['queue'] ?? one.labels['job'] ?? '', one);
    if (!heard.every((one) => stack.heard.has(one))) return false;
    return of.length > 0 ? of.every((value) => told.has(value)) : told.size > 0;
  };
  const hasFired = await until(allTold, `${alert} fired`, FIRE_LIMIT_MS).then(
    () => true,
    () => false,
  );
  const afterS = Math.round((performance.now() - doneAt) / 1_000);
  for (const { labels, summary } of told.values())
    say(`seen: ${alert} ${JSON.stringify(labels)} "${summary}"`);
  for (const one of heard.filter((it) => stack.heard.has(it))) say(`heard: ${one}`);
  say(hasFired ? `${alert} fired within ${afterS} s` : `${alert} did not fire in ${afterS} s`);
  return { alert, hasFired };
}

function say(text: string): void {
  const seconds = Math.round((performance.now() - begunAt) / 1_000);
  console.log(`${String(seconds).padStart(5)} s  ${text}`);
}
