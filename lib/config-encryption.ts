import type convict from 'convict';

/** By what jobs are encrypted in Redis. */
export interface EncryptionSettings {
  /** The keys as a list; null for none. */
  readonly keys: string | null;
  /** Whether jobs are encrypted too that do not ask for it. */
  readonly all: boolean;
}

/** What these settings are. */
export const ENCRYPTION_SCHEMA: convict.Schema<EncryptionSettings> = {
  keys: {
    doc: 'The keys by which jobs are encrypted in Redis: the first encrypts, all decrypt.',
    format: 'encryption-keys',
    default: null,
    nullable: true,
    env: 'JOB_ENCRYPTION_KEYS',
    sensitive: true,
  },
  all: {
    doc: 'Encrypt all jobs that are added here, not only those that ask for it.',
    format: 'true-false',
    default: false,
    env: 'JOB_ENCRYPT_ALL',
  },
};
