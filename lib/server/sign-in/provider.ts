import type { Configuration, CustomFetch, IDToken } from 'openid-client';
import type { Clock } from '../../clock.ts';
import { httpProblem, ProblemError } from '../problem.ts';
import { withinLimit } from '../time-limit.ts';

/** Which provider people sign in by, and as what we are known there. */
export interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Words with spaces between them. */
  readonly scope: string;
  /** Which claim tells what somebody is. */
  readonly roleClaim: string;
  /** Where the provider sends people back to. */
  readonly redirectUrl: string;
}

/** What the answer of the provider has to fit to: kept by the browser that asks. */
export interface SignInChecks {
  state: string;
  nonce: string;
  verifier: string;
}

/** Who somebody is, as the provider says. */
export interface Identity {
  subject: string;
  name: string;
  groups: string[];
}

/** What asks a provider. */
export interface Provider {
  /** Makes the address at which somebody signs in. Throws a problem of status 503 when the provider is away. */
  begin(checks: SignInChecks): Promise<URL>;
  /** Asks who has come back with this address. Throws a problem that says why it cannot be told. */
  finish(callback: URL, checks: SignInChecks): Promise<Identity>;
}

/** All that a provider is asked for at a time must be answered within this. */
const LIMIT_MS = 10_000;
const CLOCK_TOLERANCE_S = 30;
const MOST_BYTES = 1_048_576;
/** So long a provider that has failed is not asked anew. */
const REST_MS = 1_000;
const MOST_NAME = 100;
const MOST_GROUPS = 1_000;

type Client = typeof import('openid-client');

/** What is known of the provider: it is asked for its addresses at the first sign-in, and again until it has told. */
interface Known {
  client: Client;
  config: Configuration;
}

/** Opens what asks a provider; nothing is loaded, and nobody asked, before somebody signs in. */
export function openProvider(settings: ProviderSettings, clock: Clock): Provider {
  const known = discovering(settings, clock);
  const within = <T>(work: () => Promise<T>): Promise<T> => {
    const limit = { clock, limitMs: LIMIT_MS, what: 'the provider', toError: away };
    return withinLimit(limit, work).catch((error: unknown): never => {
      throw problemOf(error);
    });
  };
  return {
    begin: (checks) => within(async () => addressOf(await known(), settings, checks)),
    finish: (callback, checks) => within(async () => identify(await known(), settings, { callback, checks })),
  };
}

/** Asks the provider for its addresses once for all, and anew where that has failed, though not at once. */
function discovering(settings: ProviderSettings, clock: Clock): () => Promise<Known> {
  let knowing: Promise<Known> | null = null;
  let restsUntil = 0;
  return () => {
    if (clock.elapsed() < restsUntil) throw away('the provider was away a moment ago');
    knowing ??= discover(settings);
    const asked = knowing;
    return asked.catch((error: unknown) => {
      if (knowing === asked) knowing = null;
      restsUntil = clock.elapsed() + REST_MS;
      throw error;
    });
  };
}

async function discover({ issuer, clientId, clientSecret }: ProviderSettings): Promise<Known> {
  const client = await import('openid-client');
  const address = new URL(issuer);
  const metadata = { client_secret: clientSecret, [client.clockTolerance]: CLOCK_TOLERANCE_S };
  const config = await client.discovery(address, clientId, metadata, undefined, {
    [client.customFetch]: boundedFetch,
    timeout: LIMIT_MS / 1_000,
    // Settings let plain HTTP through for a provider on this machine alone.
    execute: [
      client.enableNonRepudiationChecks,
      ...(address.protocol === 'http:' ? [client.allowInsecureRequests] : []),
    ],
  });
  return { client, config };
}

async function addressOf(
  { client, config }: Known,
  { scope, redirectUrl }: ProviderSettings,
  { state, nonce, verifier }: SignInChecks,
): Promise<URL> {
  return client.buildAuthorizationUrl(config, {
    ...{ redirect_uri: redirectUrl, scope, state, nonce, response_type: 'code' },
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
}

async function identify(
  { client, config }: Known,
  { roleClaim }: ProviderSettings,
  { callback, checks: { state, nonce, verifier } }: { callback: URL; checks: SignInChecks },
): Promise<Identity> {
  const tokens = await client.authorizationCodeGrant(config, callback, {
    ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier },
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (!claims) throw away('the provider does not say who has signed in');
  const isWhole = claims[roleClaim] !== undefined && claims['preferred_username'] !== undefined;
  if (isWhole || !config.serverMetadata().userinfo_endpoint) return identityOf(claims, roleClaim);
  const told = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  return identityOf({ ...told, ...claims }, roleClaim);
}

function identityOf(claims: IDToken | Record<string, unknown>, roleClaim: string): Identity {
  const told = new Map(Object.entries(claims));
  const subject = String(told.get('sub'));
  const names = ['preferred_username', 'email', 'name', 'sub'].map((claim) => visibleOf(told.get(claim)));
  const groups = [told.get(roleClaim)].flat().slice(0, MOST_GROUPS);
  return {
    subject,
    name: names.find((one) => one !== '') ?? subject,
    groups: groups.filter((one) => typeof one === 'string'),
  };
}

/** What is seen of a name: people choose it themselves, and what does not show would make it look like another. */
function visibleOf(name: unknown): string {
  if (typeof name !== 'string') return '';
  const visible = [...name.replace(/\p{C}/gu, '').trim()];
  return visible.slice(0, MOST_NAME).join('').trim();
}

/** Reads what a provider answers up to a bound: it may send anything, without end. */
const boundedFetch: CustomFetch = async (url, { method, headers: sent, body = null, signal }) => {
  const text = body === null ? null : String(body);
  const asked = { method, headers: sent, body: text, redirect: 'manual', ...(signal && { signal }) } as const;
  const response = await fetch(url, asked);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > MOST_BYTES) throw new Error(`the provider has sent more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  const { status, headers } = response;
  return new Response(length === 0 ? null : Buffer.concat(parts), { status, headers });
};

function away(why: string): ProblemError {
  const detail = `nobody can sign in by the provider now: ${why}; try again in a moment`;
  return new ProblemError(httpProblem(503, detail));
}

/** What is said of an error: of what a provider answers, no more than its code. */
function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const code = error instanceof Error && 'error' in error ? String(error.error) : null;
  if (code === null || !/^[a-z_]{1,50}$/.test(code)) {
    return away('it cannot be reached, or does not answer as a provider does');
  }
  const refusal = `the provider did not let you in (${code}); begin anew`;
  return new ProblemError(httpProblem(403, refusal));
}
