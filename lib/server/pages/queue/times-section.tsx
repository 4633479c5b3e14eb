import type { VNode } from 'preact';
import {
  type JobTime,
  type JobTimes,
  type RateMinute,
  SPAN_NAMES,
  type Span,
  type TimeSummary,
} from '../../../inspector/inspector.ts';
import { namesOf } from '../../../names-of.ts';
import { numberText } from '../../../texts.ts';
import { TableHead } from '../table-head.tsx';
import { WideTable } from '../wide-table.tsx';
import { HeatMap } from './heat-map.tsx';
import { msText } from './ms-text.ts';
import { RatesFigure } from './rates-figure.tsx';
import { SPAN_TEXTS, slotLabel } from './slot-label.ts';

/** What the section of times shows. */
export interface TimesSectionProps {
  times: JobTimes;
  /** The address of the same page over another span. */
  addressOf: (span: Span) => string;
  /** What came in, by minute; none where that is not known. */
  minutes: readonly RateMinute[];
}

/** What each time is called, and what it is. */
const TIMES: Readonly<Record<JobTime, { name: string; means: string }>> = {
  waiting: { name: 'Waiting', means: 'until the first attempt' },
  duration: { name: 'Run', means: 'each attempt' },
  total: { name: 'Total', means: 'from adding to the end' },
};

/** How long jobs waited, ran and took in all, and how many ended, as numbers, pictures and tables. */
export function TimesSection({ times, addressOf, minutes }: TimesSectionProps): VNode {
  const { span } = times;
  return (
    <section id="times" aria-labelledby="times-title">
      <header>
        <h2 id="times-title">How long jobs took in the {SPAN_TEXTS[span]}</h2>
        <SpanLinks span={span} addressOf={addressOf} />
      </header>
      <QuantileTable times={times} />
      <div class="charts">
        {namesOf(TIMES).map((time) => (
          <HeatFigure key={time} times={times} time={time} />
        ))}
        <RatesFigure times={times} minutes={minutes} />
      </div>
    </section>
  );
}

function SpanLinks({ span, addressOf }: { span: Span; addressOf: (span: Span) => string }): VNode {
  return (
    <nav class="aside spans" aria-label="Time span">
      <ul>
        {SPAN_NAMES.map((one) => (
          <li key={one}>
            <a href={addressOf(one)} aria-current={one === span ? 'page' : undefined}>
              {SPAN_TEXTS[one]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The quantiles of a time, as columns of a table. */
const QUANTILES: readonly { number: string; of: (summary: TimeSummary) => string }[] = [
  { number: 'Timed', of: ({ count }) => numberText(count) },
  { number: 'p50', of: ({ p50Ms }) => msText(p50Ms) },
  { number: 'p95', of: ({ p95Ms }) => msText(p95Ms) },
  { number: 'p99', of: ({ p99Ms }) => msText(p99Ms) },
];

function QuantileTable({ times }: { times: JobTimes }): VNode {
  return (
    <WideTable label="Quantiles">
      <table aria-labelledby="times-title">
        <caption>Half, 95 and 99 percent took no longer than so.</caption>
        <TableHead columns={['Time', ...QUANTILES.map(({ number }) => ({ number }))]} />
        <tbody>
          {namesOf(TIMES).map((time) => (
            <tr key={time}>
              <th scope="row">
                {TIMES[time].name} <span class="note">{TIMES[time].means}</span>
              </th>
              {QUANTILES.map(({ number, of }) => (
                <td key={number} class={times[time].count === 0 ? 'number zero' : 'number'}>
                  {of(times[time])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </WideTable>
  );
}

function HeatFigure({ times, time }: { times: JobTimes; time: JobTime }): VNode {
  const { slots, span } = times;
  const title = `${TIMES[time].name}, ${TIMES[time].means} (UTC)`;
  const label = slotLabel(span);
  return (
    <figure>
      <figcaption>
        {title}
        {times[time].count > 0 && <Legend />}
      </figcaption>
      {times[time].count === 0 ? (
        <p class="muted">Nothing was timed.</p>
      ) : (
        <HeatMap id={`heat-${time}`} title={title} time={time} slots={slots} label={label} />
      )}
      <SlotTable times={times} time={time} />
    </figure>
  );
}

function Legend(): VNode {
  return (
    <span class="legend">
      <span>
        <span class="swatch few" aria-hidden="true" /> few
      </span>
      <span>
        <span class="swatch many" aria-hidden="true" /> many
      </span>
    </span>
  );
}

function SlotTable({ times, time }: { times: JobTimes; time: JobTime }): VNode {
  const label = slotLabel(times.span);
  const timed = times.slots.filter((slot) => slot[time].count > 0).reverse();
  return (
    <details id={`slots-${time}`}>
      <summary>{TIMES[time].name} as a table</summary>
      <WideTable label={`${TIMES[time].name} by time`}>
        <table>
          <caption>Those in which something was timed, the newest first.</caption>
          <TableHead columns={['Time', ...QUANTILES.map(({ number }) => ({ number }))]} />
          <tbody>
            {timed.map((slot) => (
              <SlotRow key={slot.at} name={label(slot)} summary={slot[time]} />
            ))}
          </tbody>
        </table>
      </WideTable>
    </details>
  );
}

function SlotRow({ name, summary }: { name: string; summary: TimeSummary }): VNode {
  return (
    <tr>
      <th scope="row">{name}</th>
      {QUANTILES.map(({ number, of }) => (
        <td key={number} class="number">
          {of(summary)}
        </td>
      ))}
    </tr>
  );
}
