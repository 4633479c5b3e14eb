import type { Request } from 'express';
import type { VNode } from 'preact';
import { BULK_NAMES, type BulkName } from '../../../inspector/bulk-operations.ts';
import {
  type BulkRunOrder,
  type Inspector,
  isJobState,
  type JobState,
  type SomeCounted,
} from '../../../inspector/inspector.ts';
import { moveWarning } from '../../../inspector/move-target.ts';
import { JOB_OPERATIONS } from '../../../inspector/operations.ts';
import { isName, NAME_RULE } from '../../../names.ts';
import { countText, numberText } from '../../../texts.ts';
import type { QueueNames } from '../../queue-names.ts';
import { searchAddress } from '../addresses.ts';
import type { Page } from '../layout.tsx';
import { allOf, firstOf } from '../read-form.ts';
import { fieldsOfForm, toFilter, toOrder, wholeFields } from '../search/search-fields.ts';
import type { Visit } from '../visit.ts';
import { RunForm } from './run-form.tsx';
import { CriteriaFacts, GRAVE, OPERATION_WORDS, whereTo } from './run-words.tsx';

/** What the page works with that is shown before many jobs are changed. */
export interface ConfirmPageDeps {
  inspector: Inspector;
  queues: QueueNames;
}

/** Of so many chosen jobs the ids are shown. */
const MOST_SHOWN = 20;

/** Makes the page that says how many jobs a change would be about, and asks whether it is to be. */
export function confirmPage({
  inspector,
  queues,
}: ConfirmPageDeps): (visit: Visit, req: Request) => Promise<Page> {
  return async (_visit, req) => {
    const fields = fieldsOfForm(req.body);
    const back = searchAddress(fields);
    const asked = readAsked(req.body, fields, await queues());
    if (typeof asked === 'string') return refusal(asked, back);
    if (asked.to !== undefined && !isName(asked.to))
      return refusal(`The queue to move to must be ${NAME_RULE}.`, back);
    if (isInTarget(asked)) return refusal(`What is to be moved is in queue ${asked.to} already.`, back);
    const [counted, warning] = await Promise.all([
      inspector.bulkRuns.countSome(asked),
      asked.to === undefined ? null : moveWarning(inspector, asked.to),
    ]);
    const body = <ConfirmBody {...{ order: asked, counted, warning, back }} />;
    return { title: titleOf(asked), section: 'search', body };
  };
}

/** Reads which change is asked for; a text says why there is none. */
function readAsked(
  form: unknown,
  fields: Readonly<Record<string, string>>,
  queues: readonly string[],
): BulkRunOrder | string {
  const operation = BULK_NAMES.find((name) => name === firstOf(form, 'operation'));
  if (operation === undefined) return 'Nothing was chosen to be done.';
  const what = { operation, ...(operation === 'move' && { to: firstOf(form, 'to').trim() }) };
  const { queue = '', state = '' } = fields;
  if (firstOf(form, 'which') === 'all') {
    const whole = readWhole(what, fields, queues);
    const fingerprint = firstOf(form, 'fingerprint');
    if (typeof whole === 'string' || fingerprint === '') return whole;
    return { ...whole, filter: { ...whole.filter, fingerprint } };
  }
  const ids = allOf(form, 'job').map(readPair);
  if (ids.length === 0) return 'No job is ticked.';
  if (ids.includes(null)) return 'What is ticked cannot be read: go back to the search.';
  const pairs = ids.filter((pair) => pair !== null);
  const of: JobState = isJobState(state) ? state : (JOB_OPERATIONS[operation].states[0] ?? 'failed');
  return { ...what, queue: queue || (pairs[0]?.[0] ?? ''), state: of, ids: pairs };
}

/** What the search page would not search for is no order: what of it says nothing there would widen a removal here. */
function readWhole(
  what: Pick<BulkRunOrder, 'operation' | 'to'>,
  fields: Readonly<Record<string, string>>,
  queues: readonly string[],
): BulkRunOrder | string {
  const { queue = '', state = '', id = '' } = fields;
  if (queue === '' || !isJobState(state) || id !== '')
    return 'A search of one queue and one state can be changed as a whole.';
  const order = toOrder(wholeFields(fields), queues);
  if (order.kind !== 'refused') return { ...what, queue, state, filter: toFilter(fields) };
  const problems = Object.entries(order.problems).map(([name, problem]) => `${name} ${problem}`);
  return `The search cannot be: ${problems.join('; ')}.`;
}

