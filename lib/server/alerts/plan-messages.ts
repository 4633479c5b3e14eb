import { createHash } from 'node:crypto';
import type { AlertState, StoredAlert, StoredMessage } from '../../inspector/inspector.ts';
import { keyOf } from './decide-alerts.ts';
import { type AlertChange, messageBody } from './message-text.ts';

/** When it is, and how what is sent says from where it comes. */
export interface MessagePlan {
  /** Epoch ms by the clock of Redis. */
  now: number;
  isQuiet: boolean;
  prefix: string;
}

/** With more changes at once there is one message for all. */
const MOST_SINGLE = 10;

/**
 * Decides what is to be sent: one message for each alert that fires or is over, one for all where they are many or were
 * held in quiet hours. What is planned counts as told, so nothing is planned while it is not known whether what was
 * planned before is on its way.
 */
export function planMessages(state: AlertState, plan: MessagePlan): AlertState {
  if (plan.isQuiet) return { ...state, isHeld: true };
  if (state.sending.length > 0) return state;
  const changes = state.alerts.filter(isChange).map(toChange);
  // Without any that fires, those that are left out would not have held for long enough either.
  const isMoreNew = state.more > 0 && !state.isMoreTold && changes.some(({ status }) => status === 'firing');
  const planned = { changes, more: isMoreNew ? state.more : 0 };
  return {
    ...state,
    alerts: state.alerts.filter(({ endedAt }) => endedAt === null).map(asTold),
    sending: messagesOf(planned, state.isHeld, plan),
    isHeld: false,
    isMoreTold: state.isMoreTold || isMoreNew,
  };
}

function isChange({ firedAt, endedAt, isTold }: StoredAlert): boolean {
  return endedAt === null ? firedAt !== null && !isTold : isTold;
}

function toChange(alert: StoredAlert): AlertChange {
  return { alert, status: alert.endedAt === null ? 'firing' : 'resolved' };
}

function asTold(alert: StoredAlert): StoredAlert {
  return { ...alert, isTold: alert.isTold || alert.firedAt !== null };
}

function messagesOf(
  { changes, more }: { changes: readonly AlertChange[]; more: number },
  isHeld: boolean,
  { now, prefix }: MessagePlan,
): StoredMessage[] {
  if (changes.length === 0) return [];
  if (isHeld || changes.length > MOST_SINGLE || more > 0) {
    return [{ id: `alerts-${now}`, body: messageBody({ changes, more, isHeld, prefix }) }];
  }
  return changes.map((change) => ({
    id: idOf(change),
    body: messageBody({ changes: [change], more: 0, isHeld, prefix }),
  }));
}

/** The same for the same change of the same case, whoever plans it. */
function idOf({ alert, status }: AlertChange): string {
  const of = createHash('sha256').update(keyOf(alert)).digest('hex').slice(0, 16);
  return `alert-${of}-${alert.firedAt}-${status}`;
}
