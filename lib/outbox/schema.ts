import type { TableNames } from './table-names.ts';

/** The version of the tables that this code works with. */
export const SCHEMA_VERSION = 1;

/**
 * A table through which rows pass: it is vacuumed after some thousand rows, whatever its size, and without pauses. Else
 * its pages would be given free too late, and it would grow.
 */
const PASSED_THROUGH = [
  'autovacuum_vacuum_scale_factor = 0',
  'autovacuum_vacuum_threshold = 5000',
  'autovacuum_vacuum_cost_delay = 0',
  'autovacuum_analyze_scale_factor = 0',
  'autovacuum_analyze_threshold = 100000',
  'toast.autovacuum_vacuum_scale_factor = 0',
  'toast.autovacuum_vacuum_threshold = 5000',
  'toast.autovacuum_vacuum_cost_delay = 0',
].join(', ');

/** What a row says of its job. */
const COLUMNS = `
  id text not null default gen_random_uuid()::text,
  queue text collate "C" not null default 'default',
  type text not null,
  data json not null,
  options json not null default '{}',
  gather json,
  added_by text,
  added_at timestamptz not null default clock_timestamp()`;

/**
 * Writes the migration of an outbox. It can be run again: what is there stays as it is. Rows whose order counts are
 * told by their options, whoever inserts them; those are read as text, as PostgreSQL refuses to look into some JSON.
 */
export function outboxSql(names: TableNames): string {
  const { versions } = names;
  return `-- The outbox of Apiary, version ${SCHEMA_VERSION}, for PostgreSQL 13 and newer. It can be run again.
create table if not exists ${versions} (version integer primary key, applied_at timestamptz not null default now());

${rowsSql(names)}

${noticesSql(names)}

${inboxSql(names)}

insert into ${versions} (version) values (${SCHEMA_VERSION}) on conflict do nothing;
`;
}

function rowsSql({ table, aside }: TableNames): string {
  return `-- The jobs that wait to be sent. Whoever may insert here adds jobs; rows are never updated.
create table if not exists ${table} (
  seq bigint generated always as identity,
  ordered boolean not null generated always as (options::text ~ '"(id|key|unique)"') stored,${COLUMNS},
  primary key (queue, ordered, seq)
) with (${PASSED_THROUGH});

-- Those that can never be sent, and why.
create table if not exists ${aside} (
  aside_id bigint generated always as identity primary key,
  seq bigint not null,${COLUMNS},
  code text not null,
  reason text not null,
  set_aside_at timestamptz not null default now()
);`;
}

function noticesSql({ table, notify, trigger, channel }: TableNames): string {
  return `-- One notice a transaction, when it commits.
create or replace function ${notify}() returns trigger language plpgsql as $notify$
begin
  perform pg_notify('${channel}', '');
  return null;
end
$notify$;

do $trigger$
begin
  if not exists (select from pg_trigger where tgrelid = '${table}'::regclass and tgname = ${literal(trigger)}) then
    create trigger ${trigger} after insert on ${table} for each statement execute function ${notify}();
  end if;
end
$trigger$;`;
}

function inboxSql({ inbox }: TableNames): string {
  return `-- What was done by ctx.transaction in handlers: by which job, which attempt of it, and what came of it.
create table if not exists ${inbox} (
  queue text collate "C" not null,
  job text collate "C" not null,
  added_at bigint not null,
  name text collate "C" not null,
  fence bigint not null,
  result json,
  done_at timestamptz not null default now(),
  primary key (queue, job, added_at, name)
);
create index if not exists apiary_inbox_done_at on ${inbox} (done_at);`;
}

/** A quoted name as a text. */
function literal(quoted: string): string {
  return `'${quoted.slice(1, -1)}'`;
}
