import type { VNode } from 'preact';
import type { JobInfo, Privacy } from '../../../inspector/inspector.ts';

const NOTES: Readonly<Record<Privacy, string | null>> = {
  no: null,
  opened: 'This job is encrypted in Redis; operators see it in the clear.',
  closed:
    'This job is encrypted. What is private of it is shown to operators only, where its key is among JOB_ENCRYPTION_KEYS.',
  tampered:
    'This job is encrypted, and what is stored of it was changed by somebody without the key, or belongs to another job.',
};

/** Says of an encrypted job why it is shown as it is; nothing for any other. */
export function PrivacyNote({ job: { encrypted } }: { job: JobInfo }): VNode | null {
  const note = NOTES[encrypted];
  return note === null ? null : <p id="encrypted">{note}</p>;
}
