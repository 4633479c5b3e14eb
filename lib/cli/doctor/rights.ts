import { type Finding, type FindingText, note, wrong } from '../../doctor/finding.ts';
import { rightsKeys } from '../../engine/keys.ts';
import { refusedCommands } from '../../engine/queries/rights.ts';
import { messageOf } from '../../error-facts.ts';
import type { RedisClient } from '../../redis/redis-client.ts';

/** What a refusal of Redis says of the command that it is about, inside a script up to 7.0 and otherwise. */
const OF_COMMAND = /(?:permissions to run the|can't run the) '([^']+)' command/;
const OF_KEYS = /no permissions to access|can't access/i;
/** Commands that may be missing, and what is lost by it. */
const WISHED: readonly (readonly [name: string, args: readonly string[], loss: string])[] = [
  ['client', ['LIST', 'ID', '0'], 'a worker that stops waits up to three seconds for its last look'],
  ['client', ['SETNAME', 'apiary:cli'], 'connections have no names in CLIENT LIST'],
];

/** Tries what the user of the connection may do; nothing is changed. */
export async function checkRights(client: RedisClient, prefix: string): Promise<Finding[]> {
  const { probe } = rightsKeys(prefix);
  try {
    const needed = await Promise.all([
      refusedCommands(client, prefix).catch((error: unknown) => [refusalIn(error)]),
      // Outside of scripts, where it waits for a moment.
      refusalOf(client, ['blmove', probe, probe, 'RIGHT', 'LEFT', 0.001]),
      refusalOf(client, ['hgetall', probe]),
    ]);
    const refused = [...new Set(needed.flat().flatMap((name) => name?.toLowerCase() ?? []))];
    return [...findingsOf(refused, prefix), ...(await wishes(client))];
  } catch (error) {
    return [note('rights', untried(messageOf(error)))];
  }
}

async function wishes(client: RedisClient): Promise<Finding[]> {
  const missing = await Promise.all(
    WISHED.map(async ([name, args, loss]) => {
      const lacking = await refusalOf(client, [name, ...args]);
      return lacking === null ? [] : [note('rights', wish(lacking, loss))];
    }),
  );
  return missing.flat();
}

/** One that is full or a replica refuses the very try, and is told of elsewhere. */
function untried(message: string): FindingText {
  return {
    what: `the rights of the user could not be tried: ${message}`,
    means: 'whether it may do all that is needed is not known',
    mend: 'mend what is wrong besides, and ask again',
  };
}

const KEYS = 'the keys';

function findingsOf(refused: readonly string[], prefix: string): Finding[] {
  const commands = refused.filter((name) => name !== KEYS);
  return [
    ...(refused.includes(KEYS) ? [wrong('rights', strangeKeys(prefix))] : []),
    ...(commands.length > 0 ? [wrong('rights', need(commands))] : []),
  ];
}

function strangeKeys(prefix: string): FindingText {
  return {
    what: `the user may not touch keys or channels that begin with ${prefix}:`,
    means: 'nothing can be added, looked at or run',
    mend: `ACL SETUSER <user> ~${prefix}:* &${prefix}:*, or another --prefix (QUEUE_PREFIX)`,
  };
}

function need(refused: readonly string[]): FindingText {
  return {
    what: `the user may not call ${refused.join(', ')}`,
    means: 'adding, taking or settling jobs fails with NOPERM',
    mend: `ACL SETUSER <user> ${refused.map((name) => `+${name}`).join(' ')}; docs/redis.md has the whole rule`,
  };
}

function wish(name: string, means: string): FindingText {
  return { what: `the user may not call ${name}`, means, mend: `ACL SETUSER <user> +${name}` };
}

async function refusalOf(
  client: RedisClient,
  [name, ...args]: readonly [string, ...(string | number)[]],
): Promise<string | null> {
  return client.call(name, ...args).then(
    () => null,
    (error: unknown) => refusalIn(error),
  );
}

/** What an error says is refused. Throws it when it says something else. */
function refusalIn(error: unknown): string {
  const message = messageOf(error);
  const command = OF_COMMAND.exec(message)?.[1];
  if (command !== undefined) return command;
  if (OF_KEYS.test(message)) return KEYS;
  throw error;
}
