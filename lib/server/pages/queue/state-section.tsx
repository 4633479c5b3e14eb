import type { ComponentChildren, VNode } from 'preact';
import { forecastOf, forecastText } from '../../../inspector/forecast.ts';
import type { JobState, LimitsNote, QueueInfo, Rates } from '../../../inspector/inspector.ts';
import { limitsText } from '../../../inspector/limits-text.ts';
import { durationText, numberText } from '../../../texts.ts';
import { arenaAddress } from '../addresses.ts';
import { Moment, When } from '../when.tsx';

/** How a queue stands, and what holds it back. */
export interface QueueState {
  info: QueueInfo;
  rates: Rates;
  limits: LimitsNote | null;
  /** When the queue as a whole gets its next token, in ms; 0 where it has one or has no rate. */
  nextTokenInMs: number;
}

const STATES = ['waiting', 'active', 'delayed', 'failed', 'succeeded'] as const satisfies readonly JobState[];

/** How many jobs are in which state, what comes and goes, what that leads to, and how near the limits are. */
export function StateSection({ state, host, now }: { state: QueueState; host: string; now: number }): VNode {
  const { info, rates, limits } = state;
  const { counts, latencyMs, paused, processedToday, failedToday } = info;
  const forecast = forecastOf(counts.waiting + counts.active, rates);
  return (
    <section id="state" aria-labelledby="state-title">
      <h2 id="state-title">How it stands</h2>
      <dl class="facts">
        <Fact name="Jobs">
          <CountLinks info={info} host={host} />
        </Fact>
        {info.shards && <Fact name="Shards">{shardsText(info.shards)}</Fact>}
        <Fact name="Today">
          {numberText(processedToday - failedToday)} succeeded, {numberText(failedToday)} failed
        </Fact>
        <Fact name="Per minute">{ratesText(rates)}</Fact>
        {counts.waiting > 0 && <Fact name="Oldest waits">{durationText(latencyMs)}</Fact>}
        {forecast && <Fact name="As it goes now">{forecastText(forecast)}</Fact>}
        {paused && <PauseFact paused={paused} now={now} />}
        {limits === null ? <Fact name="Limits">none</Fact> : <LimitFacts state={state} note={limits} />}
      </dl>
    </section>
  );
}

function shardsText(shards: NonNullable<QueueInfo['shards']>): string {
  const each = shards.map(({ name, counts }) => `${name} ${numberText(counts.waiting + counts.active)}`);
  return `${numberText(shards.length)}, with jobs that wait or run: ${each.join(', ')}`;
}

function PauseFact({ paused, now }: { paused: NonNullable<QueueInfo['paused']>; now: number }): VNode {
  return (
    <Fact name="Paused">
      <span class="mark paused">paused</span> by {paused.by}, <When at={paused.at} now={now} />
    </Fact>
  );
}

function CountLinks({ info: { name, counts, grouped }, host }: { info: QueueInfo; host: string }): VNode {
  return (
    <>
      {STATES.map((one, at) => (
        <>
          {at > 0 && ', '}
          <a key={one} href={arenaAddress(host, name, one)}>
            {numberText(counts[one])} {one}
          </a>
        </>
      ))}
      {grouped > 0 && `, ${numberText(grouped)} in groups`}
    </>
  );
}

function LimitFacts({ state, note }: { state: QueueState; note: LimitsNote }): VNode {
  return (
    <>
      <Fact name="Limits">
        {limitsText(note.limits)}; set by {note.by}, <Moment at={note.at} />
      </Fact>
      {nearText(state, note).map(([name, text]) => (
        <Fact key={name} name={name}>
          {text}
        </Fact>
      ))}
    </>
  );
}

/** How near the limits of the whole queue are. */
export function nearText(
  { info: { counts }, nextTokenInMs }: Pick<QueueState, 'info' | 'nextTokenInMs'>,
  { limits: { concurrency, rate, maxWaiting } }: Pick<LimitsNote, 'limits'>,
): (readonly [name: string, text: string])[] {
  const near: (readonly [string, string])[] = [];
  if (concurrency !== undefined) near.push(['Run of those that may', partText(counts.active, concurrency)]);
  if (maxWaiting !== undefined) near.push(['Wait of those that may', partText(counts.waiting, maxWaiting)]);
  if (rate !== undefined)
    near.push(['Next start', nextTokenInMs > 0 ? `in ${durationText(nextTokenInMs)}` : 'at any time']);
  return near;
}

function partText(some: number, all: number): string {
  return `${numberText(some)} of ${numberText(all)}, ${numberText((some / all) * 100)} %`;
}

function ratesText({ inPerMin, outPerMin }: Rates): string {
  if (inPerMin === null || outPerMin === null) return 'not known: no worker has taken note';
  return `${numberText(inPerMin)} in, ${numberText(outPerMin)} out`;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): VNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
