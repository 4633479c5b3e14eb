import { type ReencryptStep, reencryptStep } from '../engine/repairs/reencrypt.ts';
import { requireNamed } from '../require-given.ts';
import { type ForgetStep, type ForgetStepOrder, forgetInQueue } from './forget.ts';
import type { Room } from './room.ts';

export type { ReencryptStep } from '../engine/repairs/reencrypt.ts';

/** Looks after what is private of jobs; `inspector.privacy`. */
export class PrivacyInspector {
  readonly #room: (queue: string) => Room;
  readonly #prefix: string;

  constructor(room: (queue: string) => Room, prefix: string) {
    this.#room = room;
    this.#prefix = prefix;
  }

  /**
   * Encrypts some of what a queue keeps anew, by the first of the keys that this inspector was given: jobs in any
   * state, schedules, batches, workflows. What is so already stays. Go on with its cursor until that is null; a walk
   * that was broken off may begin anew. Workers go on meanwhile: what changes at that moment counts as `missed`, and
   * another walk finds it. Throws ENCRYPTION_KEY_MISSING without keys, JOB_INVALID for a cursor that cannot be.
   */
  reencrypt(queue: string, options: { cursor?: string | null } = {}): Promise<ReencryptStep> {
    const { cursor = null } = requireNamed('privacy.reencrypt', ['cursor'], options);
    return reencryptStep(this.#room(queue), cursor);
  }

  /**
   * Removes some of what a queue keeps of a person: their jobs in any state, and what others have of them; see
   * `inspector.forget`. Go on with its cursor until that is null; a walk that was broken off may begin anew. Throws
   * JOB_INVALID for an order or a cursor that cannot be.
   */
  forget(queue: string, order: ForgetStepOrder): Promise<ForgetStep> {
    return forgetInQueue({ ...this.#room(queue), prefix: this.#prefix }, order);
  }
}
