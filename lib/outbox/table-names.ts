import { describeValue } from '../error-facts.ts';
import { ApiaryError } from '../errors.ts';

/** What the parts of an outbox are called in SQL, quoted where they are names. */
export interface TableNames {
  /** The rows that wait. */
  readonly table: string;
  /** Those that could not be sent, with the reason. */
  readonly aside: string;
  /** Which migrations have run. */
  readonly versions: string;
  /** What handlers did by `ctx.transaction`, in the same schema. */
  readonly inbox: string;
  /** The function that tells of new rows, and the trigger that calls it, which has no schema. */
  readonly notify: string;
  readonly trigger: string;
  /** The channel on which they are told of, and what locks of the outbox are made of; as it is, unquoted. */
  readonly channel: string;
}

/** The table of an outbox that is given no name. */
export const DEFAULT_TABLE = 'apiary_outbox';

/** Names are cut by PostgreSQL after 63 characters, and some are made longer here. */
const PART = /^[a-z_][a-z0-9_]{0,47}$/;

/** What a table may be called, in words that follow `must be`. */
export const TABLE_RULE =
  'a name of small letters, digits and underscores, 48 at most, with a schema and a dot before it or not';

/** Whether a value may be the name of the table of an outbox. */
export function isTableName(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const parts = value.split('.');
  return parts.length <= 2 && parts.every((part) => PART.test(part));
}

/** Names the parts of an outbox. Throws CONFIG_INVALID for what cannot be the name of its table. */
export function tableNames(table: string = DEFAULT_TABLE): TableNames {
  if (!isTableName(table)) {
    const message = `must be ${TABLE_RULE}, not ${describeValue(table)}`;
    throw new ApiaryError('CONFIG_INVALID', `table ${message}`, { problems: [{ path: 'table', message }] });
  }
  const parts = table.split('.');
  const named = (end: string): string => {
    const last = parts.length - 1;
    return parts.map((part, at) => `"${part}${at === last ? end : ''}"`).join('.');
  };
  return {
    table: named(''),
    aside: named('_aside'),
    versions: named('_versions'),
    inbox: [...parts.slice(0, -1), 'apiary_inbox'].map((part) => `"${part}"`).join('.'),
    notify: named('_notify'),
    trigger: `"${parts.at(-1)}_notify"`,
    channel: table,
  };
}
