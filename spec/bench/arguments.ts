import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ENGINE_NAMES, type EngineName } from './engines/engine.ts';
import type { RowChoice } from './rows.ts';

/** What the command line asked for. */
export interface BenchOptions extends RowChoice {
  rounds: number;
  engines: readonly EngineName[];
  /** The folder of another checkout of ours, built there, that is measured beside this one; or null. */
  against: string | null;
  /** Where the results go as JSON, or null. */
  json: string | null;
}

const DEFAULT_ROUNDS = 5;

/** Reads the command line; throws on a flag or an engine that does not exist. */
export function readArguments(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      rows: { type: 'string' },
      engines: { type: 'string' },
      json: { type: 'string' },
      against: { type: 'string' },
      quick: { type: 'boolean', default: false },
      deep: { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds ?? DEFAULT_ROUNDS);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds must be 1 or more, not ${values.rounds}`);
  const { quick, deep, soak } = values;
  const against = values.against === undefined ? null : resolve(values.against);
  const engines = list(values.engines).map(requireEngine);
  return {
    rounds,
    engines: engines.length > 0 ? engines : usualEngines(against),
    against,
    only: list(values.rows),
    json: values.json ?? null,
    quick,
    deep,
    soak,
  };
}

function usualEngines(against: string | null): readonly EngineName[] {
  return against === null ? ENGINE_NAMES.filter((name) => name !== 'against') : ['ours', 'against'];
}

function list(value: string | undefined): string[] {
  return (value ?? '').split(',').filter((part) => part !== '');
}

function requireEngine(name: string): EngineName {
  const known = ENGINE_NAMES.find((engine) => engine === name);
  if (known) return known;
  throw new Error(`--engines takes some of ${ENGINE_NAMES.join(',')}, not ${name}`);
}
