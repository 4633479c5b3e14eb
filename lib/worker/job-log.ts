import type { ActiveJob } from '../engine/pump/active-job.ts';
import { addLogLine, LINE_LENGTH, type StoredLogLine } from '../engine/record/record.ts';
import type { Outcome } from '../engine/record/settlement.ts';
import { coerceError } from '../errors.ts';
import { formatMessage } from '../log-text.ts';
import type { LogFields, Logger, LogLevel } from '../logger.ts';
import { redactFields, redactText } from '../redact.ts';
import { factsOf } from './facts.ts';

const NOT_KEPT: ReadonlySet<LogLevel> = new Set(['trace', 'debug']);
/** How long new lines wait at most until they are stored while the attempt goes on. */
const STORE_INTERVAL_MS = 1_000;

/**
 * The log of one attempt: what is logged at info and above goes into the record of the job too. It is stored with the
 * end of the attempt, and every second while there is something new.
 */
export class JobLog {
  /** For the handler; writes to the log of the process as well. */
  readonly logger: Logger;
  readonly #job: ActiveJob;
  readonly #processLog: Logger;
  #timer: NodeJS.Timeout | null = null;
  #isNew = false;
  #hasEnded = false;

  constructor(job: ActiveJob, processLog: Logger) {
    this.#job = job;
    this.#processLog = processLog;
    this.logger = this.#keeping(processLog.child({ ...factsOf(job) }), {});
  }

  /** Keeps no more lines. To be called before the outcome goes to Redis. */
  end(outcome: Outcome): void {
    this.#hasEnded = true;
    if (this.#timer) clearTimeout(this.#timer);
    // These leave the record as it is. What is sent now is there before the end: Redis keeps the order.
    if (this.#isNew && (outcome.kind === 'snoozed' || outcome.kind === 'interrupted')) this.#store();
  }

  #keeping(log: Logger, bound: LogFields): Logger {
    const both =
      (level: StoredLogLine['level']): Logger['info'] =>
      (message, fields) => {
        log[level](message, fields);
        this.#keep(level, message, { bound, fields });
      };
    return {
      trace: (message, fields) => log.trace(message, fields),
      debug: (message, fields) => log.debug(message, fields),
      info: both('info'),
      warn: both('warn'),
      error: both('error'),
      fatal: both('fatal'),
      child: (fields) => this.#keeping(log.child(fields), { ...bound, ...redactFields(fields) }),
      writes: (level) => !NOT_KEPT.has(level) || (log.writes?.(level) ?? true),
    };
  }

  #keep(level: StoredLogLine['level'], message: string, said: Said): void {
    if (this.#hasEnded) return;
    try {
      const line = { at: this.#job.now(), level, message: toText(message, said) };
      addLogLine(this.#job.editRecord().options, line);
    } catch {
      // A handler in plain JavaScript may pass anything; what cannot be logged must not fail what it is about.
      return;
    }
    this.#isNew = true;
    this.#storeSoon();
  }

  #storeSoon(): void {
    this.#timer ??= setTimeout(() => this.#store(), STORE_INTERVAL_MS).unref();
  }

  #store(): void {
    this.#isNew = false;
    const onTrouble = (thrown: unknown): void => {
      const facts = { ...factsOf(this.#job), err: coerceError(thrown) };
      this.#processLog.debug('the log of a running job could not be stored', facts);
    };
    this.#job
      .storeRecord()
      .catch(onTrouble)
      .then(() => {
        this.#timer = null;
        if (this.#isNew && !this.#hasEnded) this.#storeSoon();
      });
  }
}

/** What a line says beside its message: what its logger adds to all, and its own. */
interface Said {
  bound: LogFields;
  fields: LogFields | undefined;
}

function toText(message: string, { bound, fields }: Said): string {
  const all = redactFields({ ...bound, ...fields });
  const text = formatMessage(redactText(String(message)), all);
  return text.length > LINE_LENGTH ? `${text.slice(0, LINE_LENGTH - 1)}…` : text;
}
