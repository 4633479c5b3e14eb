import type { AlertInfo } from '../inspector/inspector.ts';
import { numberText } from '../texts.ts';
import { type Call, defineCommand } from './command.ts';
import { show, tableOrNone, when } from './show.ts';
import type { Column } from './table.ts';

/** `apiary alerts`: lists what is wrong by the rules of alerts, the critical ones first. */
export const alerts = defineCommand({
  takes: {},
  options: {},
  run: async (call) => {
    const { inspector } = await call.open();
    return show(call, await inspector.alerts.list(), ({ alerts: all, more, lookedAt }) => {
      if (lookedAt === null) return 'nobody looks: no process has ALERT_WEBHOOK_URL\n';
      const table = tableOrNone(call, columns(call), all, 'no alert fires');
      const rest = more === 0 ? '' : `${numberText(more)} more were found than are kept\n`;
      return `${table}${rest}looked at last ${when(call, lookedAt)}\n`;
    });
  },
});

function columns(call: Call): Column<AlertInfo>[] {
  return [
    { head: 'SEVERITY', cell: ({ severity }) => severity },
    { head: 'RULE', cell: ({ rule }) => rule },
    { head: 'QUEUE', cell: ({ queue }) => queue ?? '-' },
    { head: 'SINCE', cell: ({ since }) => when(call, since) },
    { head: 'WHAT', cell: ({ summary }) => summary },
    { head: 'DETAIL', cell: ({ detail }) => detail },
  ];
}
