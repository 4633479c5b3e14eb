import type { VNode } from 'preact';
import type { StepInfo, StepState, WorkflowInfo } from '../../../inspector/inspector.ts';
import { countText, numberText } from '../../../texts.ts';
import { ActionButton } from '../action-button.tsx';
import { actionAddress, jobAddress, workflowAddress } from '../addresses.ts';
import { TableHead } from '../table-head.tsx';
import { type DrawnStep, drawnSteps } from './drawn-steps.ts';
import { layersOf } from './step-layers.ts';
import { StepMark } from './step-shape.tsx';

/** Which steps of a workflow the table shows. */
export interface ShownSteps {
  /** Null for those in any state. */
  state: StepState | null;
  /** How many are passed over. */
  from: number;
}

/** A workflow, and which of its steps are asked for. */
export interface StepsSectionProps {
  flow: WorkflowInfo;
  shown: ShownSteps;
  /** Whether its steps have buttons. */
  canChange: boolean;
}

/** How many rows the table has at most, and how many names a cell. */
const MOST_ROWS = 100;
const MOST_NAMES = 10;

/** The steps of a workflow as a table, in the order of the picture, a hundred at a time. */
export function StepsSection({ flow, shown, canChange }: StepsSectionProps): VNode {
  const { state, from } = shown;
  const inOrder = layersOf(drawnSteps(flow)).flat();
  const steps = state === null ? inOrder : inOrder.filter((step) => step.state === state);
  const rows = steps.slice(from, from + MOST_ROWS);
  return (
    <section id="steps" aria-labelledby="steps-title">
      <header>
        <h2 id="steps-title">Steps</h2>
        <p class="aside">{shownText(shown, rows.length, steps.length)}</p>
      </header>
      <div class="scroller">
        <table aria-labelledby="steps-title">
          <TableHead columns={['Step', 'State', 'Type', 'Job', 'Comes after']} hasButtons={canChange} />
          <tbody>
            {rows.map((step) => (
              <StepRow key={step.name} flow={flow} step={step} canChange={canChange} />
            ))}
          </tbody>
        </table>
      </div>
      <Onward flow={flow} shown={shown} total={steps.length} />
    </section>
  );
}

function shownText({ state, from }: ShownSteps, count: number, total: number): string {
  const what = `${state === null ? '' : `${state} `}step`;
  if (count === total) return `All ${countText(total, what)}`;
  if (count === 0) return `None of ${countText(total, what)}`;
  return `${numberText(from + 1)} to ${numberText(from + count)} of ${countText(total, what)}`;
}

function Onward(props: { flow: WorkflowInfo; shown: ShownSteps; total: number }): VNode | null {
  const { flow, shown, total } = props;
  const { state, from } = shown;
  const own = state === null ? {} : { state };
  const addressFrom = (at: number): string =>
    workflowAddress(flow.queue, flow.id, { ...own, from: String(Math.max(0, at)) });
  if (state === null && total <= MOST_ROWS && from === 0) return null;
  return (
    <p class="inside">
      {from > 0 && <a href={addressFrom(from - MOST_ROWS)}>Those before</a>}{' '}
      {from + MOST_ROWS < total && <a href={addressFrom(from + MOST_ROWS)}>Those after</a>}{' '}
      {state !== null && <a href={workflowAddress(flow.queue, flow.id, {})}>Steps in every state</a>}
    </p>
  );
}

function StepRow(props: { flow: WorkflowInfo; step: DrawnStep; canChange: boolean }): VNode {
  const { flow, step, canChange } = props;
  const { name, state, job } = step;
  return (
    <tr id={`step-${name}`}>
      <th scope="row">{name}</th>
      <td>
        <StepMark state={state} />
      </td>
      <td>
        {job ? job.type : 'workflow'}
        {job && job.queue !== flow.queue && <span class="note">in queue {job.queue}</span>}
      </td>
      <td>
        {job && (
          <a class="id" href={jobAddress(job.queue, job.id)}>
            {job.id}
          </a>
        )}
      </td>
      <td>{afterText(step)}</td>
      {canChange && <td class="doings">{hasEnded(step) && <RerunButton flow={flow} step={name} />}</td>}
    </tr>
  );
}

function hasEnded({ state }: DrawnStep): boolean {
  return state === 'succeeded' || state === 'failed';
}

/** What a step comes after, and by which rule. */
function afterText({ after, when, addedBy }: DrawnStep): string {
  if (addedBy !== null && after.every((name) => name === addedBy)) return `${addedBy}, which has added it`;
  const names = after.slice(0, MOST_NAMES).join(', ');
  const more = after.length > MOST_NAMES ? ` and ${numberText(after.length - MOST_NAMES)} more` : '';
  return `${names}${more}${when === 'succeeded' ? '' : `, when ${RULE_TEXTS[when]}`}`;
}

const RULE_TEXTS: Readonly<Record<Exclude<StepInfo['when'], 'succeeded'>, string>> = {
  ended: 'all have ended in whatever way',
  any: 'any has succeeded',
  failed: 'one has failed',
};

function RerunButton({ flow: { queue, id }, step }: { flow: WorkflowInfo; step: string }): VNode {
  return (
    <ActionButton
      action={actionAddress('queues', queue, 'workflows', id, 'steps', step, 'rerun')}
      label="Run again"
      name={`Run again: step ${step}`}
      confirm={`Run step ${step} again, and all steps that come after it?`}
    />
  );
}
