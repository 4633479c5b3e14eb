/** What a key of the API may be good for: adding jobs, looking at everything, and changing what there is. */
export const API_SCOPES = ['add', 'read', 'operate'] as const;

/** One of {@link API_SCOPES}. */
export type ApiScope = (typeof API_SCOPES)[number];
