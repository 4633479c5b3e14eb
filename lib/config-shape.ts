import type { AlertSettings } from './config-alerts.ts';
import type { ApiKeySetting, KeyDurabilitySetting, KeyRateSetting } from './config-api-keys.ts';
import type { EncryptionSettings } from './config-encryption.ts';
import type { MonitorUserSetting, QueueWeight } from './config-formats.ts';
import type { SignInSetting } from './config-sign-in.ts';
import type { SourceSetting } from './config-sources.ts';
import type { LogLevel } from './logger.ts';

/** Every setting of a process, parsed and frozen all through (a Buffer alone cannot be frozen). */
export interface Config {
  readonly env: 'development' | 'test' | 'production';
  /** Null outside production only: the embedded Redis is meant. */
  readonly redisUrl: string | null;
  readonly redisServerBin: string | null;
  /** Adds are refused while Redis has less of its memory left, in percent. */
  readonly redisReserve: number;
  readonly log: { readonly level: LogLevel; readonly format: 'text' | 'json' };
  readonly queuePrefix: string;
  /** Of the program whose handlers a worker runs; null: not said. */
  readonly appVersion: string | null;
  readonly outboxUrl: string | null;
  readonly worker: {
    readonly queues: readonly QueueWeight[];
    readonly strictPriority: boolean;
    readonly concurrency: number;
    /** How many processes run jobs. */
    readonly processes: number;
    /** What one of them may take of memory before it is replaced; null for no limit. */
    readonly maxMemoryMb: number | null;
    readonly handlersPath: string | null;
  };
  readonly shutdownTimeoutMs: number;
  /** The names by which the servers are reached, beside localhost, IP addresses and their own hosts; `*` is any. */
  readonly allowedHosts: readonly string[];
  /** `auth` false: no key is asked for, on whatever host. */
  readonly api: Listening & {
    readonly keys: readonly ApiKeySetting[];
    /** With none, keys may call as often as they like. */
    readonly rates: readonly KeyRateSetting[];
    /** How many replicas must have what a key adds; with none, none need. */
    readonly durabilities: readonly KeyDurabilitySetting[];
  };
  /** `auth` false: no password is asked for, on whatever host. */
  readonly monitor: Listening & {
    readonly users: readonly MonitorUserSetting[];
    readonly readOnly: boolean;
    /** The servers that it shows beside that of `redisUrl`. */
    readonly sources: readonly SourceSetting[];
  };
  readonly signIn: SignInSetting;
  /** How many changes the audit keeps, and for how many days; null: however long. */
  readonly audit: { readonly keep: number; readonly keepDays: number | null };
  /** Where probes and scrapers ask, without a password; `port` null: nowhere, 0 takes any free port. */
  readonly health: { readonly host: string; readonly port: number | null };
  readonly webhook: { readonly secret: string | null; readonly allowPrivate: boolean };
  readonly alerts: AlertSettings;
  readonly encryption: EncryptionSettings;
}

interface Listening {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly auth: boolean;
}

/** What a process can be started for. */
export type Role = 'worker' | 'monitor' | 'api' | 'relay';
