import { forecastOf, forecastText } from '../inspector/forecast.ts';
import type { HistoryDay, QueueInfo, Rates } from '../inspector/inspector.ts';
import { numberText } from '../texts.ts';
import { type Call, defineCommand } from './command.ts';
import { requireQueue } from './require-queue.ts';
import { show } from './show.ts';
import { type Column, factsText, tableText } from './table.ts';
import { one, whole } from './values.ts';

const DAYS: readonly Column<HistoryDay>[] = [
  { head: 'DAY', cell: ({ day }) => day },
  { head: 'ENDED', cell: ({ processed }) => processed },
  { head: 'SUCCEEDED', cell: ({ succeeded }) => succeeded },
  { head: 'FAILED', cell: ({ failed }) => failed },
];

/** `apiary stats`: says how much comes into a queue and how much ends, now and day by day. */
export const stats = defineCommand({
  takes: { queue: one('the queue') },
  options: { days: whole('how many days, today among them', { least: 1, most: 90, otherwise: 7 }) },
  run: async (call, { queue, days }) => {
    const { inspector } = await call.open();
    await requireQueue(inspector, queue);
    const [info, rates, history] = await Promise.all([
      inspector.queue(queue),
      inspector.rates(queue),
      inspector.history(queue, days),
    ]);
    return show(call, { rates, days: history }, () => statsText(call, { info, rates, history }));
  },
});

function statsText(
  { terminal }: Call,
  { info, rates, history }: { info: QueueInfo; rates: Rates; history: readonly HistoryDay[] },
): string {
  const { waiting, active } = info.counts;
  const forecast = forecastOf(waiting + active, rates);
  const facts = factsText([
    ['come in a minute', rateText(rates.inPerMin)],
    ['end in a minute', rateText(rates.outPerMin)],
    ['wait or run', numberText(waiting + active)],
    ...(forecast ? [['as it goes now', forecastText(forecast)] as const] : []),
  ]);
  return `${facts}\n${tableText(DAYS, history, terminal.columns)}`;
}

function rateText(perMin: number | null): string {
  return perMin === null ? 'not known: no worker takes note' : numberText(perMin);
}