/** Whether some of it is in the very queue that it is to be moved to. */
function isInTarget({ queue, ids, to }: BulkRunOrder): boolean {
  return ids === undefined ? queue === to : ids.some(([from]) => from === to);
}

/** The queue and the id of a job that is ticked; null for what is none. */
function readPair(text: string): [queue: string, id: string] | null {
  try {
    const read: unknown = JSON.parse(text);
    if (!Array.isArray(read) || read.length !== 2) return null;
    const [queue, id]: unknown[] = read;
    return typeof queue === 'string' && typeof id === 'string' ? [queue, id] : null;
  } catch {
    return null;
  }
}

function refusal(why: string, back: string): Page {
  const body = (
    <>
      <h1>Nothing is changed</h1>
      <p role="alert" class="bad-text">
        {why}
      </p>
      <p>
        <a href={back}>Back to the search</a>
      </p>
    </>
  );
  return { title: 'Nothing is changed', section: 'search', body, status: 422 };
}

function titleOf({ operation, queue, state, ids, to }: BulkRunOrder): string {
  const what = ids === undefined ? `${state} jobs of queue ${queue}` : 'chosen jobs';
  return `${OPERATION_WORDS[operation]} ${what}${whereTo(to)}?`;
}

interface ConfirmBodyProps {
  order: BulkRunOrder;
  counted: SomeCounted;
  /** What is to be known before. */
  warning: string | null;
  back: string;
}

function ConfirmBody({ order, counted, warning, back }: ConfirmBodyProps): VNode {
  return (
    <>
      <h1>{titleOf(order)}</h1>
      <p id="counted">{countedText(counted)}</p>
      <p>{JOB_OPERATIONS[order.operation].summary} It goes on in the background, and can be stopped.</p>
      {warning !== null && (
        <p role="alert" class="bad-text">
          Mind: {warning}.
        </p>
      )}
      <section aria-labelledby="which-title">
        <h2 id="which-title">Which jobs</h2>
        {order.ids === undefined ? <CriteriaFacts {...order} seesAll /> : <Chosen ids={order.ids} />}
      </section>
      <div class="actions">
        <Buttons order={order} counted={counted} />
        <a href={back}>Back to the search</a>
      </div>
    </>
  );
}

function countedText({ matched, looked, isAll }: SomeCounted): string {
  const found = countText(matched, 'job');
  return isAll ? `This is about ${found}.` : `At least ${found}, by a look at ${numberText(looked)} of them.`;
}

function Buttons({ order, counted }: { order: BulkRunOrder; counted: SomeCounted }): VNode | null {
  const { matched, isAll } = counted;
  if (isAll && matched === 0) return null;
  const isGrave = GRAVE.has(order.operation);
  if (isAll) return <RunForm order={order} label={wholeLabel(order.operation, matched)} isGrave={isGrave} />;
  const label = `${OPERATION_WORDS[order.operation]} all, however many`;
  return (
    <>
      <RunForm order={{ ...order, dryRun: true }} label="Count all first" />
      <RunForm order={order} label={label} isGrave={isGrave} />
    </>
  );
}

/** What the button says that changes so many jobs. */
export function wholeLabel(operation: BulkName, count: number): string {
  return `${OPERATION_WORDS[operation]} ${countText(count, 'job')}`;
}

function Chosen({ ids }: { ids: NonNullable<BulkRunOrder['ids']> }): VNode {
  const more = ids.length - MOST_SHOWN;
  return (
    <ul>
      {ids.slice(0, MOST_SHOWN).map(([queue, id]) => (
        <li key={`${queue} ${id}`}>
          <span class="id">{id}</span> of queue {queue}
        </li>
      ))}
      {more > 0 && <li>and {numberText(more)} more</li>}
    </ul>
  );
}
