/** Over which times it is kept how long jobs took, each cut into slots of one length. */
export const SPANS = {
  hour: { slotMs: 60_000, slots: 60 },
  day: { slotMs: 900_000, slots: 96 },
  '90days': { slotMs: 86_400_000, slots: 90 },
} as const;

/** One of {@link SPANS}. */
export type Span = keyof typeof SPANS;

/** How many job types of a queue are kept by themselves; all others are counted together. */
export const MOST_TIMED_TYPES = 20;

/** Of how many versions of the program it is kept how their jobs ended, those seen last. */
export const MOST_VERSIONS = 10;

/** How many jobs are named per slot that ran longest. */
export const MOST_SLOWEST = 3;

/** All jobs of a queue. */
export const ALL_TYPES = 'all';

/** The jobs of types that are not kept by themselves. */
export const OTHER_TYPES = 'rest';

/** What a type goes by among {@link ALL_TYPES} and {@link OTHER_TYPES}. */
export function rowOfType(type: string): string {
  return `type:${type}`;
}
