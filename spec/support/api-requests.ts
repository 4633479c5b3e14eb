import fc from 'fast-check';
import type { ApiRoute } from '../../lib/server/api/api-route.ts';
import { API_BODIES } from './api-bodies.ts';

/** A request that anybody may send, of whatever sense. */
export interface WildRequest {
  operationId: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  /** Absent where none is sent. */
  body?: string;
}

/** Names that are there when the requests are sent, by what they are names of. */
export interface KnownNames {
  queue: readonly string[];
  id: readonly string[];
  schedule: readonly string[];
  type: readonly string[];
  group: readonly string[];
  fingerprint: readonly string[];
  worker: readonly string[];
  key: readonly string[];
  name: readonly string[];
}

/** Names as they stand in an address, some of which no name can be; none leads elsewhere before it is sent. */
const ODD_STEPS = [
  ...['__proto__', 'constructor', 'toString', '...', '%2e%2e%2f', 'a%3Ab', '%7Bx%7D', '%20', '%00', '%0A'],
  ...['%ED%A0%80', '%zz', '%', '%F0%9F%90%9D', '%E2%80%AE', 'x'.repeat(300), '-1', '0', '*', '$', '~', "'"],
];
const ODD_TEXTS = [
  ...[
    '',
    ' ',
    'x',
    '0',
    '-1',
    '1',
    '7',
    '1000',
    '1001',
    '1e3',
    'NaN',
    'Infinity',
    'null',
    'true',
    'false',
    '[]',
    '{}',
  ],
  ...[
    'waiting',
    'failed',
    'delayed',
    'active',
    'succeeded',
    'email.send',
    'raw',
    'digest',
    '__proto__',
    'a.b',
    '..',
  ],
  ...[
    '2030-01-31T09:00:00Z',
    '99999999999999999999',
    '1-1',
    'MSA',
    'e30',
    'eyJ3YWl0aW5nIjpudWxsfQ',
    '\u202e',
    '\0',
  ],
];
const deep = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const ODD_VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 1.5, 1e308, -1e308, 2 ** 53, 1e12, 1_000, [], {}, [[]], [null], { a: 1 }],
  ...[
    '',
    'x',
    'skip',
    'once',
    'fixed',
    '@daily',
    '* * * * *',
    '0 0 30 2 *',
    '@every 1s',
    'Europe/Berlin',
    'x'.repeat(5_000),
  ],
  ...[
    'waiting',
    'failed',
    'email.send',
    'digest',
    'raw',
    '2030-01-31T09:00:00Z',
    'ended',
    '\u202e',
    'a\u0000b',
    '..',
  ],
  ...[{ queue: 'mail' }, { queue: 'mail', id: 'order-1' }, { queue: 'mail', group: 'all' }, { retries: -1 }],
  ...[
    { queue: 'mail', unique: { key: 'k' } },
    { key: 'k', ttlMs: 1 },
    { count: 1, perMs: 1 },
    { all: 5 },
    deep(200),
  ],
];

/** Deeper than what JSON can be written of. */
const DEEP_DATA = `"data":${'['.repeat(50_000)}${']'.repeat(50_000)}`;
const ODD_BODIES = [
  ...[
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '7',
    '{"a":1e999}',
    '{"a":12345678901234567890}',
    '\ufeff{}',
    `{${DEEP_DATA}}`,
  ],
  ...[
    `{"type":"raw",${DEEP_DATA},"options":{"queue":"mail"}}`,
    `{"type":"raw",${DEEP_DATA},"cron":"@daily"}`,
  ],
  `{"jobs":[{"type":"raw",${DEEP_DATA},"options":{"queue":"mail"}}]}`,
  `{"steps":[${'{"name":"in","steps":['.repeat(20_000)}${']}'.repeat(20_000)}]}`,
  `{"steps":[{"name":"in","steps":[{"name":"a","type":"raw",${DEEP_DATA},"options":{"queue":"mail"}}]}]}`,
];

/** No call may be held for long. */
const WAITS = ['0s', '1ms', '5ms', '-1s', '61s', 'soon', ''];

/** What a value may be that is sent as JSON. */
const oddValue = fc.oneof(fc.constantFrom(...ODD_VALUES), fc.jsonValue({ maxDepth: 3 }));

/** A request of one of these calls: mostly near to what it takes, and sometimes far from it. */
export function wildRequest(routes: readonly ApiRoute[], known: KnownNames): fc.Arbitrary<WildRequest> {
  return fc.constantFrom(...routes).chain((route) =>
    fc
      .record({
        path: pathOf(route, known),
        query: queryOf(route, known),
        headers: headersOf(route),
        body: bodyOf(route),
      })
      .map(({ path, query, headers, body }) => ({
        operationId: route.operationId,
        method: route.method.toUpperCase(),
        path: query === '' ? path : `${path}?${query}`,
        headers: { ...(body !== null && { 'Content-Type': 'application/json' }), ...headers },
        ...(body !== null && { body }),
      })),
  );
}

