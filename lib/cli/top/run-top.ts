import { systemClock } from '../../clock.ts';
import { isPassing } from '../../errors.ts';
import { addressOf } from '../../redis/address.ts';
import { toUnavailable } from '../../redis/unavailable.ts';
import type { Call, Connection } from '../command.ts';
import { CommandFailure, EXIT, failureOf } from '../exit-code.ts';
import { jobText } from '../job-text.ts';
import { type Act, carryOut } from './acts.ts';
import { type Looks, openLooks } from './looks.ts';
import { opened, press, type Step, type Wish } from './press.ts';
import type { Screen } from './screen.ts';
import { FIRST_STATE, type TopState, withFacts, withJob, withNames } from './state.ts';
import { type Frame, namesToRead, reachOf, viewOf } from './view.ts';

/** Shows the view until somebody ends it. Rejects, with the terminal given back, where it cannot be drawn. */
export async function runTop(call: Call, connection: Connection, everyMs: number): Promise<void> {
  let end = (_error?: Error): void => {};
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve());
  });
  const run = new TopRun(call, connection, end);
  const screen = await call.terminal.openScreen({
    key: (key) => run.key(key),
    changed: () => run.changed(),
    left: () => end(),
  });
  const over = new AbortController();
  run.open(screen);
  try {
    await Promise.race([ended, run.lookEvery(everyMs, over.signal)]);
  } finally {
    over.abort();
    screen.close();
  }
}

/** What the view is made from, and what is done about it. */
class TopRun {
  readonly #call: Call;
  readonly #connection: Connection;
  readonly #looks: Looks;
  readonly #end: (error?: Error) => void;
  #screen: Screen | null = null;
  #state: TopState = FIRST_STATE;
  #jobText = '';
  #isDrawing = false;
  #wake: AbortController = new AbortController();

  constructor(call: Call, connection: Connection, end: (error?: Error) => void) {
    // A warning on standard error would stand in the middle of the screen.
    const err = (text: string): void => this.#say(text.trim());
    this.#call = { ...call, terminal: { ...call.terminal, err } };
    this.#connection = connection;
    this.#looks = openLooks(connection.inspector, () => systemClock.elapsed());
    this.#end = end;
  }

  open(screen: Screen): void {
    this.#screen = screen;
    this.drawSoon();
  }

  /** Looks now, whenever a look is asked for, and so long after the last one; ends with the signal. */
  async lookEvery(everyMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      await this.#look();
      await systemClock.sleep(everyMs, AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  key(key: string): void {
    if (this.#screen) this.#take(press(this.#state, key, reachOf(this.#state, this.#frame(this.#screen))));
  }

  /** The screen has another size, or shows nothing of ours any more. */
  changed(): void {
    this.drawSoon();
    this.#lookForMissing();
  }

  /** Once, for all that changes in this turn. */
  drawSoon(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    setImmediate(() => {
      this.#isDrawing = false;
      try {
        if (this.#screen) this.#screen.draw(viewOf(this.#state, this.#frame(this.#screen)));
      } catch (error) {
        this.#end(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  #take({ state, wish }: Step): void {
    this.#become(state);
    if (wish !== null) this.#grant(wish);
    this.#lookForMissing();
  }

  #grant(wish: Wish): void {
    switch (wish.kind) {
      case 'quit':
        this.#end();
        break;
      case 'suspend':
        this.#screen?.suspend();
        break;
      case 'redraw':
        this.#screen?.forget();
        break;
      case 'look':
        this.#wake.abort();
        break;
      case 'act':
        void this.#act(wish.act);
        break;
      case 'find':
        void this.#find(wish.words);
        break;
      default:
        wish satisfies never;
    }
  }

  async #act(act: Act): Promise<void> {
    this.#say('…');
    await this.#telling(() => carryOut(this.#call, this.#connection.inspector, act));
    this.#looks.forget();
    this.#wake.abort();
  }

  async #find(words: readonly string[]): Promise<void> {
    await this.#telling(async () => {
      const [queueOrId = '', id] = words;
      const found = id === undefined ? await this.#onlyOne(queueOrId) : { queue: queueOrId, id };
      this.#take(opened(this.#state, found.queue, found.id));
      return '';
    });
  }

  async #onlyOne(id: string): Promise<{ queue: string; id: string }> {
    const [job, ...others] = await this.#connection.inspector.find(id);
    if (job === undefined) throw new CommandFailure(EXIT.notFound, `no queue has a job ${id}`);
    if (others.length === 0) return job;
    throw new CommandFailure(
      EXIT.wrongUse,
      `${others.length + 1} queues have a job ${id}: name one of them before it`,
    );
  }

  /** Says what came of it, an error too. */
  async #telling(work: () => Promise<string>): Promise<void> {
    try {
      this.#say(await work());
    } catch (error) {
      this.#say(failureOf(error).message);
    }
  }

  async #look(): Promise<void> {
    const { inspector } = this.#connection;
    try {
      this.#become(withNames(this.#state, await inspector.census.names()));
      const facts = await this.#looks.at(this.#shown());
      this.#become(withFacts(this.#state, facts));
      await this.#lookAtJob();
    } catch (error) {
      this.#become({ ...this.#state, trouble: failureOf(error).message });
    }
  }

  async #lookAtJob(): Promise<void> {
    const { opened: open } = this.#state;
    if (open === null) return;
    const { queue, id } = open;
    try {
      const found = await this.#looks.job(queue, id);
      const { shared, now } = this.#call;
      const why = found.reasons.map(({ text }) => `${text}\n`).join('');
      const view = { shared, now, terminal: { columns: null } };
      this.#jobText = [why, found.job ? jobText(view, found.job) : '']
        .filter((text) => text !== '')
        .join('\n');
      this.#become(withJob(this.#state, queue, id, found));
    } catch (error) {
      if (isPassing(toUnavailable(error))) throw error;
      // What is wrong with one job says nothing of the others.
      this.#jobText = `job ${id} of queue ${queue} cannot be read: ${failureOf(error).message}`;
      this.#become(withJob(this.#state, queue, id, { job: null, reasons: [] }));
    }
  }

  /** Of a page that was gone to, nothing is known yet. */
  #lookForMissing(): void {
    const { facts, trouble } = this.#state;
    const isKnown = (name: string): boolean => facts.queues.has(name) || facts.unreadable.has(name);
    if (trouble === null && !this.#shown().every(isKnown)) this.#wake.abort();
  }

  #shown(): string[] {
    return this.#screen ? namesToRead(this.#state, this.#screen.size) : [];
  }

  #say(notice: string): void {
    this.#become({ ...this.#state, notice });
  }

  #become(state: TopState): void {
    this.#state = state;
    this.drawSoon();
  }

  #frame({ size }: Screen): Frame {
    const { opened: open } = this.#state;
    return {
      size,
      place: addressOf(this.#connection.client),
      jobText: open?.isRead ? this.#jobText : 'it is being read',
      now: this.#call.now(),
      isUtc: this.#call.shared.utc,
    };
  }
}
