import type { ActiveJob } from '../engine/pump/active-job.ts';

/** The handlers of a worker that go on although they were told to stop, and whose slots were taken from them. */
export class DeafHandlers {
  readonly #jobs = new Set<ActiveJob>();

  /** Keeps a job in mind until its handler ends. */
  add(job: ActiveJob, running: PromiseLike<unknown>): void {
    const forget = (): void => {
      this.#jobs.delete(job);
    };
    this.#jobs.add(job);
    running.then(forget, forget);
  }

  /** Their jobs, those that have gone on longest first. */
  get jobs(): ActiveJob[] {
    return [...this.#jobs];
  }
}
