import { randomUUID } from 'node:crypto';
import type { VNode } from 'preact';
import { ApiaryError } from '../../../errors.ts';
import type { BulkRunOrder } from '../../../inspector/inspector.ts';
import { actionAddress } from '../addresses.ts';
import { firstOf } from '../read-form.ts';

/** What a button that begins a run says and does. */
export interface RunFormProps {
  order: BulkRunOrder;
  label: string;
  /** Whether it destroys something. */
  isGrave?: boolean;
}

const FIELD = 'order';

/** A button that begins a run. Its address has the id of the run: pressed twice, it is one run. */
export function RunForm({ order, label, isGrave = false }: RunFormProps): VNode {
  return (
    <form method="post" action={actionAddress('runs', randomUUID())} class="action">
      <input type="hidden" name={FIELD} value={JSON.stringify(order)} />
      <button type="submit" class={isGrave ? 'grave' : undefined}>
        {label}
      </button>
    </form>
  );
}

/** Reads what such a form asks for; whether it can be, its inspector says. Throws JOB_INVALID for what is no form. */
export function readRunForm(form: unknown): BulkRunOrder {
  const order = parse(firstOf(form, FIELD));
  if (order !== null && typeof order === 'object') return order;
  throw new ApiaryError('JOB_INVALID', 'the form does not say what is to be done: go back to the search');
}

function parse(text: string): BulkRunOrder | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