function pathOf({ path }: ApiRoute, known: KnownNames): fc.Arbitrary<string> {
  const steps = path.split('/').map((step) => {
    const [, name] = /^\{(\w+)\}$/.exec(step) ?? [];
    return name === undefined ? fc.constant(step) : stepOf(known[name as keyof KnownNames]);
  });
  return fc.tuple(...steps).map((all) => all.join('/'));
}

function stepOf(names: readonly string[]): fc.Arbitrary<string> {
  const there = fc.constantFrom(...names.map(encodeURIComponent));
  const odd = fc.oneof(
    fc.constantFrom(...ODD_STEPS),
    fc.string({ minLength: 1 }).map((text) => `n${encodeURIComponent(text)}`),
  );
  return fc.oneof({ arbitrary: there, weight: 5 }, { arbitrary: odd, weight: 1 });
}

function queryOf({ query }: ApiRoute, known: KnownNames): fc.Arbitrary<string> {
  const names = Object.keys(query?.shape ?? {});
  const entry = fc.constantFrom(...names, 'nonsense', '__proto__').chain((name) => {
    const texts = name === 'wait' ? fc.constantFrom(...WAITS) : fc.constantFrom(...ODD_TEXTS);
    const there: readonly string[] = Reflect.get(known, name) ?? [];
    return fc
      .oneof(texts, ...(there.length > 0 ? [fc.constantFrom(...there)] : []))
      .map((text) => [name, text]);
  });
  return fc
    .oneof(
      { arbitrary: fc.constant<string[][]>([]), weight: 2 },
      { arbitrary: fc.array(entry, { maxLength: 4 }), weight: names.length > 0 ? 3 : 1 },
    )
    .map((entries) => new URLSearchParams(entries).toString());
}

const oddHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { arbitrary: fc.constant({}), weight: 8 },
  {
    arbitrary: fc.constantFrom<Record<string, string>[]>(
      { 'Content-Type': 'text/plain' },
      { 'Content-Type': 'application/x-ndjson' },
      { 'Content-Type': 'application/json; charset=latin1' },
      { 'Idempotency-Key': 'k' },
      { 'Idempotency-Key': 'x'.repeat(300) },
      { 'Content-Encoding': 'gzip' },
      { Authorization: 'Bearer x' },
    ),
    weight: 1,
  },
);

/** Those that a call reads come more often, as what a client can send. */
function headersOf({ headers }: ApiRoute): fc.Arbitrary<Record<string, string>> {
  const names = Object.keys(headers?.shape ?? {});
  if (names.length === 0) return oddHeaders;
  const texts = fc.constantFrom(...ODD_TEXTS.filter((text) => /^[ -~]*$/.test(text)));
  const read = fc.tuple(fc.constantFrom(...names), texts).map(([name, text]) => ({ [name]: text }));
  return fc.oneof({ arbitrary: oddHeaders, weight: 2 }, { arbitrary: read, weight: 1 });
}

function bodyOf(route: ApiRoute): fc.Arbitrary<string | null> {
  const raw = fc.constantFrom(...ODD_BODIES);
  if (route.method === 'get') return fc.constant(null);
  if (!route.body)
    return fc.oneof({ arbitrary: fc.constant(null), weight: 6 }, { arbitrary: raw, weight: 1 });
  const fields: object = Reflect.get(route.body, 'shape') ?? {};
  const names = fc.constantFrom(...Object.keys(fields), 'nonsense', '__proto__', 'toJSON');
  const sample = API_BODIES[route.operationId] ?? {};
  const near = fc
    .array(fc.tuple(names, oddValue), { maxLength: 3 })
    .map((changes) => changed(sample, changes));
  const objects = objectsIn(sample);
  const inner = fc
    .tuple(
      fc.constantFrom(...objects),
      fc.nat(),
      fc.constantFrom(...Object.keys(fields), 'name', 'type'),
      oddValue,
    )
    .map(([within, at, other, value]) => changedWithin(sample, within, { at, other, value }));
  return fc.oneof(
    { arbitrary: fc.constant(JSON.stringify(sample)), weight: 2 },
    { arbitrary: near, weight: 4 },
    ...(objects.length > 1 ? [{ arbitrary: inner, weight: 3 }] : []),
    { arbitrary: oddValue.map((value) => JSON.stringify(value)), weight: 1 },
    { arbitrary: raw, weight: 2 },
    { arbitrary: fc.constant(null), weight: 1 },
  );
}

/** A body, and all objects within it. */
function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(objectsIn);
  return Array.isArray(value) ? inner : [value, ...inner];
}

/** The body with one field of one of these objects changed, or with another field more; as text. */
function changedWithin(
  sample: unknown,
  within: object,
  { at, other, value }: { at: number; other: string; value: unknown },
): string {
  const names = [...Object.keys(within), other];
  const name = names[at % names.length] ?? other;
  return JSON.stringify(sample, (_key, one: unknown) =>
    one === within ? { ...within, [name]: value } : one,
  );
}

/** As text, for an object can hardly have a field `__proto__`. */
function changed(sample: unknown, changes: readonly (readonly [string, unknown])[]): string {
  const fields = [...Object.entries(sample ?? {}), ...changes];
  return `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}
