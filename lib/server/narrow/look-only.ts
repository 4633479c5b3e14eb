import { ApiaryError } from '../../errors.ts';
import type { Inspector } from '../../inspector/inspector.ts';
import type { InspectorParts } from '../../inspector/inspector-parts.ts';
import type { Producer } from '../../jobs/producer.ts';
import { namesOf } from '../../names-of.ts';
import type { CallRule, Rules } from './narrowed.ts';
import { CENSUS_RULES, LANE_RULES, RULES } from './narrowed-inspector.ts';
import { PART_RULES } from './part-rules.ts';
import { SHARED_RULES } from './shared-parts.ts';

/** Whether a call of each rule changes something. */
const CHANGES: Readonly<Record<CallRule, boolean>> = {
  ...{ look: false, free: false, whole: false, own: false },
  ...{ change: true, 'change-whole': true, 'change-own': true },
};

const CHANGING = new Set<unknown>(namesOf(CHANGES).filter((rule) => CHANGES[rule]));

/** What takes the place of some calls. */
type Own<Whole> = { readonly [Name in keyof Whole]?: Whole[Name] };

/**
 * Makes an inspector that shows all that another does and changes nothing, whoever uses it: a call that would rejects
 * with NOT_ALLOWED and `why`. What is noted in the audit stream is not written either.
 */
export function lookOnlyInspector(open: Inspector, why: string): Inspector {
  const part = <Name extends keyof InspectorParts>(
    name: Name,
    rules: Rules<InspectorParts[Name]>,
    own: Own<InspectorParts[Name]> = {},
  ): InspectorParts[Name] => lookOnly(open[name], { rules, own, why });
  const parts: Omit<InspectorParts, 'events'> = {
    schedules: part('schedules', PART_RULES.schedules),
    limits: part('limits', PART_RULES.limits),
    groups: part('groups', PART_RULES.groups),
    batches: part('batches', PART_RULES.batches),
    failures: part('failures', PART_RULES.failures),
    uniqueKeys: part('uniqueKeys', PART_RULES.uniqueKeys),
    bulk: part('bulk', PART_RULES.bulk),
    workerPace: part('workerPace', PART_RULES.workerPace),
    shards: part('shards', PART_RULES.shards),
    workerLanes: part('workerLanes', LANE_RULES),
    privacy: part('privacy', PART_RULES.privacy),
    alerts: part('alerts', SHARED_RULES.alerts),
    audit: part('audit', SHARED_RULES.audit, { record: async () => undefined }),
    bulkRuns: part('bulkRuns', SHARED_RULES.bulkRuns),
    savedSearches: part('savedSearches', SHARED_RULES.savedSearches),
    workflows: part('workflows', SHARED_RULES.workflows),
  };
  const census = lookOnly(open.census, { rules: CENSUS_RULES, own: {}, why });
  return lookOnly(open, { rules: RULES, own: { ...parts, census }, why });
}

/** Makes a producer that adds nothing: whatever it is asked for rejects with NOT_ALLOWED and `why`. */
export function lookOnlyProducer(open: Producer, why: string): Producer {
  const closed: Producer = new Proxy(open, {
    get: (_open, name): unknown => {
      if (typeof name === 'symbol' || name === 'then') return undefined;
      return name === 'as' ? () => closed : () => refuse(why);
    },
    set: () => false,
  });
  return closed;
}

function lookOnly<Whole extends object>(
  open: Whole,
  { rules, own, why }: { rules: Rules<Whole>; own: Own<Whole>; why: string },
): Whole {
  return new Proxy(open, {
    get: (_open, name): unknown => {
      if (typeof name === 'symbol' || !Object.hasOwn(rules, name)) return undefined;
      if (Object.hasOwn(own, name)) return Reflect.get(own, name);
      if (CHANGING.has(Reflect.get(rules, name))) return () => refuse(why);
      const value: unknown = Reflect.get(open, name);
      return typeof value === 'function'
        ? (...given: unknown[]): unknown => Reflect.apply(value, open, given)
        : value;
    },
    set: () => false,
  });
}

function refuse(why: string): Promise<never> {
  return Promise.reject(new ApiaryError('NOT_ALLOWED', why));
}
