import type { Cluster, Redis } from 'ioredis';

/** A connection to one Redis (standalone or behind Sentinel), or to a cluster. */
export type RedisClient = Redis | Cluster;
