import { readFacts } from '../doctor/facts.ts';
import { DOCTOR_CHECKS, type Finding } from '../doctor/finding.ts';
import { checkRedis } from '../doctor/redis-checks.ts';
import { escapeControls } from '../log-text.ts';
import { lookFirst } from '../redis/first-look.ts';
import { parseRedisUrl } from '../redis/url.ts';
import { type Call, defineCommand } from './command.ts';
import { judgeCluster } from './doctor/cluster.ts';
import { checkOutbox } from './doctor/outbox-check.ts';
import { judgeReach } from './doctor/reach.ts';
import { checkRights } from './doctor/rights.ts';
import { checkSettings } from './doctor/settings.ts';
import { checkWork } from './doctor/work-checks.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { show } from './show.ts';
import { findRedis } from './where-redis.ts';

/** `apiary doctor`: looks for what is wrong with Redis, the workers, the queues and the settings. */
export const doctor = defineCommand({
  takes: {},
  options: {},
  run: async (call) => {
    const { url } = await findRedis(call.shared, call.terminal);
    const settings = checkSettings(call.terminal.env, url);
    const first = await lookFirst(parseRedisUrl(url));
    const unreachable = judgeReach(first);
    if (unreachable) {
      await tell(call, [unreachable.finding, ...settings]);
      return unreachable.isThere ? EXIT.partly : EXIT.redisAway;
    }
    // No queue can be looked at over a cluster that is down.
    const broken = judgeCluster(first);
    if (broken) return tell(call, [broken, ...settings]);
    return tell(call, [...(await examine(call)), ...(await checkOutbox(call.terminal.env)), ...settings]);
  },
});

async function examine(call: Call): Promise<Finding[]> {
  const { client, prefix, inspector } = await call.open();
  const ofRedis = checkRedis(await readFacts(client, call.now));
  const rights = await checkRights(client, prefix);
  // What may not be looked at was told of by then; so was a cluster that does not serve.
  const ofWork = await checkWork(inspector, call.now()).catch((error: unknown) => {
    if ([...rights, ...ofRedis].some(({ kind }) => kind === 'wrong')) return [];
    throw error;
  });
  return [...rights, ...ofRedis, ...ofWork];
}

async function tell(call: Call, found: readonly Finding[]): Promise<ExitCode> {
  const findings = [...found].sort((one, other) => placeOf(one) - placeOf(other));
  const isWell = findings.every(({ kind }) => kind !== 'wrong');
  await show(call, { isWell, findings }, () => findingsText(findings));
  return isWell ? EXIT.done : EXIT.partly;
}

/** What is wrong comes first. */
function placeOf({ kind, check }: Finding): number {
  return (kind === 'wrong' ? 0 : DOCTOR_CHECKS.length) + DOCTOR_CHECKS.indexOf(check);
}

function findingsText(findings: readonly Finding[]): string {
  if (findings.length === 0) return `nothing is wrong: ${DOCTOR_CHECKS.join(', ')} were looked at\n`;
  return findings.map(findingText).join('\n');
}

function findingText({ kind, check, what, means, mend }: Finding): string {
  const lines = [
    `${kind === 'wrong' ? 'WRONG' : 'note '}  ${check}: ${what}`,
    `  means: ${means}`,
    `  mend:  ${mend}`,
  ];
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}
