import type { ActiveJob } from '../engine/pump/active-job.ts';
import type { StoredFlow } from '../engine/record/record.ts';
import type { SpawnedStep } from '../engine/record/spawned-step.ts';
import { ApiaryError } from '../errors.ts';
import {
  type CheckedJob,
  checkData,
  draft,
  type LinkedAddress,
  type PlannedJob,
  refusal,
  sending,
} from '../jobs/planned-job.ts';
import { recordOfStep } from '../jobs/step-record.ts';
import type { DescribeWorkflow } from '../jobs/workflow-builder.ts';
import { isStepName } from '../jobs/workflow-scope.ts';
import { attemptEnded } from './lost-claim.ts';
import { planSpawned, type SpawnedPlan, spawnedParts } from './spawned-workflow.ts';

/** How many steps one attempt adds at most, a sub-workflow counting as two: all are stored in one step. */
const MOST_SPAWNED = 1_000;
/** How long the name of a step may get by those of the steps and workflows that it is in. */
const MOST_NAME_LENGTH = 10_000;

/** Where a step will be that an attempt adds, and its name in the workflow. */
export interface SpawnedAddress extends LinkedAddress {
  name: string;
}

/** Where the steps of a sub-workflow will be that an attempt adds, by their names in it. */
export interface SpawnedWorkflow {
  /** Its name in the whole workflow. */
  name: string;
  jobs: Record<string, LinkedAddress>;
}

/** The steps that an attempt adds to its workflow if it succeeds. */
export class SpawnedSteps {
  readonly #job: ActiveJob;
  readonly #maxDataBytes: number | undefined;
  readonly #steps: SpawnedStep[] = [];
  readonly #names = new Set<string>();
  #hasEnded = false;

  /** The data of one may have so many bytes as JSON; by default a mebibyte. */
  constructor(job: ActiveJob, maxDataBytes?: number) {
    this.#job = job;
    this.#maxDataBytes = maxDataBytes;
  }

  /** Takes note of a step; resolves with where its job will be. */
  async add(name: string, planned: PlannedJob): Promise<SpawnedAddress> {
    this.#requireFree('spawn', name);
    this.#names.add(name);
    const checking = checkData(planned, this.#maxDataBytes);
    const checked = checking instanceof Promise ? await checking : checking;
    return sending([checked], async ([traced = checked]) => this.#register(name, traced));
  }

  /** Takes note of a sub-workflow; resolves with where its jobs will be. */
  async addWorkflow(name: string, describe: DescribeWorkflow): Promise<SpawnedWorkflow> {
    const whole = this.#requireFree('spawnWorkflow', name);
    this.#names.add(name);
    const plan = await planSpawned(whole, describe, this.#parent('spawnWorkflow').within ?? []);
    this.#requireRoom('spawnWorkflow', plan.nodes.length);
    const checked: CheckedJob[] = [];
    for (const step of plan.steps) {
      const checking = checkData(step, this.#maxDataBytes);
      checked.push(checking instanceof Promise ? await checking : checking);
    }
    return sending(checked, async (traced) => this.#registerAll(whole, plan, traced));
  }

  /** The steps that were noted; none can be after this. To be called before the outcome goes to Redis. */
  end(): readonly SpawnedStep[] {
    this.#hasEnded = true;
    return this.#steps;
  }

  #register(name: string, planned: CheckedJob): SpawnedAddress {
    if (this.#hasEnded) throw attemptEnded(this.#job.id);
    this.#requireRoom('spawn', 1);
    const parent = this.#parent('spawn');
    const { keyring } = this.#job.sealing;
    const drafted = draft(planned, { now: this.#job.now(), path: 'spawn', keyring });
    const { id, queue, type } = drafted;
    const flow = { ...parent, step: `${parent.step}/${name}` };
    this.#steps.push({ name, type, queue, id, ...recordOfStep(drafted, flow, keyring), ties: '' });
    return { name: flow.step, id, queue, type };
  }

  #registerAll(whole: string, plan: SpawnedPlan, traced: readonly CheckedJob[]): SpawnedWorkflow {
    if (this.#hasEnded) throw attemptEnded(this.#job.id);
    this.#requireRoom('spawnWorkflow', plan.nodes.length);
    const { keyring } = this.#job.sealing;
    const rules = { now: this.#job.now(), keyring };
    const drafts = traced.map((job, at) => draft(job, { ...rules, path: `steps.${plan.steps[at]?.name}` }));
    const parts = spawnedParts(plan, drafts, {
      parent: this.#parent('spawnWorkflow'),
      own: this.#job.queue,
      isSpread: plan.steps.some(({ definition }) => !this.#job.reaches(definition.queue)),
      keyring,
    });
    this.#steps.push(...parts);
    const jobs = plan.steps.map(
      ({ name }, at) => [name.slice(whole.length + 1), addressOf(drafts[at])] as const,
    );
    return { name: whole, jobs: Object.fromEntries(jobs) };
  }

  #parent(call: string): StoredFlow {
    const flow = this.#job.record.options.links?.flow;
    if (flow) return flow;
    throw new ApiaryError('JOB_INVALID', `${call}: job ${this.#job.id} is no step of a workflow`);
  }

  /** Returns the name that it will have in the whole workflow. */
  #requireFree(call: string, name: unknown): string {
    const { step } = this.#parent(call);
    const path = `${call}.name`;
    if (!isStepName(name)) throw refusal(path, 'must be one that a step of a workflow can have');
    if (this.#names.has(name)) throw refusal(path, `is there twice: ${name}`);
    this.#requireRoom(call, 1);
    const whole = `${step}/${name}`;
    if (whole.length <= MOST_NAME_LENGTH) return whole;
    throw refusal(
      path,
      `is ${whole.length} characters long with those of the steps that added it, at most ${MOST_NAME_LENGTH}`,
    );
  }

  #requireRoom(call: string, count: number): void {
    if (this.#steps.length + count <= MOST_SPAWNED) return;
    throw new ApiaryError('JOB_INVALID', `${call}: one attempt adds at most ${MOST_SPAWNED} steps`);
  }
}

function addressOf(drafted: LinkedAddress | undefined): LinkedAddress {
  return { id: drafted?.id ?? '', queue: drafted?.queue ?? '', type: drafted?.type ?? '' };
}
