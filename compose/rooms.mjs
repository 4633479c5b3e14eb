// Who may import whom in lib/, which `npm run lint` checks: value and type imports alike.

/** Files directly in lib/ that stand on no other part of it. Every part may import them. */
export const FLOOR = [
  'alert-rules',
  'alert-settings',
  'bunyan-logger',
  'check-options',
  'clock',
  'closed-object',
  'console-logger',
  'code-of',
  'error-facts',
  'errors',
  'exact-numbers',
  'field-checks',
  'json-text',
  'key-rights',
  'keyring',
  'listeners',
  'log-text',
  'logger',
  'loop',
  'monitor-rights',
  'names',
  'names-of',
  'nearest',
  'over-many',
  'own-module',
  'postgres-url',
  'promises',
  'quiet-hours',
  'recent',
  'redact',
  'repeats',
  'require-given',
  'source-names',
  'start-thread',
  'texts',
  'tracing',
];

/**
 * The parts of lib/, and which others each may import. A part is a folder, or files directly in lib/ that begin with its
 * name; `top` is whatever is no other part, and imports all of them.
 */
export const PARTS = {
  redis: [],
  config: ['redis'],
  doctor: ['redis'],
  swarm: [],
  engine: ['redis'],
  shards: ['engine'],
  jobs: ['engine', 'shards'],
  inspector: ['engine', 'shards'],
  carry: ['redis', 'engine', 'jobs'],
  worker: ['redis', 'engine', 'shards', 'jobs'],
  handlers: ['jobs'],
  server: ['redis', 'jobs', 'inspector'],
  open: ['redis', 'engine', 'jobs', 'inspector', 'worker'],
  outbox: ['redis', 'engine', 'shards', 'jobs', 'open'],
  cli: [
    'redis',
    'config',
    'doctor',
    'engine',
    'shards',
    'jobs',
    'inspector',
    'carry',
    'worker',
    'handlers',
    'outbox',
  ],
};

/** Files directly in lib/ that begin like a part and are of the top. */
export const ENTRIES = ['cli'];

/**
 * The rooms of a part, lowest first: each imports those before it. The files directly in the part are `.`; folders that
 * are named together are one room.
 */
export const ROOMS = {
  engine: [
    ['.', 'scripts'],
    'record',
    'discovery',
    'times',
    'limits',
    'unique',
    'groups',
    'links',
    'store',
    'signals',
    'schedules',
    'queries',
    'alerts',
    'lease',
    'session',
    'repairs',
    'transfer',
    'upkeep',
    'ends',
    'events',
    'forget',
    'pump',
    'queue',
    'bee',
  ],
  server: [
    '.',
    'demand',
    'metrics',
    'health',
    'alerts',
    'narrow',
    'pages',
    'arena',
    'api',
    'sign-in',
    'monitor',
  ],
};

/** Rooms at the edge, and the files outside of them that may import them. */
export const EDGES = { 'engine/bee': ['index.ts'] };
