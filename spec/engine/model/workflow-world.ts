import { expect } from 'chai';
import { z } from 'zod';
import { systemClock } from '../../../lib/clock.ts';
import { type Gate, type Join, planOf, stateOf } from '../../../lib/engine/links/flow-node.ts';
import { StepSweeper } from '../../../lib/engine/links/step-sweeper.ts';
import { openRecord } from '../../../lib/engine/record/new-job.ts';
import { makeJobId } from '../../../lib/engine/record/record.ts';
import type { SpawnedStep } from '../../../lib/engine/record/spawned-step.ts';
import { archiveJob } from '../../../lib/engine/repairs/withdraw.ts';
import { Inspector, type StepInfo } from '../../../lib/inspector/inspector.ts';
import { defineJob } from '../../../lib/jobs/define.ts';
import { Producer } from '../../../lib/jobs/producer.ts';
import { queueOf } from '../../support/batch.ts';
import { buryWorkers } from '../../support/burial.ts';
import { outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { type Described, Drawn, describeAll } from './described-workflow.ts';
import type { Act } from './workflow-acts.ts';
import {
  ADDED_WORKFLOW,
  type ModelAddition,
  type ModelStep,
  type StepMark,
  WorkflowModel,
} from './workflow-model.ts';

const SHOWN: Readonly<Record<StepMark, readonly string[]>> = {
  w: ['awaiting'],
  r: ['waiting', 'delayed', 'active'],
  s: ['succeeded'],
  f: ['failed'],
  g: ['failed'],
  x: ['skipped'],
  d: [],
};

/** What a step has beside its ties. */
const NO_JOB = { type: '', queue: '', id: '', reads: [], isRead: false, start: '', before: '', behind: '' };

/** Where a workflow is, and what is done after each thing that is done to it. */
export interface WorldPlace {
  engines: readonly [SpecEngine, SpecEngine];
  settled?: () => Promise<void>;
}

/** A workflow in two queues, its model, and what is done to it. */
export class WorkflowWorld {
  readonly engines: readonly [SpecEngine, SpecEngine];
  readonly model: WorkflowModel;
  readonly inspector: Inspector;
  readonly #graph: readonly Described[];
  readonly #steps: ModelStep[];
  readonly #settled: () => Promise<void>;
  #names: string[] = [];
  #ids: string[] = [];
  #queue = '';
  #id = '';

  /** `settled` is called after each thing that was done. */
  constructor(
    graph: readonly Described[],
    policy: 'continue' | 'stop',
    { engines, settled = async () => undefined }: WorldPlace,
  ) {
    this.engines = engines;
    this.#settled = settled;
    this.#graph = graph;
    const { steps, names } = new Drawn(graph);
    this.#steps = [...steps];
    this.#names = names;
    this.model = new WorkflowModel(steps, policy);
    this.inspector = new Inspector({ client: this.engines[0].client });
    this.policy = policy;
  }

  readonly policy: 'continue' | 'stop';

  /** Stores it. */
  async add(): Promise<void> {
    const kinds = this.engines.map((engine) =>
      defineJob({ type: 'step', queue: queueOf(engine), schema: z.any() }),
    );
    const added = await new Producer({ client: this.engines[0].client }).addWorkflow(
      (builder) => describeAll(builder, this.#graph, kinds),
      { onFailure: this.policy },
    );
    this.#ids = this.#names.map((name) => added.jobs[name]?.id ?? '');
    this.#queue = added.queue;
    this.#id = added.id;
    await this.#settled();
  }

  #engineOf(n: number): SpecEngine {
    return this.engines[this.#steps[n]?.queue ?? 0];
  }

  /** Does one thing, to the workflow and to its model. */
  async apply(one: Act): Promise<void> {
    await this.#apply(one);
    await this.#settled();
  }

  async #apply(one: Act): Promise<void> {
    if (one.do === 'run') {
      await this.#run(one);
      return;
    }
    if (one.do === 'die') return this.#die(one.queue);
    if (one.do === 'sweep') {
      for (const engine of this.engines) await new StepSweeper().sweep(engine);
      return;
    }
    if (one.do === 'cancel') return this.#cancel();
    const n = one.at % this.#steps.length;
    const id = this.#ids[n] ?? '';
    const engine = this.#engineOf(n);
    const was = this.model.marks[n];
    if (one.do === 'rerun') return this.#rerun(n);
    if (!this.model.hasJob(n)) return;
    if (one.do === 'retry' && (await engine.store.retry(id, 0)).done) this.model.move(n, 'r');
    if (one.do === 'archive' && (await archiveJob(engine, id, { by: 'ops', at: 1 })).done)
      this.model.move(n, 'f');
    if (one.do === 'remove' && (await engine.store.remove(id)) !== null && was !== 's')
      this.model.move(n, 'g');
  }

  /** False where the queue had no job to run. */
  async #run({ queue: place, as: how, again, spawns: added }: Act & { do: 'run' }): Promise<boolean> {
    const session = this.engines[place].session();
    const [taken] = await take(session, 1);
    if (!taken) return false;
    const n = this.#stepOf(taken.id);
    const isAdding = how === 'succeeded' && added.length > 0 && n >= 0;
    const children = isAdding ? this.#children(n, added) : [];
    const outcome = {
      succeeded: isAdding ? { ...outcomes.succeeded, follows: [], spawns: children } : outcomes.succeeded,
      failed: outcomes.failed,
      retried: outcomes.retryIn(0),
      interrupted: outcomes.interrupted,
    }[how];
    await settle(session, [taken, outcome]);
    // As ioredis does when the answer is lost.
    if (again) await settle(session, [taken, outcome]);
    if (isAdding) this.model.spawn(n, added);
    else if (n >= 0 && how === 'succeeded') this.model.move(n, 's');
    else if (n >= 0 && how === 'failed') this.model.move(n, 'f');
    return true;
  }

  /** Less than 0 for a job of before its step was run again, or was gone. */
  #stepOf(id: string): number {
    return this.#ids.findIndex((one, n) => one === id && this.model.marks[n] !== 'd');
  }

  #children(n: number, added: readonly ModelAddition[]): SpawnedStep[] {
    return added.flatMap((addition, nth) =>
      addition === 'workflow' ? this.#addedWorkflow(n, `c${nth}`) : [this.#child(n, `c${nth}`, addition)],
    );
  }

  /** From its gate to its join. */
  #addedWorkflow(n: number, name: string): SpawnedStep[] {
    return ADDED_WORKFLOW.map(({ after, when, queue: place, to, from }, at) => {
      const next = ADDED_WORKFLOW.flatMap((one, nth) => (one.after.includes(at) ? [nth] : []));
      const ends = { ...(to !== undefined && { to }), ...(from !== undefined && { from }) };
      const node = { name, when, after, next, ...ends };
      const own = to === undefined && from === undefined ? `${name}/s${at}` : name;
      const child = this.#child(n, own, place);
      this.#steps[this.#steps.length - 1] = { after, when, queue: place, ...ends };
      // Else it would be told from what it is by its having a job.
      const written = 'from' in ends || 'to' in ends ? (node as Gate | Join) : { ...node, ...NO_JOB };
      const ties = JSON.stringify({ plan: planOf(written), state: stateOf(written), next, reads: [] });
      if (own !== name) return { ...child, ties };
      this.#ids[this.#ids.length - 1] = '';
      return { ...child, id: '', before: '', behind: '', ties };
    });
  }

  #child(n: number, name: string, place: 0 | 1): SpawnedStep {
    const flow = { id: this.#id, queue: this.#queue, step: `${this.#names[n]}/${name}` };
    const id = makeJobId(systemClock.now());
    this.#steps.push({ after: [n], when: 'succeeded', queue: place });
    this.#names.push(flow.step);
    this.#ids.push(id);
    const record = openRecord('1', { type: 'step', links: { flow } });
    return {
      name,
      type: 'step',
      queue: queueOf(this.engines[place]),
      id,
      start: '',
      ties: '',
      ...record,
    };
  }

  async #die(place: 0 | 1): Promise<void> {
    const engine = this.engines[place];
    const [taken] = await take(engine.session(), 1);
    await buryWorkers(engine.client, engine.keys);
    // After the third loss.
    const n = this.#stepOf(taken?.id ?? '');
    if (taken && n >= 0 && (await engine.state(taken.id)) === 'failed') this.model.move(n, 'f');
  }

  async #rerun(n: number): Promise<void> {
    // What is gone may have left its name to another step; and a gate has none.
    if (this.model.marks[n] === 'd' || this.#steps[n]?.to !== undefined) return;
    const { done } = await this.inspector.workflows.rerun(this.#queue, this.#id, this.#names[n] ?? '');
    expect(done, `step ${n} runs again`).to.equal(this.model.rerun(n));
    const found = await this.inspector.workflows.get(this.#queue, this.#id);
    this.#ids = this.#names.map((name, at) => {
      if (this.model.marks[at] === 'd' || !this.model.hasJob(at)) return this.#ids[at] ?? '';
      return found?.steps.find((step) => step.name === name)?.id ?? '';
    });
  }

  async #cancel(): Promise<void> {
    const started = this.model.marks.flatMap((mark, n) => (mark === 'r' ? [n] : []));
    await this.inspector.workflows.cancel(this.#queue, this.#id, 'ops');
    this.model.cancel();
    for (const n of started) this.model.move(n, 'f');
  }

  /** Lets all that is left succeed; the order is that of the queues. */
  async drain(): Promise<void> {
    for (let ran = true; ran; ) {
      ran = false;
      for (const queue of [0, 1] as const) {
        const hasRun = await this.#run({ do: 'run', queue, as: 'succeeded', again: false, spawns: [] });
        await this.#settled();
        ran ||= hasRun;
      }
    }
  }

  /** Compares it with its model. */
  async check(): Promise<void> {
    const found = await this.inspector.workflows.get(this.#queue, this.#id);
    const { open, failed, retryable, state } = this.model;
    expect(found).to.include({ open, failed, retryable, state });
    const names = this.#names.filter((_name, n) => this.model.marks[n] !== 'd' && this.model.hasJob(n));
    expect(found?.steps.map(({ name }) => name)).to.deep.equal(names);
    for (const [n, mark] of this.model.marks.entries())
      await this.#checkStep(
        n,
        mark,
        found?.steps.find(({ name }) => name === this.#names[n]),
      );
    for (const { name, state } of found?.workflows ?? []) this.#checkWorkflow(name, state);
    const isOver = open === 0 && retryable === 0;
    expect(found?.goneInMs === null, 'it stays').to.equal(!isOver);
    const listed = await Promise.all(this.engines.map(({ client, keys }) => client.hkeys(keys.steps)));
    const tied = this.#ids.filter((_id, n) => this.#isTied(n));
    // In another slot, jobs of before a step was run again, or went with that, are known as long as they are there.
    const known = listed.flat().filter((id) => !this.#isApart || this.#stepOf(id) >= 0);
    expect(known.sort()).to.deep.equal(tied.sort());
  }

  /** Whether its queues are in slots of their own: there a step is known once it has started. */
  get #isApart(): boolean {
    return this.engines[0].keys.isTagged;
  }

  #isTied(n: number): boolean {
    if (!this.model.hasJob(n)) return false;
    const isAway = this.#isApart && queueOf(this.#engineOf(n)) !== this.#queue;
    return (isAway ? ['r', 'f'] : ['w', 'r', 'f']).includes(this.model.marks[n] ?? '');
  }

  #checkWorkflow(name: string, state: string): void {
    const n = this.#names.findIndex(
      (one, at) => one === name && this.#steps[at]?.from !== undefined && this.model.marks[at] !== 'd',
    );
    const mark = this.model.marks[n] ?? 'd';
    const shown = mark === 'w' ? ['awaiting', 'active'] : SHOWN[mark];
    expect(shown, `workflow ${name} is ${mark}`).to.include(state);
  }

  async #checkStep(n: number, mark: StepMark, shown: StepInfo | undefined): Promise<void> {
    if (mark === 'd' || !this.model.hasJob(n)) return;
    const engine = this.#engineOf(n);
    const id = this.#ids[n] ?? '';
    expect(SHOWN[mark], `step ${n} is ${mark}`).to.include(shown?.state);
    const state = await engine.state(id);
    if (mark === 'w' || mark === 'x' || mark === 'g') expect(state, `the job of step ${n}`).to.equal(null);
    else if (mark !== 's') expect(SHOWN[mark], `the job of step ${n}`).to.include(state);
  }
}
