import { isWhole } from '../../field-checks.ts';
import { namesOf } from '../../names-of.ts';
import { readOwnAmong } from '../own-json.ts';
import type { JobFilter } from '../record/job-filter.ts';

/** A run that changes many jobs, as it is stored. */
export interface StoredBulkRun {
  id: string;
  /** The name of the operation; what it is about is `ids`, or all jobs of `state` in `queue` that pass `filter`. */
  operation: string;
  /** Whether the jobs are counted only. */
  dryRun: boolean;
  queue: string;
  state: string;
  filter: JobFilter;
  /** Single jobs, each by its queue and id; none once it has ended, and null where the filter tells. */
  ids: [queue: string, id: string][] | null;
  /** The queues of those; left out by earlier versions. */
  queues?: string[];
  /** The queue that they are moved to; left out by all other operations. */
  to?: string;
  by: string;
  /** When it was asked for, by Redis's clock, epoch ms. */
  at: number;
  /** Who works on it, until when; it is anybody's then. */
  holder: string | null;
  leaseUntil: number;
  /** Who has asked that it stops. */
  stoppedBy: string | null;
  endedAt: number | null;
  /** Why it could not go on; null where it could. */
  error: string | null;
  /** How many jobs there are to be looked at, as far as that was known at its begin. */
  total: number;
  looked: number;
  matched: number;
  done: number;
  /** Of the first ones that were left alone, which and why; of single jobs, and of those that are moved. */
  left: string[];
  /** Where it goes on: up to which score all is done, or how many of `ids`. */
  passed: string | null;
  /** Of a queue with shards, in which it is and what was counted in those before; left out by earlier versions. */
  shard?: ShardOfRun;
}

/** Where a run over shards is. */
export interface ShardOfRun {
  /** From 0. */
  at: number;
  looked: number;
  matched: number;
  done: number;
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string';
const isTextOrNone: Check = (value) => value === null || isText(value);
const isFlag: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => isWhole(value, 0);
const isTextList: Check = (value) => Array.isArray(value) && value.every(isText);
const isPairList: Check = (value) =>
  Array.isArray(value) && value.every((one) => isTextList(one) && one.length === 2);
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const isShard: Check = (value) =>
  isObject(value) &&
  ['at', 'looked', 'matched', 'done'].every((name) => isCount(Reflect.get(Object(value), name)));

const CHECKS: Record<keyof StoredBulkRun, Check> = {
  id: isText,
  operation: isText,
  dryRun: isFlag,
  queue: isText,
  state: isText,
  filter: isObject,
  ids: (value) => value === null || isPairList(value),
  queues: (value) => value === undefined || isTextList(value),
  to: (value) => value === undefined || isText(value),
  by: isText,
  at: isCount,
  holder: isTextOrNone,
  leaseUntil: isCount,
  stoppedBy: isTextOrNone,
  endedAt: (value) => value === null || isCount(value),
  error: isTextOrNone,
  total: isCount,
  looked: isCount,
  matched: isCount,
  done: isCount,
  left: isTextList,
  passed: isTextOrNone,
  shard: (value) => value === undefined || isShard(value),
};
const NAMES = namesOf(CHECKS);

/** Reads a run that is stored under an id; null for what another program has written there, which hides no other. */
export function readBulkRun(id: string, text: string): StoredBulkRun | null {
  const run = readOwnAmong<Partial<StoredBulkRun> | null>(text);
  return isBulkRun(run) && run.id === id ? run : null;
}

function isBulkRun(run: unknown): run is StoredBulkRun {
  return isObject(run) && NAMES.every((name) => CHECKS[name](Reflect.get(Object(run), name)));
}
