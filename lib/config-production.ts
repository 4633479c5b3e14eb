import { type ApiKeySetting, LEAST_SECRET_BYTES } from './config-api-keys.ts';
import type { ReadVariables } from './config-variables.ts';
import type { FieldProblem } from './errors.ts';

/** The settings of which production asks for more. */
export interface JudgedSettings {
  readonly redisUrl: string | null;
  readonly api: { readonly keys: readonly ApiKeySetting[] };
}

/** The keys whose secrets can be guessed; production refuses them. */
export function weakKeys({ api }: Pick<JudgedSettings, 'api'>): string[] {
  return api.keys.filter(({ isWeak }) => isWeak).map(({ name }) => name);
}

/** What production does not start with although it has the right form: what has not is as it came. */
export function findUnfitForProduction(
  config: JudgedSettings,
  { files, problems }: ReadVariables,
): FieldProblem[] {
  const found: FieldProblem[] = [];
  const isTold = (...paths: string[]): boolean => problems.some(({ path }) => paths.includes(path));
  if (config.redisUrl === null && !isTold('REDIS_URL_FILE')) {
    found.push({ path: 'REDIS_URL', message: 'REDIS_URL is not set; it is required in production' });
  }
  const path = files.get('API_KEYS') ?? 'API_KEYS';
  const weak = isTold(path) ? [] : weakKeys(config);
  if (weak.length > 0) {
    const message = `${path} has a secret shorter than ${LEAST_SECRET_BYTES} bytes, for ${weak.join(', ')}; production asks for more, such as openssl rand -hex 16 makes`;
    found.push({ path, message });
  }
  return found;
}
