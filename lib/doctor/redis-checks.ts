import { infoNumber } from '../redis/info.ts';
import { bytesText, durationText } from '../texts.ts';
import type { RedisFacts, ToldFacts } from './facts.ts';
import { type DoctorCheck, type Finding, note, wrong } from './finding.ts';

/** The first version that has all commands that are used. */
const LEAST_VERSION = [6, 2] as const;
/** More of its memory than this is nearly all. */
const MOST_USED = 0.9;
const MOST_AHEAD_MS = 2_000;
const SLOW_MS = 50;

/** Looks at what a Redis says of itself, and at what is measured. */
export function checkRedis(facts: RedisFacts): Finding[] {
  return [...checkTold(facts), ...checkClock(facts), ...checkLatency(facts)];
}

/** Looks at what a Redis says of itself. Everybody may read `what` and `means` of what is found wrong: no addresses. */
export function checkTold(facts: ToldFacts): Finding[] {
  const { info } = facts;
  return info === null ? [unseen()] : TOLD_CHECKS.flatMap((check) => CHECKS[check](info, facts));
}

type Info = ReadonlyMap<string, string>;

/** The checks that {@link checkTold} makes where INFO may be read. */
export const TOLD_CHECKS = [
  'version',
  'persistence',
  'eviction',
  'memory',
  'replication',
  'cluster',
] as const satisfies readonly DoctorCheck[];

const CHECKS: Readonly<Record<(typeof TOLD_CHECKS)[number], (info: Info, facts: ToldFacts) => Finding[]>> = {
  version: checkVersion,
  persistence: (info, facts) => [...checkWrites(info), ...checkPersistence(info, facts)],
  eviction: checkEviction,
  memory: checkMemory,
  replication: checkReplication,
  cluster: checkLoneNode,
};

function unseen(): Finding {
  return note('rights', {
    what: 'INFO may not be read',
    means:
      'version, persistence, eviction, memory and replication cannot be looked at, here and on the overview',
    mend: 'give the user +info',
  });
}

function checkVersion(info: Info): Finding[] {
  const version = info.get('redis_version');
  if (version === undefined) return [];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1]);
  if (!isOld) return [];
  return [
    wrong('version', {
      what: `Redis is version ${version}`,
      means: 'it lacks commands that workers need, such as BLMOVE and SMISMEMBER',
      mend: `use Redis ${LEAST_VERSION.join('.')} or newer, or Valkey`,
    }),
  ];
}

function failedWrites(info: Info): string[] {
  const outcomes = ['aof_last_write_status', 'aof_last_bgrewrite_status', 'rdb_last_bgsave_status'];
  return outcomes.filter((name) => info.get(name) === 'err');
}

function checkWrites(info: Info): Finding[] {
  const failed = failedWrites(info);
  if (failed.length === 0) return [];
  return [
    wrong('persistence', {
      what: `Redis could not write its data to disk: ${failed.join(', ')}`,
      means: 'a restart may forget jobs, and Redis may refuse changes until then (MISCONF)',
      mend: 'make room on the disk of Redis, or mend the rights of its folder',
    }),
  ];
}

/** What cannot be written at all is told of alone. */
function checkPersistence(info: Info, { save }: ToldFacts): Finding[] {
  if (info.get('aof_enabled') !== '0' || failedWrites(info).length > 0) return [];
  if (save === '') {
    return [
      wrong('persistence', {
        what: 'nothing is persisted: appendonly is no, and save is empty',
        means: 'a restart of Redis forgets all jobs',
        mend: 'CONFIG SET appendonly yes, and appendonly yes in redis.conf',
      }),
    ];
  }
  return [
    note('persistence', {
      what: `appendonly is no${save === null ? '' : `; snapshots are made by save ${save}`}`,
      means: 'a crash of Redis forgets what came since its last snapshot',
      mend: 'CONFIG SET appendonly yes, and appendonly yes in redis.conf',
    }),
  ];
}

function checkEviction(info: Info): Finding[] {
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (policy === 'noeviction') return [];
  return [
    wrong('eviction', {
      what: `maxmemory-policy is ${policy}`,
      means: 'a full Redis deletes jobs',
      mend: 'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf',
    }),
  ];
}

function checkMemory(info: Info): Finding[] {
  const [most, used] = [infoNumber(info, 'maxmemory') ?? 0, infoNumber(info, 'used_memory') ?? 0];
  if (most === 0 || used < most * MOST_USED) return [];
  return [
    wrong('memory', {
      what: `${bytesText(used)} of ${bytesText(most)} are used (maxmemory)`,
      means:
        'once less than REDIS_RESERVE is left, new jobs are refused, by Redis itself once it is full (OOM)',
      mend: 'give Redis more memory, keep finished jobs for less long (retention), or remove some',
    }),
  ];
}

function checkReplication(info: Info): Finding[] {
  if (info.get('role') === 'slave') {
    const primary = `${info.get('master_host')}:${info.get('master_port')}`;
    const link = info.get('master_link_status') === 'up' ? '' : ', without a connection to its primary';
    return [
      wrong('replication', {
        what: `this Redis is a replica${link}`,
        means: 'it takes no changes (READONLY): nothing is added, nothing runs',
        mend: `use the address of its primary, ${primary}, or a redis-sentinel: URL, which follows it`,
      }),
    ];
  }
  const lost = [...info].filter(
    ([name, value]) => /^slave\d+$/.test(name) && !value.includes('state=online'),
  );
  if (lost.length === 0) return [];
  return [
    note('replication', {
      what: `replicas are not online: ${lost.map(([, value]) => value).join('; ')}`,
      means: 'a failover now may lose jobs',
      mend: 'look at the replicas, and at the network between',
    }),
  ];
}

function checkLoneNode(_info: Info, { isLoneNode }: ToldFacts): Finding[] {
  if (!isLoneNode) return [];
  return [
    wrong('cluster', {
      what: 'this Redis is a node of a cluster, and the URL is that of a Redis which stands alone',
      means: 'most queues are refused, as other nodes have them (MOVED)',
      mend: 'write the URL as redis-cluster://host:port,host:port',
    }),
  ];
}

function checkClock({ clockAheadMs }: RedisFacts): Finding[] {
  if (Math.abs(clockAheadMs) <= MOST_AHEAD_MS) return [];
  const way = clockAheadMs > 0 ? 'ahead of' : 'behind';
  return [
    wrong('clock', {
      what: `the clock of Redis is ${durationText(Math.abs(clockAheadMs))} ${way} that of this machine`,
      means: 'jobs with a runAt of this machine begin too early or too late, and ages are told wrong',
      mend: 'let NTP set both clocks (timedatectl, chronyc tracking)',
    }),
  ];
}

function checkLatency({ pingMs }: RedisFacts): Finding[] {
  if (pingMs < SLOW_MS) return [];
  return [
    note('latency', {
      what: `a PING takes ${durationText(pingMs)}`,
      means: 'each call of a producer and each batch of a worker waits that long',
      mend: 'run workers near Redis; look at SLOWLOG and at the load of its machine',
    }),
  ];
}
