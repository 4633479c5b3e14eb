import type { Adder } from '../../jobs/adder.ts';
import type { Durability } from '../../jobs/durability.ts';
import type { Producer } from '../../jobs/producer.ts';
import type { KeyRights } from '../../key-rights.ts';
import { type AddDeps, addBatch, addUnderKey } from './add-job.ts';
import { type ApiRoute, route } from './api-route.ts';
import {
  addedSchema,
  addHeadersSchema,
  batchHeadersSchema,
  batchResultSchema,
  newBatchSchema,
  newJobSchema,
} from './api-schemas.ts';
import type { ApiKey } from './bearer.ts';
import { locationOf } from './location.ts';

/** What the calls that add jobs work with. */
export interface JobRoutesDeps extends AddDeps {
  producer: Producer;
  /** The keys that open the API, read at each call; with none it is open to all. */
  readonly keys: readonly ApiKey[];
  /** How durably a key adds, by its name; default: as the producer. */
  durabilityOf?: (name: string) => Durability | undefined;
}

/** The calls that add jobs; each job keeps the name of the key that added it, if there are keys. */
export function jobRoutes(deps: JobRoutesDeps): ApiRoute[] {
  const { inspector, comparing = inspector, definitions, log } = deps;
  const under = ({ by, rights }: { by: string; rights: KeyRights }): AddDeps => {
    return { inspector, comparing, definitions, log, rights, producer: addingUnder(deps, by) };
  };
  return [
    route({
      method: 'post',
      path: '/v1/jobs',
      operationId: 'addJob',
      tag: 'jobs',
      scope: 'add',
      narrows: true,
      summary:
        'Adds a job: 201 when it was created, 200 with the existing one when its id or unique key was there.',
      headers: addHeadersSchema,
      body: newJobSchema,
      answers: { 200: addedSchema, 201: addedSchema },
      refusals: [404, 409],
      run: async ({ body, headers, ...caller }) => {
        const added = await addUnderKey(under(caller), body, headers['Idempotency-Key']);
        const { queue, id, created } = added;
        return {
          status: created ? 201 : 200,
          body: added,
          location: locationOf('queues', queue, 'jobs', id),
        };
      },
    }),
    route({
      method: 'post',
      path: '/v1/jobs/batch',
      operationId: 'addJobs',
      tag: 'jobs',
      scope: 'add',
      narrows: true,
      summary: 'Adds up to 10,000 jobs, each by itself; the results are in the order of the jobs.',
      headers: batchHeadersSchema,
      body: newBatchSchema,
      line: newJobSchema,
      answers: { 200: batchResultSchema },
      weigh: ({ jobs }) => jobs.length,
      run: async ({ body: { jobs }, ...caller }) => ({
        status: 200,
        body: await addBatch(under(caller), jobs),
      }),
    }),
  ];
}

/** What adds jobs under the name of a key, as durably as it is to, where there are keys. */
export function addingUnder({ keys, producer, durabilityOf }: JobRoutesDeps, by: string): Adder {
  if (keys.length === 0) return producer;
  const durability = durabilityOf?.(by);
  return durability ? producer.as(by, { durability }) : producer.as(by);
}
