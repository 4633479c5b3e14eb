import { parseArgs } from 'node:util';
import { DURABILITIES, type Durability, TOPOLOGIES, type Topology } from './fault-kinds.ts';

/** What the command line asked for. */
export interface ChaosArguments {
  seed: number;
  minutes: number;
  topology: Topology;
  durability: Durability;
  /** The folder for the certificate, or null. */
  out: string | null;
}

const MOST_MINUTES = 24 * 60;

/** Reads the command line; throws on a flag or a value that cannot be. */
export function readArguments(args: readonly string[]): ChaosArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '1' },
      topology: { type: 'string', default: 'standalone' },
      durability: { type: 'string', default: 'everysec' },
      out: { type: 'string' },
    },
  });
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0)
    throw new Error(`--seed must be a whole number, not ${values.seed}`);
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= MOST_MINUTES))
    throw new Error(`--minutes must be above 0 and at most ${MOST_MINUTES}, not ${values.minutes}`);
  return {
    seed,
    minutes,
    topology: oneOf('--topology', TOPOLOGIES, values.topology),
    durability: oneOf('--durability', DURABILITIES, values.durability),
    out: values.out ?? null,
  };
}

function oneOf<Name extends string>(flag: string, names: readonly Name[], given: string): Name {
  const known = names.find((name) => name === given);
  if (known) return known;
  throw new Error(`${flag} must be one of ${names.join(', ')}, not ${given}`);
}
