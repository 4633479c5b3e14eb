import { type DataField, hasField } from '../record/data-field.ts';

/** What stands where something of a person was. */
export const FORGOTTEN_TEXT = '(forgotten)';

/** A shorter value stands in too many texts that are about nobody; so do numbers and the words of JSON. */
const LEAST_SOUGHT = 5;
const NO_TEXT = /^(?:-?[\d.]+(?:e[+-]?\d+)?|true|false|null)$/i;

/** By what the traces of a person are told from all else. */
export class Traces {
  readonly #field: DataField;
  readonly #sought: string | null;

  /** The value is that of the field in what is theirs; as a text it is sought everywhere, if it is long enough. */
  constructor(field: DataField) {
    this.#field = field;
    const isText = field.value.length >= LEAST_SOUGHT && !NO_TEXT.test(field.value);
    this.#sought = isText ? field.value : null;
  }

  /** Whether data or headers are theirs: the field in them has the value. */
  areIn(...pieces: readonly unknown[]): boolean {
    return pieces.some((piece) => hasField(piece, this.#field));
  }

  /** Whether a text that is no JSON names them. */
  isNamedIn(text: string): boolean {
    return this.#sought !== null && text.includes(this.#sought);
  }

  /** Whether JSON may be about them at all, told at a glance: what it escapes has to be read. */
  mayBeIn(json: string): boolean {
    return json.includes('\\') || json.includes(this.#field.value);
  }

  /** The same value with their name out of its texts; the very same where it is in none. */
  cleaned<Value>(value: Value): Value;
  cleaned(value: unknown): unknown {
    if (typeof value === 'string')
      return this.isNamedIn(value) ? value.replaceAll(this.#sought ?? '', FORGOTTEN_TEXT) : value;
    if (typeof value !== 'object' || value === null || this.#sought === null) return value;
    if (Array.isArray(value)) {
      const list: readonly unknown[] = value;
      const made = list.map((one) => this.cleaned(one));
      return made.some((one, at) => one !== list[at]) ? made : value;
    }
    const entries = Object.entries(value);
    const made = entries.map(([name, one]): [string, unknown] => [this.cleaned(name), this.cleaned(one)]);
    const isSame = made.every(([name, one], at) => name === entries[at]?.[0] && one === entries[at]?.[1]);
    return isSame ? value : Object.fromEntries(made);
  }

  /** Whether their name is in any of its texts. */
  areNamedIn(value: unknown): boolean {
    return this.cleaned(value) !== value;
  }
}
