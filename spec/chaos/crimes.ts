/** What must not happen, whatever is broken meanwhile. */
export const CRIMES = {
  lost: 'acknowledged, has not succeeded, and is not in Redis any more',
  stuck: 'is in Redis and has not ended, though everything is mended',
  givenUp: 'was failed for good, though its handler would have succeeded',
  repeated: 'ran again, or did its effect again, and no fault explains it',
  doubled: 'ran under two ids: was stored twice, or went into two groups',
  outOfOrder: 'began before what it has to follow had succeeded',
  together: 'ran beside another that it must not run beside',
  early: 'began before it was due',
  crashed: 'a process ended by itself',
} as const;

/** One of CRIMES. */
export type Crime = keyof typeof CRIMES;

/** A thing that must not happen and did. */
export interface Finding {
  crime: Crime;
  name: string;
  detail: string;
}
