import type { Durability } from '../../jobs/durability.ts';

/** How many replicas must have what a key adds; of those that are not named, `*` says it. */
export interface KeyDurability {
  readonly name: string;
  readonly durability: Durability;
}

/** Makes what tells how durably a key adds; undefined where nothing is asked for. */
export function durabilityOfKeys(given: readonly KeyDurability[]): (name: string) => Durability | undefined {
  const byName = new Map(given.map(({ name, durability }) => [name, durability]));
  return (name) => byName.get(name) ?? byName.get('*');
}
