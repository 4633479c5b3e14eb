import { Writable } from 'node:stream';

/** A stream that keeps what is written to it. */
export class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  /** What was written, by line. */
  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  /** The lines, parsed. */
  get records(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line));
  }

  /** The first line, parsed. */
  get record(): Record<string, unknown> {
    return this.records[0] ?? {};
  }
}
