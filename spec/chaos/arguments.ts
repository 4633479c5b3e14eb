import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { namesOf } from '../../lib/names-of.ts';
import { ENGINES, type EngineName } from './engines.ts';
import { DURABILITIES, type Durability, TOPOLOGIES, type Topology } from './fault-kinds.ts';

/** What the command line asked for. */
export interface ChaosArguments {
  engine: EngineName;
  seed: number;
  minutes: number;
  topology: Topology;
  durability: Durability;
  /** How many replicas must have a job before it counts as acknowledged; 0: its primary alone must. */
  replicas: number;
  /** The folder of another checkout, whose processes work beside ours, or null. */
  beside: string | null;
  /** The folder for the certificate, or null. */
  out: string | null;
}

const MOST_MINUTES = 24 * 60;

/** Reads the command line; throws on a flag or a value that cannot be. */
export function readArguments(args: readonly string[]): ChaosArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engine: { type: 'string', default: 'apiary' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '1' },
      topology: { type: 'string', default: 'standalone' },
      durability: { type: 'string', default: 'everysec' },
      replicas: { type: 'string', default: '0' },
      beside: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0)
    throw new Error(`--seed must be a whole number, not ${values.seed}`);
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= MOST_MINUTES))
    throw new Error(`--minutes must be above 0 and at most ${MOST_MINUTES}, not ${values.minutes}`);
  const replicas = Number(values.replicas);
  if (!Number.isInteger(replicas) || replicas < 0 || (replicas > 0 && values.topology === 'standalone'))
    throw new Error(`--replicas must be a whole number, and needs replicas, not ${values.replicas}`);
  const engine = oneOf('--engine', namesOf(ENGINES), values.engine);
  if (engine !== 'apiary' && (values.topology !== 'standalone' || values.beside !== undefined))
    throw new Error(`--engine ${engine} is tried on one Redis alone, without another checkout beside`);
  return {
    engine,
    seed,
    minutes,
    replicas,
    topology: oneOf('--topology', TOPOLOGIES, values.topology),
    durability: oneOf('--durability', DURABILITIES, values.durability),
    beside: values.beside === undefined ? null : resolve(values.beside),
    out: values.out ?? null,
  };
}

function oneOf<Name extends string>(flag: string, names: readonly Name[], given: string): Name {
  const known = names.find((name) => name === given);
  if (known) return known;
  throw new Error(`${flag} must be one of ${names.join(', ')}, not ${given}`);
}
