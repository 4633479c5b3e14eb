import type { Inspector, JobDefinition, Producer, Worker } from '../../lib/index.ts';

/** What a block of a page may take for granted, by `<!-- ts: with … -->`; it is looked at by the compiler alone. */
export declare const inspector: Inspector;
export declare const producer: Producer;
export declare const worker: Worker;
export declare const SendEmail: JobDefinition<{ to: string; subject: string }>;
