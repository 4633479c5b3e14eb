import { guardedController } from '../../engine/pump/job-signal.ts';
import type { JobContext, JobDefinition } from '../../jobs/define.ts';
import type { NamedNode } from '../../jobs/named-plan.ts';
import type { JobOptions } from '../../jobs/options.ts';
import type { LinkedAddress, PlannedJob } from '../../jobs/planned-job.ts';
import type { SignalWaitOptions, WaitedSignal } from '../../jobs/signals.ts';
import type { ClientOf, TransactionOptions, TransactionPool } from '../../jobs/transaction.ts';
import type { DescribeWorkflow } from '../../jobs/workflow-builder.ts';
import type { Logger, LogLevel } from '../../logger.ts';
import { attemptEnded } from '../lost-claim.ts';
import type { SpawnedAddress, SpawnedWorkflow } from '../spawned-steps.ts';
import type { Calls, Effect } from './calls.ts';
import type { Asked, FromIsolate, SentFollowUp, SentJob } from './message.ts';
import { remoteLog } from './remote-log.ts';
import { transactionSteps } from './remote-transaction.ts';
import { unpackError } from './sent-error.ts';

/** What the `ctx` of a handler works with that runs elsewhere than its worker. */
export interface RemoteContextDeps {
  /** Which of the jobs it is that the worker has sent. */
  run: number;
  silent: readonly LogLevel[];
  tell: (message: FromIsolate) => void;
  calls: Calls;
}

/** What a handler sees of its job that runs elsewhere than its worker: the same as there. */
export class RemoteContext implements JobContext {
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  readonly attempt: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly schedule: JobContext['schedule'];
  readonly previous: unknown;
  readonly batch: JobContext['batch'];
  readonly workflow: JobContext['workflow'];
  readonly results: JobContext['results'];
  readonly #deps: RemoteContextDeps;
  #controller: AbortController | null = null;
  #log: Logger | null = null;
  #aborted: { reason: Error } | null = null;
  #fencing: Promise<number> | null = null;
  #hasEnded = false;

  constructor(job: SentJob, deps: RemoteContextDeps) {
    this.id = job.id;
    this.type = job.type;
    this.queue = job.queue;
    this.attempt = job.attempt;
    this.headers = job.headers;
    this.schedule = job.schedule;
    this.previous = job.previous;
    this.batch = job.batch;
    this.workflow = job.workflow;
    this.results = resultsOf(job);
    this.#deps = deps;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = guardedController();
      if (this.#aborted) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  get log(): Logger {
    const { run, silent, tell } = this.#deps;
    this.#log ??= remoteLog({ silent, say: (line) => tell({ tell: 'logs', run, line }) });
    return this.#log;
  }

  progress(value: unknown): Promise<void> {
    if (this.#hasEnded) return Promise.resolve();
    const told = this.#deps.calls.ask(this.#deps.run, { ask: 'progress', value }).then(() => undefined);
    // Most do not wait for it.
    told.catch(() => undefined);
    return told;
  }

  updateData(data: unknown): Promise<void> {
    return this.#ask<void>({ ask: 'updateData', data });
  }

  once<T>(key: string, effect: () => T | Promise<T>): Promise<T> {
    // What it resolves with is what the effect gave, as JSON has it; that T is such a value is the caller's word.
    return this.#ask<T>({ ask: 'once', key }, effect);
  }

  waitFor(name: string, options: SignalWaitOptions): Promise<WaitedSignal> {
    return this.#ask<WaitedSignal>({ ask: 'waitFor', name, options });
  }

  fencingNumber(): Promise<number> {
    this.#fencing ??= this.#ask<number>({ ask: 'fencingNumber' }).catch((error: unknown) => {
      // Redis may have been away: whoever asks again gets another answer.
      this.#fencing = null;
      throw error;
    });
    return this.#fencing;
  }

  transaction<Pool extends TransactionPool, T>(
    pool: Pool,
    run: (tx: ClientOf<Pool>) => T | PromiseLike<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const doStep = transactionSteps(pool, run);
    return this.#ask<T>({ ask: 'transaction', options }, (step) => step && doStep(step));
  }

  async follow<Input>(
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options: Omit<JobOptions, 'id'> = {},
  ): Promise<LinkedAddress> {
    return this.#ask<LinkedAddress>({ ask: 'follow', job: await sentJob(definition, data, options) });
  }

  async spawn<Input>(
    name: string,
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options: Omit<JobOptions, 'id' | 'unique' | 'group'> = {},
  ): Promise<SpawnedAddress> {
    return this.#ask<SpawnedAddress>({ ask: 'spawn', name, job: await sentJob(definition, data, options) });
  }

  async spawnWorkflow(name: string, describe: DescribeWorkflow): Promise<SpawnedWorkflow> {
    const { takeDown } = await import('../../jobs/named-plan.ts');
    const steps = await sentNodes(await takeDown('spawnWorkflow', describe));
    return this.#ask<SpawnedWorkflow>({ ask: 'spawnWorkflow', name, steps });
  }

  /** Tells the handler to stop, and why. */
  abort(reason: Error): void {
    this.#aborted ??= { reason };
    this.#controller?.abort(this.#aborted.reason);
  }

  /** Lets nothing be asked for any more. */
  end(): void {
    this.#hasEnded = true;
  }

  #ask<Answer>(asked: Asked, effect?: Effect): Promise<Answer> {
    if (this.#hasEnded) return Promise.reject(attemptEnded(this.id));
    return this.#deps.calls.ask(this.#deps.run, asked, effect);
  }
}

/** A job that is to be added, its data checked by the schema that is here. */
async function sentJob<Input>(
  definition: JobDefinition<Input, unknown>,
  data: Input,
  options: JobOptions,
): Promise<SentFollowUp> {
  // Most handlers add nothing.
  const { checkData, jobFor } = await import('../../jobs/planned-job.ts');
  // How long they may be, the worker says.
  const { json } = await checkData(jobFor(definition, data, options), Number.POSITIVE_INFINITY);
  const { type, queue, defaults } = definition;
  return { type, queue, defaults, json: json.text, options };
}

async function sentNodes(nodes: readonly NamedNode<PlannedJob>[]): Promise<NamedNode<SentFollowUp>[]> {
  const sent: NamedNode<SentFollowUp>[] = [];
  for (const node of nodes) {
    if ('steps' in node) {
      sent.push({ ...node, steps: await sentNodes(node.steps) });
      continue;
    }
    const { definition, data, options } = node.job;
    sent.push({ ...node, job: await sentJob(definition, data, options) });
  }
  return sent;
}

function resultsOf({ results, unread }: SentJob): JobContext['results'] {
  const given = { ...results };
  for (const [name, error] of Object.entries(unread)) {
    const get = (): never => {
      throw unpackError(error);
    };
    Object.defineProperty(given, name, { enumerable: false, configurable: true, get });
  }
  return given;
}
