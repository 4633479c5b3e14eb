import type { Clock } from '../clock.ts';
import type { Keyring } from '../keyring.ts';
import { requireName } from '../names.ts';
import type { JobDefinition } from './define.ts';
import { settleEncryption } from './encryption.ts';
import type { JobOptions, ResolvedJobOptions } from './options.ts';
import { resolveOptions } from './resolve-options.ts';
import { type WrittenOptions, writeOptions } from './stored-options.ts';

/** The part of a definition that adding needs beside the schema. */
export type Kind = Pick<JobDefinition, 'type' | 'queue' | 'defaults' | 'group'>;

/** Options that were resolved and written out. */
export interface Prepared {
  /** When, epoch ms. */
  now: number;
  resolved: ResolvedJobOptions;
  id: string | null;
  written: WrittenOptions;
}

/** Known by its identity. */
export const NO_OPTIONS: JobOptions = Object.freeze({});

/**
 * Resolves and writes out options; what jobs added without options of their own come to is kept for as long as it
 * holds.
 */
export class PreparedOptions {
  readonly #clock: Clock;
  readonly #addedBy: string | null;
  readonly #keyring: Keyring | null;
  readonly #known = new WeakMap<Kind, Prepared>();

  /** The keys are those by which jobs are encrypted; null for none. */
  constructor(clock: Clock, addedBy: string | null, keyring: Keyring | null = null) {
    this.#clock = clock;
    this.#keyring = keyring;
    this.#addedBy = addedBy;
  }

  /** Throws JOB_INVALID for options that are not right. */
  of(definition: Kind, options: JobOptions): Prepared {
    const now = this.#clock.now();
    const known = options === NO_OPTIONS ? this.#known.get(definition) : undefined;
    if (known?.now === now) return known;
    if (!known) requireName('type', definition.type);
    const resolved = known?.resolved ?? this.#resolved(definition, options);
    const written = writeOptions(definition.type, resolved, { now, addedBy: this.#addedBy });
    const prepared: Prepared = { now, resolved, id: resolved.id, written };
    if (options === NO_OPTIONS) this.#known.set(definition, prepared);
    return prepared;
  }

  #resolved({ type, defaults }: Kind, options: JobOptions): ResolvedJobOptions {
    return settleEncryption(type, resolveOptions(defaults, options), this.#keyring);
  }
}
