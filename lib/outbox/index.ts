export type { LinkedAddress } from '../jobs/planned-job.ts';
export type { OutboxDepth } from './depth.ts';
export { createOutbox, type Outbox, type OutboxOptions } from './outbox.ts';
export type { OutboxTransaction, PostgresConnection, PostgresPool } from './postgres.ts';
export { createRelay, type Relay, type RelayStats } from './relay.ts';
export type { RelayOptions } from './relay-options.ts';
