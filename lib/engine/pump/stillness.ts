/**
 * Knows the calls under way by which jobs may come to a lane, and can wait until there is none and keep it so for a
 * while.
 *
 * Redis tells which claims there are in one answer and what was taken in another, and which of two that come together
 * is dealt with first is chance. Only while nothing of the kind is under way can the two be compared.
 */
export class Stillness {
  #underWay = 0;
  #onStill: (() => void) | null = null;

  /** Whether no call of the kind may begin. */
  get isKept(): boolean {
    return this.#onStill !== null;
  }

  /** A call begins. */
  begin(): void {
    this.#underWay++;
  }

  /** A call was answered, and what it brought is known. */
  end(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#onStill?.();
  }

  /** Makes such a call, from its beginning to its end. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    this.begin();
    try {
      return await call();
    } finally {
      this.end();
    }
  }

  /** Does something as soon as no call is under way; until it is done, none may begin. One at a time. */
  async within(work: () => Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onStill = resolve;
      if (this.#underWay === 0) resolve();
    });
    try {
      await work();
    } finally {
      this.#onStill = null;
    }
  }
}
