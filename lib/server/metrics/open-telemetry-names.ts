import type { Attributes } from '@opentelemetry/api';

/** What an instrument of OpenTelemetry is called, and what it counts in. */
export interface InstrumentName {
  name: string;
  unit?: string;
}

const OURS = 'apiary_';
const SYSTEM = { 'messaging.system': 'apiary' };

/** Where the semantic conventions for messaging have a metric, its name there. */
const CONVENTIONAL: Readonly<Record<string, InstrumentName & { attributes: Attributes }>> = {
  apiary_jobs_added_total: {
    name: 'messaging.client.sent.messages',
    unit: '{message}',
    attributes: { ...SYSTEM, 'messaging.operation.name': 'send' },
  },
  apiary_jobs_started_total: {
    name: 'messaging.client.consumed.messages',
    unit: '{message}',
    attributes: { ...SYSTEM, 'messaging.operation.name': 'process' },
  },
  apiary_job_duration_seconds: {
    name: 'messaging.process.duration',
    unit: 's',
    attributes: { ...SYSTEM, 'messaging.operation.name': 'process' },
  },
};

/** What the ends of names in Prometheus say of the unit; OpenTelemetry has none in its names. */
const UNITS = [
  ['_per_second', { keeps: true }],
  ['_seconds', { unit: 's' }],
  ['_bytes', { unit: 'By' }],
  ['_total', {}],
] as const satisfies readonly (readonly [string, { unit?: string; keeps?: true }])[];

/** What labels are called as attributes: those of the conventions, and those that spans of ours have. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  queue: 'messaging.destination.name',
  type: 'apiary.job.type',
};

/** Whether a metric is one of ours: those of Node and the process are told by OpenTelemetry's own packages. */
export function isTold(name: string): boolean {
  return name.startsWith(OURS);
}

/** What a metric of Prometheus is called as an instrument: `apiary_queue_jobs` is `apiary.queue_jobs`. */
export function instrumentOf(name: string): InstrumentName {
  const known = CONVENTIONAL[name];
  if (known) return known;
  const rest = name.slice(OURS.length);
  const [end, said] = UNITS.find(([one]) => rest.endsWith(one)) ?? ['', {}];
  const shortened = 'keeps' in said ? rest : rest.slice(0, rest.length - end.length);
  return { name: `apiary.${shortened}`, ...('unit' in said && { unit: said.unit }) };
}

/** The attributes of a value of a metric, by its labels. */
export function labelsToAttributes(
  name: string,
  labels: Readonly<Partial<Record<string, string | number>>>,
): Attributes {
  const attributes: Attributes = { ...CONVENTIONAL[name]?.attributes };
  for (const [label, value] of Object.entries(labels))
    if (value !== undefined) attributes[ATTRIBUTES[label] ?? `apiary.${label}`] = value;
  return attributes;
}
