import type { Finding } from '../carry/finding.ts';
import { CHANGED, type ChangedWhat, LEFT_OUT, type LeftWhy, NO_LOSS } from '../carry/remarks.ts';
import { escapeControls } from '../log-text.ts';
import { numberText } from '../texts.ts';

/** How many are not as they were, or stay, for one reason; a few of them by name. */
export interface Remark {
  text: string;
  count: number;
  examples: string[];
}

/** What is to be said of what was found, beside how much was stored. */
export interface Remarks {
  left: (Remark & { why: LeftWhy; isLoss: boolean })[];
  changed: (Remark & { what: ChangedWhat })[];
}

const MOST_EXAMPLES = 5;

/** Counts what stays and what changes, by why; as large however much that is. */
export class Notes {
  readonly #left = new Map<LeftWhy, { count: number; examples: string[] }>();
  readonly #changed = new Map<ChangedWhat, { count: number; examples: string[] }>();

  note(finding: Finding): void {
    if (finding.kind === 'left') {
      count(this.#left, finding.why, finding);
      return;
    }
    for (const what of finding.changed)
      count(this.#changed, what, { count: 1, names: [nameOf(finding.moved)] });
  }

  /** All of it, most first. */
  told(): Remarks {
    const left = [...this.#left].map(([why, one]) => {
      return { why, text: LEFT_OUT[why], isLoss: !NO_LOSS.includes(why), ...one };
    });
    const changed = [...this.#changed].map(([what, one]) => ({ what, text: CHANGED[what], ...one }));
    return { left: left.sort(mostFirst), changed: changed.sort(mostFirst) };
  }
}

function count<Why>(
  counts: Map<Why, { count: number; examples: string[] }>,
  why: Why,
  more: { count: number; names: readonly string[] },
): void {
  const known = counts.get(why) ?? { count: 0, examples: [] };
  known.count += more.count;
  const room = Math.max(0, MOST_EXAMPLES - known.examples.length);
  known.examples.push(...more.names.slice(0, room).map((name) => name.slice(0, LONGEST_EXAMPLE)));
  counts.set(why, known);
}

const LONGEST_EXAMPLE = 100;

function nameOf(moved: Extract<Finding, { kind: 'moved' }>['moved']): string {
  switch (moved.kind) {
    case 'job':
    case 'member':
      return moved.id;
    case 'schedule':
      return moved.schedule.name;
    case 'limits':
      return 'limits';
    default:
      return moved satisfies never;
  }
}

function mostFirst(one: Remark, other: Remark): number {
  return other.count - one.count;
}

/** Says all of it, a line for each reason. */
export function remarksText({ left, changed }: Remarks): string {
  const lines = [
    ...left.map(({ isLoss, ...one }) => `${isLoss ? 'left out' : 'not needed'}: ${lineOf(one)}`),
    ...changed.map((one) => `changed: ${lineOf(one)}`),
  ];
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}

function lineOf({ count, text, examples }: Remark): string {
  const names = examples.map((name) => JSON.stringify(name)).join(', ');
  const such = names === '' ? '' : `, ${count > examples.length ? 'such as ' : ''}${names}`;
  return `${numberText(count)}${such}: ${count === 1 ? 'it' : 'each'} ${text}`;
}
