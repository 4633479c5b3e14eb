/** The checks of `apiary doctor`, in the order in which they are told. */
export const DOCTOR_CHECKS = [
  'reach',
  'rights',
  'version',
  'persistence',
  'eviction',
  'memory',
  'replication',
  'cluster',
  'clock',
  'latency',
  'queues',
  'workers',
  'handlers',
  'outbox',
  'settings',
] as const;

/** The name of a check. */
export type DoctorCheck = (typeof DOCTOR_CHECKS)[number];

/** What a check has found. */
export interface Finding {
  check: DoctorCheck;
  /** `wrong` is to be mended; a `note` is good to know. */
  kind: 'wrong' | 'note';
  /** What is so. */
  what: string;
  /** What comes of it. */
  means: string;
  /** What mends it. */
  mend: string;
}

/** A finding without what its check and kind say. */
export type FindingText = Pick<Finding, 'what' | 'means' | 'mend'>;

/** Makes something that is to be mended of a text. */
export function wrong(check: DoctorCheck, text: FindingText): Finding {
  return { check, kind: 'wrong', ...text };
}

/** Makes something that is good to know of a text. */
export function note(check: DoctorCheck, text: FindingText): Finding {
  return { check, kind: 'note', ...text };
}
