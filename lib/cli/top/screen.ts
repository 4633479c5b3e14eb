import { emitKeypressEvents } from 'node:readline';
import termkit from 'terminal-kit';
import { widthOf } from '../text-width.ts';
import { type KeyPress, toKey } from './key-press.ts';
import type { Key } from './keys.ts';
import type { Line, Size } from './screen-text.ts';

/** The whole screen of a terminal, and its keys. */
export interface Screen {
  /** As it is now. */
  readonly size: Size;
  /** Shows these lines; only what has changed is sent. */
  draw(lines: readonly Line[]): void;
  /** Draws all of it anew with the next lines: something else may have written there. */
  forget(): void;
  /** Gives the terminal back and stops the process, until `fg`; then takes it again. */
  suspend(): void;
  /** Gives the terminal back as it was. Harmless twice. */
  close(): void;
}

/** Hears what happens to a screen. */
export interface Watcher {
  key(key: Key): void;
  /** It has another size, or must be drawn again. */
  changed(): void;
  /** Nobody sits there any more. */
  left(): void;
}

/** What a terminal says that does not know its size. */
const USUAL: Size = { columns: 80, rows: 24 };
const LOOKS = { plain: {}, bold: { bold: true }, chosen: { inverse: true } } as const;
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
/** What would move the cursor, or be no character at all. */
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Takes the screen and the keys of this process. It is given back when the process ends too, however that comes. */
export function openScreen(watcher: Watcher): Screen {
  return new ProcessScreen(watcher);
}

class ProcessScreen implements Screen {
  readonly #watcher: Watcher;
  readonly #term: ReturnType<typeof termkit.createTerminal>;
  /** What is drawn by now; null when that is not known. */
  #buffer: InstanceType<typeof termkit.ScreenBuffer> | null = null;
  #isOpen = false;

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
    const generic = process.env['TERM'] === 'linux' ? 'linux' : 'xterm';
    const { stdin, stdout, stderr } = process;
    const isTTY = true;
    this.#term = termkit.createTerminal({ stdin, stdout, stderr, generic, isTTY, appId: '', appName: '' });
    emitKeypressEvents(stdin);
    stdin.on('keypress', this.#press).on('end', this.#left).on('error', this.#left);
    stdout.on('resize', this.#resized);
    for (const signal of ENDING) process.on(signal, this.#end);
    process.on('SIGTSTP', this.#stopped).on('SIGCONT', this.#resumed).on('exit', this.#giveBack);
    this.#take();
  }

  get size(): Size {
    const { columns, rows } = process.stdout;
    return columns > 0 && rows > 0 ? { columns, rows } : USUAL;
  }

  draw(lines: readonly Line[]): void {
    if (!this.#isOpen) return;
    const { columns: width, rows: height } = this.size;
    const buffer = this.#buffer ?? new termkit.ScreenBuffer({ dst: this.#term, width, height });
    this.#buffer = buffer;
    buffer.fill({ char: ' ', attr: {} });
    for (const [y, { text, look }] of lines.entries()) {
      buffer.put({ x: 0, y, attr: { ...LOOKS[look] }, wrap: false, dx: 1, dy: 0 }, drawable(text));
    }
    buffer.draw({ delta: true });
  }

  forget(): void {
    this.#buffer = null;
  }

  /** All of the group is stopped, as by the terminal itself: npm waits for this process. */
  suspend(): void {
    this.#stop(0);
  }

  close(): void {
    this.#giveBack();
    const { stdin, stdout } = process;
    stdin.off('keypress', this.#press).off('end', this.#left).off('error', this.#left);
    stdout.off('resize', this.#resized);
    for (const signal of ENDING) process.off(signal, this.#end);
    process.off('SIGTSTP', this.#stopped).off('SIGCONT', this.#resumed).off('exit', this.#giveBack);
    // What it does at the end of the process has been done.
    Object.assign(this.#term, { shutdown: true });
  }

  #take(): void {
    this.#isOpen = true;
    this.#buffer = null;
    process.stdin.setRawMode(true);
    process.stdin.resume();
    this.#term.fullscreen(true);
    this.#term.hideCursor();
  }

  readonly #giveBack = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#term.styleReset();
    this.#term.hideCursor(false);
    this.#term.fullscreen(false);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  };

  readonly #press = (text: string | undefined, key: KeyPress | undefined): void => {
    if (this.#isOpen) this.#watcher.key(toKey(text, key));
  };

  readonly #stopped = (): void => this.#stop(process.pid);

  /** It goes on behind the signal after `fg`; and at once where nobody could bring it back, as the system sees to. */
  #stop(pid: number): void {
    this.#giveBack();
    process.off('SIGTSTP', this.#stopped);
    process.kill(pid, 'SIGTSTP');
    process.on('SIGTSTP', this.#stopped);
    this.#resumed();
  }

  readonly #resumed = (): void => {
    this.#take();
    this.#watcher.changed();
  };

  readonly #resized = (): void => {
    this.#buffer = null;
    this.#watcher.changed();
  };

  readonly #end = (signal: NodeJS.Signals): void => {
    this.close();
    // As it would have ended by itself.
    process.kill(process.pid, signal);
  };

  readonly #left = (): void => this.#watcher.left();
}

/**
 * What takes no column has no place of its own there; where the library gives a character other columns than we do, `?`
 * stands for it.
 */
function drawable(text: string): string {
  let shown = '';
  for (const character of text) {
    const width = widthOf(character);
    if (width === 0) continue;
    const isSure = !UNFIT.test(character) && termkit.stringWidth(character) === width;
    shown += isSure ? character : '?'.repeat(width);
  }
  return shown;
}
