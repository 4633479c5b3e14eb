import type { Span, TimesSlot } from '../../../inspector/inspector.ts';

/** What a slot is called by when it begins, by UTC: `14:05`, `11-29 14:15`, `2026-11-29`. */
const LABELS: Readonly<Record<Span, (iso: string) => string>> = {
  hour: (iso) => iso.slice(11, 16),
  day: (iso) => `${iso.slice(5, 10)} ${iso.slice(11, 16)}`,
  '90days': (iso) => iso.slice(0, 10),
};

/** What each span is called. */
export const SPAN_TEXTS: Readonly<Record<Span, string>> = {
  hour: 'last hour',
  day: 'last day',
  '90days': 'last 90 days',
};

/** Names the slots of a span. */
export function slotLabel(span: Span): (slot: Pick<TimesSlot, 'at'>) => string {
  return ({ at }) => LABELS[span](new Date(at).toISOString());
}
