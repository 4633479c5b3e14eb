import { readError } from '../../error-facts.ts';
import { ApiaryError, coerceError } from '../../errors.ts';
import type { JobContext } from '../../jobs/define.ts';
import type { Isolation } from '../../jobs/isolation.ts';
import type { HostEnd } from './host.ts';

const OUT_OF_MEMORY = 'ERR_WORKER_OUT_OF_MEMORY';

/** With what an attempt fails whose thread or process has ended, by an error or as said; null: it had before. */
export function crashed({ isolate, maxMemoryMb }: Isolation, end: HostEnd | null): ApiaryError {
  if (end === null) return crash(`the ${isolate} of the handler had ended`);
  const { how, error } = end;
  if (error === null)
    return crash(`the ${isolate} of the handler ended ${how}${hintOf(how)} while it ran the job`);
  const { message, code } = readError(error);
  const limit = maxMemoryMb === null ? '' : `, of which it may have ${maxMemoryMb} MiB`;
  const why =
    code === OUT_OF_MEMORY ? `it had no memory left${limit}` : `nobody handled an error: ${message}`;
  return crash(`the ${isolate} of the handler ended while it ran the job, as ${why}`, error);
}

/** With what an attempt fails whose thread or process had more memory than it may have. */
export function outgrown({ isolate, maxMemoryMb }: Isolation, memoryMb: number): ApiaryError {
  return crash(
    `the ${isolate} of the handler was ended: it had ${memoryMb} MiB, and may have ${maxMemoryMb}`,
  );
}

/** With what an attempt fails whose data cannot be sent. */
export function unsendable({ type }: JobContext, thrown: unknown): ApiaryError {
  const { message } = coerceError(thrown);
  const text = `data of ${type}, as its schema made them, cannot be sent to an isolated handler: ${message}`;
  return new ApiaryError('HANDLER_INVALID', text, { cause: thrown });
}

function hintOf(how: string): string {
  return how === 'by SIGABRT' || how === 'with code 134' ? ' (an abort, or it had no memory left)' : '';
}

function crash(message: string, cause?: unknown): ApiaryError {
  return new ApiaryError('HANDLER_CRASHED', message, cause === undefined ? {} : { cause });
}
