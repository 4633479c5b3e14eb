import { outboxSql } from '../outbox/schema.ts';
import { DEFAULT_TABLE, isTableName, TABLE_RULE, tableNames } from '../outbox/table-names.ts';
import { defineCommand } from './command.ts';
import { show } from './show.ts';
import { type OptionRule, wrong } from './values.ts';

/** `apiary outbox sql`: prints the migration that makes the tables of an outbox. */
export const outboxSqlCommand = defineCommand({
  takes: {},
  options: { table: table() },
  run: (call, { table: name }) => {
    const sql = outboxSql(tableNames(name));
    return show(call, { sql }, () => sql);
  },
});

function table(): OptionRule<string> {
  const parse = (given: string): string => {
    if (isTableName(given)) return given;
    throw wrong(`must be ${TABLE_RULE}`);
  };
  return { description: 'the table', placeholder: 'name', parse, otherwise: DEFAULT_TABLE };
}
