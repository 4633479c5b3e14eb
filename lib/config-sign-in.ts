import type convict from 'convict';
import { rejectSettings } from './config-problems.ts';
import type { GroupRoleSetting } from './config-sign-in-formats.ts';

/** The provider by which people sign in to the monitor; `issuer` null: none. */
export interface SignInSetting {
  readonly issuer: string | null;
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly scope: string;
  readonly roleClaim: string;
  readonly roles: readonly GroupRoleSetting[];
  /** The address by which people reach the monitor, without a path. */
  readonly monitorUrl: string | null;
  readonly idleMinutes: number;
  readonly hours: number;
}

/** What these settings are. */
export const SIGN_IN_SCHEMA: convict.Schema<SignInSetting> = {
  issuer: {
    doc: 'The OpenID provider by which people sign in to the monitor, beside the users of MONITOR_USERS.',
    format: 'issuer-url',
    default: null,
    nullable: true,
    env: 'OIDC_ISSUER',
  },
  clientId: {
    doc: 'What the monitor is called there.',
    format: 'oidc-text',
    default: null,
    nullable: true,
    env: 'OIDC_CLIENT_ID',
  },
  clientSecret: {
    doc: 'What the monitor proves there that it is itself by; the same for all monitors.',
    format: 'oidc-secret',
    default: null,
    nullable: true,
    env: 'OIDC_CLIENT_SECRET',
    sensitive: true,
  },
  scope: {
    doc: 'What the provider is asked to tell.',
    format: 'oidc-scope',
    default: 'openid profile email',
    env: 'OIDC_SCOPE',
  },
  roleClaim: {
    doc: 'Which claim tells the groups of somebody.',
    format: 'oidc-text',
    default: 'groups',
    env: 'OIDC_ROLE_CLAIM',
  },
  roles: {
    doc: 'What who is of a group may do, as group=role:queues.',
    format: 'group-roles',
    default: [],
    env: 'OIDC_ROLES',
  },
  monitorUrl: {
    doc: 'The address by which people reach the monitor, to which the provider sends them back.',
    format: 'origin-url',
    default: null,
    nullable: true,
    env: 'MONITOR_URL',
  },
  idleMinutes: {
    doc: 'For how many minutes a session lasts unused.',
    format: 'session-minutes',
    default: 60,
    env: 'SESSION_IDLE_MINUTES',
  },
  hours: {
    doc: 'For how many hours a session lasts in all.',
    format: 'session-hours',
    default: 12,
    env: 'SESSION_HOURS',
  },
};

/** Checks that a provider is told of wholly or not at all. Throws CONFIG_INVALID that names what is missing. */
export function requireWholeSignIn({ signIn }: { signIn: SignInSetting }): void {
  const { issuer, clientId, clientSecret, roles, monitorUrl } = signIn;
  if (issuer === null) return;
  const missing = [
    ...(clientId === null ? ['OIDC_CLIENT_ID'] : []),
    ...(clientSecret === null ? ['OIDC_CLIENT_SECRET'] : []),
    ...(roles.length === 0 ? ['OIDC_ROLES'] : []),
    ...(monitorUrl === null ? ['MONITOR_URL'] : []),
  ];
  rejectSettings(
    missing.map((path) => ({
      path,
      message: `${path} is not set, and OIDC_ISSUER is; allowed: all of them, or none`,
    })),
  );
}
