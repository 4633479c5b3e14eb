import { z } from 'zod';
import { stringMap } from '../jobs/string-map.ts';

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that belong to the connection or are computed from the request. */
const RESERVED_HEADERS: readonly string[] = [
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

const url = z
  .url({ protocol: /^https?$/, error: 'must be a complete http or https url', abort: true })
  .max(2_048)
  .refine(hasNoUserInfo, 'must not hold a user or password; send an authorization header instead');

const headers = stringMap().superRefine((given, ctx) => {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(given)) {
    const message = headerProblem(name, value, seen);
    seen.add(name.toLowerCase());
    if (message !== null) ctx.addIssue({ code: 'custom', path: [name], message });
  }
});

/**
 * The data of a webhook job: where to send what. `method` is POST by default; a string `body` is sent as it is, any
 * other JSON value as JSON, and GET takes none. Unknown keys are refused.
 */
export const webhookSchema = z
  .strictObject({
    url,
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('POST'),
    headers: headers.default({}),
    // Job data is JSON by the time it is stored, so its depths need no second look here.
    body: z.unknown().optional(),
  })
  .refine(({ method, body }) => method !== 'GET' || body === undefined, {
    path: ['body'],
    message: 'must be left out with GET',
  });

/** The data of a webhook job as its handler gets it, defaults filled in. */
export type WebhookData = z.output<typeof webhookSchema>;

function hasNoUserInfo(text: string): boolean {
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

function headerProblem(name: string, value: string, seen: ReadonlySet<string>): string | null {
  const key = name.toLowerCase();
  if (!HEADER_NAME.test(name)) return 'is not a valid header name';
  if (RESERVED_HEADERS.includes(key) || key.startsWith('webhook-')) return 'is set by the delivery itself';
  if (seen.has(key)) return 'is given twice, in different case';
  if (!HEADER_VALUE.test(value))
    return 'must not hold line breaks, control characters or characters past U+00FF';
  return null;
}
