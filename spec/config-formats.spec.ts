import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { expect } from 'chai';
import { CONFIG_VARIABLES, type Config, loadConfig } from '../lib/config.ts';
import { ALL_RIGHTS } from '../lib/key-rights.ts';
import { refusal } from './support/refusal.ts';

const HASH = `scrypt$32768$8$1$${'c2FsdHNhbHRzYWx0c2E'}$${'a'.repeat(43)}`;
const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
const JOB_KEY = Buffer.alloc(32, 7).toString('base64');
const SIGNING_KEY = Buffer.alloc(32, 7).toString('base64');

/** Loads without env.local, whatever somebody has written there. */
const load = (variables: NodeJS.ProcessEnv): Config => loadConfig({ NODE_ENV: 'test', ...variables });

interface Row {
  name: string;
  /** A text and what becomes of it. */
  good: [text: string, value: unknown][];
  bad: string[];
  read: (config: Config) => unknown;
  secret?: boolean;
}

const ROWS: Row[] = [
  {
    name: 'REDIS_URL',
    good: [
      'redis://127.0.0.1:6379/2',
      'rediss://user:pa%40ss@redis.example.com',
      'redis-socket:///run/redis.sock',
      'redis-sentinel://user:pass@h1:26379,h2:26379/1?master=main',
      'redis-cluster://h1:6379,h2:6379',
    ].map((url) => [url, url]),
    bad: [
      'http://h',
      '127.0.0.1:6379',
      'redis://',
      'redis://h:99999',
      'redis://h/one',
      'redis://h/-1',
      'redis-sentinel://h1:1,h2:2/0',
      'redis-cluster://h1:1,,h2:2',
      'redis-socket://relative',
    ],
    read: (config) => config.redisUrl,
    secret: true,
  },
  {
    name: 'REDIS_SERVER_BIN',
    good: [['/usr/bin/valkey-server', '/usr/bin/valkey-server']],
    bad: ['/usr/bin/redis\n-server'],
    read: (config) => config.redisServerBin,
  },
  {
    name: 'LOG_LEVEL',
    good: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, level]),
    bad: ['verbose', 'INFO'],
    read: (config) => config.log.level,
  },
  {
    name: 'LOG_FORMAT',
    good: [
      ['json', 'json'],
      ['text', 'text'],
    ],
    bad: ['pretty'],
    read: (config) => config.log.format,
  },
  {
    name: 'QUEUE_PREFIX',
    good: [['shop:bq', 'shop:bq']],
    bad: ['b q', '{bq}'],
    read: (config) => config.queuePrefix,
  },
  {
    name: 'APP_VERSION',
    good: [
      ['v1.2.3', 'v1.2.3'],
      ['main @ 3f2c', 'main @ 3f2c'],
    ],
    bad: ['a\tb', 'x'.repeat(101), 'a\u202eb'],
    read: (config) => config.appVersion,
  },
  {
    name: 'OUTBOX_URL',
    secret: true,
    good: [
      ['postgres://ada:secret@db:5432/shop', 'postgres://ada:secret@db:5432/shop'],
      ['postgresql:///shop', 'postgresql:///shop'],
    ],
    bad: ['shop', 'mysql://db/shop', 'postgres:', 'postgres://['],
    read: (config) => config.outboxUrl,
  },
  {
    name: 'WORKER_QUEUES',
    good: [
      ['mail=3', [{ name: 'mail', weight: 3 }]],
      [
        'mail=3, a=b=1',
        [
          { name: 'mail', weight: 3 },
          { name: 'a=b', weight: 1 },
        ],
      ],
    ],
    bad: [
      'mail',
      'mail=',
      'mail=0',
      'mail=-1',
      'mail=1.5',
      '=1',
      'mail=1,',
      'mail=1,mail=2',
      'ma:il=1',
      'ma il=1',
      '{m}=1',
    ],
    read: (config) => config.worker.queues,
  },
  {
    name: 'WORKER_STRICT_PRIORITY',
    good: [
      ['true', true],
      ['false', false],
    ],
    bad: ['yes', '1', 'True'],
    read: (config) => config.worker.strictPriority,
  },
  {
    name: 'WORKER_CONCURRENCY',
    good: [
      ['1', 1],
      ['10000', 10_000],
    ],
    bad: ['0', '10001', 'ten', '10x', '1.5', ' 5'],
    read: (config) => config.worker.concurrency,
  },
  {
    name: 'WORKER_PROCESSES',
    good: [
      ['1', 1],
      ['256', 256],
      ['auto', Math.min(availableParallelism(), 256)],
    ],
    bad: ['0', '257', 'Auto', '-1', '2.5', 'auto,2'],
    read: (config) => config.worker.processes,
  },
  {
    name: 'WORKER_MAX_MEMORY_MB',
    good: [
      ['64', 64],
      ['1048576', 1_048_576],
    ],
    bad: ['63', '1048577', '512mb', '0'],
    read: (config) => config.worker.maxMemoryMb,
  },
  {
    name: 'WORKER_HANDLERS',
    good: [['./handlers', './handlers']],
    bad: ['./hand\tlers'],
    read: (config) => config.worker.handlersPath,
  },
  {
    name: 'SHUTDOWN_TIMEOUT_MS',
    good: [
      ['0', 0],
      ['2147483647', 2_147_483_647],
    ],
    bad: ['2147483648', '-1', '25s'],
    read: (config) => config.shutdownTimeoutMs,
  },
  {
    name: 'ALLOWED_HOSTS',
    good: [
      ['api', ['api']],
      ['jobs.example.com, *.cluster.local', ['jobs.example.com', '*.cluster.local']],
      ['*', ['*']],
    ],
    bad: ['api:8080', 'api,', '*api', '*.', 'http://api', 'a b', 'jobs.*'],
    read: (config) => config.allowedHosts,
  },
  ...(['API', 'MONITOR'] as const).flatMap((role): Row[] => {
    const server = (config: Config) => (role === 'API' ? config.api : config.monitor);
    return [
      {
        name: `${role}_HOST`,
        good: ['0.0.0.0', '::1', 'localhost', 'apiary.example.com'].map((host) => [host, host]),
        bad: ['127.0.0.1:80', '[::1]', '999.1.1.1', '127.1', 'http://h', 'a b', '-'],
        read: (config) => server(config).host,
      },
      {
        name: `${role}_PORT`,
        good: [
          ['0', 0],
          ['65535', 65_535],
        ],
        bad: ['65536', '-1', 'http', '80a', '0x50'],
        read: (config) => server(config).port,
      },
      {
        name: `${role}_AUTH`,
        good: [
          ['on', true],
          ['off', false],
        ],
        bad: ['false', 'OFF', 'no'],
        read: (config) => server(config).auth,
      },
    ];
  }),
  {
    name: 'API_KEYS',
    good: [
      [
        'shop:hunter2,billing:hunter3',
        [
          { name: 'shop', digest: digestOf('hunter2'), isWeak: true, ...ALL_RIGHTS },
          { name: 'billing', digest: digestOf('hunter3'), isWeak: true, ...ALL_RIGHTS },
        ],
      ],
      [
        'shop:hunter2:add+read:mail+shop-*, top:hunter3::mail, all:h4:operate:*, same:h5:add+add:',
        [
          {
            ...{ name: 'shop', digest: digestOf('hunter2'), isWeak: true },
            ...{ scopes: ['add', 'read'], queues: ['mail', 'shop-*'] },
          },
          { name: 'top', digest: digestOf('hunter3'), isWeak: true, ...ALL_RIGHTS, queues: ['mail'] },
          { name: 'all', digest: digestOf('h4'), isWeak: true, ...ALL_RIGHTS, scopes: ['operate'] },
          { name: 'same', digest: digestOf('h5'), isWeak: true, ...ALL_RIGHTS, scopes: ['add'] },
        ],
      ],
    ],
    bad: [
      ...['hunter2', 'shop:', ':hunter2', 'shop:hunter2,', 'shop:hunter2,shop:hunter3', 'shop:hunter 2'],
      ...[
        'shop:hunter2:write',
        'shop:hunter2:add+',
        'shop:hunter2:ADD',
        'shop:hunter2:add:mail:',
        'shop::add',
      ],
      ...['shop:hunter2:add:+', 'shop:hunter2:add:ma*il', 'shop:hunter2:add:m il', 'shop:hunter2:add:..'],
      ...['shop:hunter2:__proto__', 'shop:hunter2:toString', 'shop:hunter2:add:**'],
    ],
    read: (config) => config.api.keys,
    secret: true,
  },
  {
    name: 'REDIS_RESERVE',
    good: [
      ['0', 0],
      ['50', 50],
    ],
    bad: ['-1', '51', '5%', '0.05'],
    read: (config) => config.redisReserve,
  },
  {
    name: 'API_DURABILITY',
    good: [
      ['1:1000', [{ name: '*', durability: { replicas: 1, timeoutMs: 1_000 } }]],
      [
        'shop=100:1, *=2:5000',
        [
          { name: 'shop', durability: { replicas: 100, timeoutMs: 1 } },
          { name: '*', durability: { replicas: 2, timeoutMs: 5_000 } },
        ],
      ],
      ['shop=0:200:disk', [{ name: 'shop', durability: { replicas: 0, timeoutMs: 200, onDisk: true } }]],
    ],
    bad: [
      '1',
      '0:100',
      '1:100:disc',
      '101:100',
      '1:0',
      '1:5001',
      'shop=1',
      'shop=1:1,shop=2:2',
      '1:1,2:2',
      'a b=1:1',
    ],
    read: (config) => config.api.durabilities,
  },
  {
    name: 'API_RATE',
    good: [
      ['50', [{ name: '*', perSecond: 50 }]],
      [
        'shop=5, a=b=1000000, *=1',
        [
          { name: 'shop', perSecond: 5 },
          { name: 'a=b', perSecond: 1_000_000 },
          { name: '*', perSecond: 1 },
        ],
      ],
    ],
    bad: [
      '0',
      '-1',
      '1.5',
      '1000001',
      'shop',
      'shop=',
      'shop=0',
      '=5',
      'shop=5,shop=6',
      'shop=5,',
      '5,6',
      '1e3',
    ],
    read: (config) => config.api.rates,
  },
  {
    name: 'MONITOR_USERS',
    good: [
      [
        `ada:${HASH}:operator,grace:${HASH}:viewer`,
        [
          { name: 'ada', passwordHash: HASH, role: 'operator' },
          { name: 'grace', passwordHash: HASH, role: 'viewer' },
        ],
      ],
      [
        `otto:${HASH}:operator:mail+shop-*,vera:${HASH}:viewer:*:operator:mail,ada:${HASH}:operator:*`,
        [
          {
            ...{ name: 'otto', passwordHash: HASH, role: 'operator' },
            rights: { sees: ['mail', 'shop-*'], changes: ['mail', 'shop-*'] },
          },
          {
            ...{ name: 'vera', passwordHash: HASH, role: 'operator' },
            rights: { sees: ['*', 'mail'], changes: ['mail'] },
          },
          { name: 'ada', passwordHash: HASH, role: 'operator' },
        ],
      ],
      [
        `eve:${HASH}:operator@eu,uma:${HASH}:viewer:*:operator@eu+us:mail`,
        [
          {
            ...{ name: 'eve', passwordHash: HASH, role: 'operator', rights: { sees: [], changes: [] } },
            servers: [{ server: 'eu', sees: ['*'], changes: ['*'] }],
          },
          {
            ...{ name: 'uma', passwordHash: HASH, role: 'operator', rights: { sees: ['*'], changes: [] } },
            servers: ['eu', 'us'].map((server) => ({ server, sees: ['mail'], changes: ['mail'] })),
          },
        ],
      ],
    ],
    bad: [
      'ada',
      'ada:hunter2:viewer',
      `ada:${HASH}`,
      `ada:${HASH}:admin`,
      `ada:${HASH}:viewer@`,
      `ada:${HASH}:viewer@EU`,
      `ada:${HASH}:viewer@eu+`,
      `ada:${HASH}:viewer@eu@us`,
      `ada:${HASH}:admin@eu`,
      `ada:${HASH}:viewer:ma*il`,
      `ada:${HASH}:viewer:mail:admin:shop`,
      `ada:${HASH}:viewer:mail:`,
      `ada:${HASH}:operator:`,
      `ada:${HASH}:viewer:*:operator:`,
      `ada:${HASH}:${Array(21).fill('viewer:mail').join(':')}`,
      `ada:${HASH}:viewer,ada:${HASH}:viewer`,
    ],
    read: (config) => config.monitor.users,
    secret: true,
  },
  {
    name: 'OIDC_ISSUER',
    good: [
      ['https://login.example.com/realms/a', 'https://login.example.com/realms/a'],
      ['http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
    ],
    bad: [
      'login.example.com',
      'http://login.example.com',
      'https://a:b@c.example',
      'https://c.example/?a=1',
      'file:///x',
    ],
    read: (config) => config.signIn.issuer,
  },
  {
    name: 'OIDC_CLIENT_ID',
    good: [['apiary', 'apiary']],
    bad: ['a b', 'é'],
    read: (config) => config.signIn.clientId,
  },
  {
    name: 'OIDC_CLIENT_SECRET',
    good: [['a-secret-of-the-specs', 'a-secret-of-the-specs']],
    bad: ['short', 'a secret with spaces in it'],
    read: (config) => config.signIn.clientSecret,
    secret: true,
  },
  {
    name: 'OIDC_SCOPE',
    good: [['openid groups', 'openid groups']],
    bad: ['profile', 'openid  groups', 'openidx'],
    read: (config) => config.signIn.scope,
  },
  {
    name: 'OIDC_ROLE_CLAIM',
    good: [['https://example.com/groups', 'https://example.com/groups']],
    bad: ['a b'],
    read: (config) => config.signIn.roleClaim,
  },
  {
    name: 'OIDC_ROLES',
    good: [
      [
        '/ops=operator,mail team=operator:mail',
        [
          { name: '/ops', role: 'operator' },
          { name: 'mail team', role: 'operator', rights: { sees: ['mail'], changes: ['mail'] } },
        ],
      ],
    ],
    bad: ['ops', 'ops=admin', 'ops=viewer,ops=operator', '=viewer', 'ops=viewer:ma*il', 'ops=operator:'],
    read: (config) => config.signIn.roles,
  },
  {
    name: 'MONITOR_URL',
    good: [
      ['https://jobs.example.com/', 'https://jobs.example.com'],
      ['http://localhost:8081', 'http://localhost:8081'],
    ],
    bad: ['jobs.example.com', 'http://jobs.example.com', 'https://jobs.example.com/a'],
    read: (config) => config.signIn.monitorUrl,
  },
  {
    name: 'SESSION_IDLE_MINUTES',
    good: [['30', 30]],
    bad: ['0', '1441', '-1', '1.5'],
    read: (config) => config.signIn.idleMinutes,
  },
  {
    name: 'SESSION_HOURS',
    good: [['8', 8]],
    bad: ['0', '721', 'NaN'],
    read: (config) => config.signIn.hours,
  },
  {
    name: 'AUDIT_KEEP',
    good: [
      ['1', 1],
      ['250000', 250_000],
    ],
    bad: ['0', '-1', '1e6', '10000001', 'all', 'NaN'],
    read: (config) => config.audit.keep,
  },
  {
    name: 'AUDIT_KEEP_DAYS',
    good: [['90', 90]],
    bad: ['0', '-1', '0.5', '36501', '30d'],
    read: (config) => config.audit.keepDays,
  },
  {
    name: 'MONITOR_READ_ONLY',
    good: [
      ['true', true],
      ['false', false],
    ],
    bad: ['on', 'yes', '1'],
    read: (config) => config.monitor.readOnly,
  },
  {
    name: 'MONITOR_SOURCES',
    secret: true,
    good: [
      ['eu=redis://h', [{ name: 'eu', url: 'redis://h', readOnly: false }]],
      [
        'eu=redis://h, us:read-only=rediss://a:p%2Cq@h:1/2',
        [
          { name: 'eu', url: 'redis://h', readOnly: false },
          { name: 'us', url: 'rediss://a:p%2Cq@h:1/2', readOnly: true },
        ],
      ],
      [
        'a.b-c_1=redis-sentinel://h1:1,h2:2/0?master=m,constructor=redis-cluster://h1,h2:7,s=redis-socket:///tmp/r?db=1',
        [
          { name: 'a.b-c_1', url: 'redis-sentinel://h1:1,h2:2/0?master=m', readOnly: false },
          { name: 'constructor', url: 'redis-cluster://h1,h2:7', readOnly: false },
          { name: 's', url: 'redis-socket:///tmp/r?db=1', readOnly: false },
        ],
      ],
      [
        Array.from({ length: 50 }, (_, at) => `s${at}=redis://h`).join(','),
        Array.from({ length: 50 }, (_, at) => ({ name: `s${at}`, url: 'redis://h', readOnly: false })),
      ],
    ],
    bad: [
      'eu',
      'eu=',
      'eu=http://h',
      '=redis://h',
      'redis://h',
      'eu=redis://h,eu=redis://h2',
      'eu=redis://h,eu:read-only=redis://h2',
      'eu=redis://h,',
      ',eu=redis://h',
      'eu=redis://h,us',
      'eu=redis://h,us=http://h',
      'eu=redis-socket:///tmp/r,us=http://h',
      'eu=redis-cluster://h,us=http://h',
      'eu:write=redis://h',
      'eu:read-only:read-only=redis://h',
      ...['..', '.', '__proto__', 'EU', 'a b', 'a/b', 'a%2fb', 'ü', 'a\nb', '-a', 'a-', 'x'.repeat(41)].map(
        (name) => `${name}=redis://h`,
      ),
      ...['redis', 'default', 'api', 'flows', 'vendor'].map((name) => `${name}=redis://h`),
      Array.from({ length: 51 }, (_, at) => `s${at}=redis://h`).join(','),
    ],
    read: (config) => config.monitor.sources,
  },
  {
    name: 'HEALTH_HOST',
    good: ['0.0.0.0', '::1'].map((host) => [host, host]),
    bad: ['127.0.0.1:80', '[::1]'],
    read: (config) => config.health.host,
  },
  {
    name: 'HEALTH_PORT',
    good: [
      ['0', 0],
      ['8082', 8_082],
    ],
    bad: ['65536', '-1', 'on'],
    read: (config) => config.health.port,
  },
  {
    name: 'WEBHOOK_SECRET',
    good: [SIGNING_KEY, `whsec_${SIGNING_KEY}`].map((secret) => [secret, secret]),
    bad: [
      'hunter2',
      'whsec_',
      Buffer.alloc(23).toString('base64'),
      Buffer.alloc(65).toString('base64'),
      SIGNING_KEY.replace('=', ''),
      `${SIGNING_KEY}!`,
    ],
    read: (config) => config.webhook.secret,
    secret: true,
  },
  {
    name: 'WEBHOOK_ALLOW_PRIVATE',
    good: [
      ['true', true],
      ['false', false],
    ],
    bad: ['on'],
    read: (config) => config.webhook.allowPrivate,
  },
  {
    name: 'JOB_ENCRYPTION_KEYS',
    good: [`k1:${JOB_KEY}`, `new_2:${JOB_KEY},k1:${JOB_KEY}`].map((keys) => [keys, keys]),
    bad: [
      'hunter2',
      JOB_KEY,
      `k1:${Buffer.alloc(31).toString('base64')}`,
      `k1:${JOB_KEY},k1:${JOB_KEY}`,
      `k.1:${JOB_KEY}`,
    ],
    read: (config) => config.encryption.keys,
    secret: true,
  },
  {
    name: 'ALERT_WEBHOOK_URL',
    good: ['https://hooks.slack.com/services/T0/B0/x', 'http://127.0.0.1:8080/alerts?of=apiary'].map(
      (url) => [url, url],
    ),
    bad: [
      'hooks.slack.com/services',
      'ftp://h/x',
      'https:/h',
      'https://',
      'https://user:pass@h/x',
      'https://h/a b',
      'https://h/\nx',
      `https://h/${'x'.repeat(2_048)}`,
    ],
    read: (config) => config.alerts.webhookUrl,
    secret: true,
  },
  {
    name: 'ALERT_RULES',
    good: [
      [
        'queue-old=600, growing=off',
        [
          { name: 'queue-old@*', rule: 'queue-old', queues: '*', above: 600 },
          { name: 'growing@*', rule: 'growing', queues: '*', above: null },
        ],
      ],
      [
        'no-worker@legacy-*=off,failing@mail=0,redis-full@*=100',
        [
          { name: 'no-worker@legacy-*', rule: 'no-worker', queues: 'legacy-*', above: null },
          { name: 'failing@mail', rule: 'failing', queues: 'mail', above: 0 },
          { name: 'redis-full@*', rule: 'redis-full', queues: '*', above: 100 },
        ],
      ],
    ],
    bad: [
      'queue-old',
      'queue-old=',
      'queue-old=on',
      'queue-old=-1',
      'queue-old=1.5',
      'queue-old=9999999999',
      'queue-old=NaN',
      'redis-full=101',
      'redis-full@mail=90',
      'redis-full@mail-*=off',
      'no-worker=5',
      'no such=off',
      'toString=off',
      'failing@=1',
      'failing@a:b=1',
      'failing@a*b=1',
      'growing=1,growing@*=2',
      ',',
    ],
    read: (config) => config.alerts.rules,
  },
  {
    name: 'ALERT_QUIET_HOURS',
    good: [
      ['22:00-07:00 Europe/Berlin', { from: 1_320, to: 420, timeZone: 'Europe/Berlin' }],
      ['12:30-13:00', { from: 750, to: 780, timeZone: 'UTC' }],
    ],
    bad: [
      '22-7',
      '22:00-22:00',
      '24:00-07:00',
      '22:60-07:00',
      '22:00-07:00 Nowhere/None',
      '22:00-07:00 +02:00',
    ],
    read: (config) => config.alerts.quietHours,
  },
  {
    name: 'JOB_ENCRYPT_ALL',
    good: [
      ['true', true],
      ['false', false],
    ],
    bad: ['on'],
    read: (config) => config.encryption.all,
  },
];

describe('the forms of settings', () => {
  for (const { name, good, bad, read, secret = false } of ROWS) {
    describe(name, () => {
      for (const [text, value] of good) {
        it(`takes ${text}`, () => {
          expect(read(load({ [name]: text }))).to.eql(value);
        });
      }

      for (const text of bad) {
        it(`refuses ${JSON.stringify(text)} in one line`, () => {
          const error = refusal(() => load({ [name]: text }));

          const shown = secret ? 'a value that is not shown' : JSON.stringify(text);
          expect(error.code).to.equal('CONFIG_INVALID');
          expect(error.message.startsWith(`${name} is ${shown}; allowed: `)).to.equal(true, error.message);
          expect(error.message).not.to.contain('\n');
          expect(error.problems).to.eql([{ path: name, message: error.message }]);
        });
      }

      it('takes an empty text for not set', () => {
        expect(read(load({ [name]: '' }))).to.eql(read(load({})));
      });
    });
  }

  it('has a row above for every variable', () => {
    expect(['NODE_ENV', ...ROWS.map(({ name }) => name)]).to.have.members(
      CONFIG_VARIABLES.filter((name) => !name.endsWith('_FILE')),
    );
  });
});
