import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { dayOf } from './history.ts';

/** What samples work with: a queue. */
export interface SamplesDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** What a queue had to do at a moment, and what had ended in it by then. */
export interface Sample {
  /** Epoch ms by Redis's clock. */
  at: number;
  /** Jobs that had not ended: waiting, active, delayed, or in groups. */
  unfinished: number;
  /** Jobs that had ended since yesterday began, by UTC and the time of reading. */
  succeeded: number;
  failed: number;
}

/** A queue as it is now, and as it was before, oldest first. */
export interface SampledQueue {
  now: Sample;
  before: Sample[];
}

/** For how many minutes a sample is kept. */
const KEPT_MINUTES = 120;

/** Keeps how a queue stands; of many who do so in the same minute, the first. Resolves with whether it was this one. */
export function takeSample({ client, keys }: SamplesDeps): Promise<boolean> {
  return runScript(client, { script: 'sample', queue: keys, args: { keptMinutes: KEPT_MINUTES } });
}

/** Reads how a queue stands, and the samples of it, in one round trip. Writes nothing. */
export async function readSamples({ client, keys }: SamplesDeps): Promise<SampledQueue> {
  const [census, kept] = await Promise.all([
    runScript(client, { script: 'census', queue: keys }),
    client.hvals(keys.samples),
  ]);
  return comparable(census, kept);
}

/** As `census.lua` replies. */
export type Census = [
  now: number,
  unfinished: number,
  succeeded: number,
  failed: number,
  succeededYesterday: number,
  failedYesterday: number,
];

/** Puts a census and samples as they are kept, of which each counts from the midnight before it, on one count. */
export function comparable(census: Census, kept: readonly string[]): SampledQueue {
  const [at, unfinished, succeeded, failed, succeededYesterday, failedYesterday] = census;
  const sinceYesterday = (one: Sample): Sample =>
    dayOf(one.at) < dayOf(at)
      ? one
      : { ...one, succeeded: one.succeeded + succeededYesterday, failed: one.failed + failedYesterday };
  const oldest = at - KEPT_MINUTES * 60_000;
  const recent = kept.map(parseSample).filter((one) => one.at > oldest && one.at <= at);
  return {
    now: sinceYesterday({ at, unfinished, succeeded, failed }),
    before: recent.map(sinceYesterday).sort((one, other) => one.at - other.at),
  };
}

function parseSample(text: string): Sample {
  const [at = 0, unfinished = 0, succeeded = 0, failed = 0] = text.split(' ').map(Number);
  return { at, unfinished, succeeded, failed };
}
