import { loadConfig } from '../../lib/config.ts';
import type { Logger } from '../../lib/logger.ts';
import type { MonitorSource, SourceParts } from '../../lib/server/monitor/monitor-source.ts';
import { type OpenSources, openSources } from '../../lib/start-sources.ts';
import { silentLog } from './log.ts';

/** Opens what MONITOR_SOURCES names, over the keys of a prefix. */
export function openSourcesOf(
  list: string,
  { prefix = 'bq', log = silentLog }: { prefix?: string; log?: Logger } = {},
): OpenSources {
  return openSources(loadConfig({ NODE_ENV: 'test', MONITOR_SOURCES: list, QUEUE_PREFIX: prefix }), log);
}

/** A source that shows what parts of a spec's own do, and can always be reached. */
export function sourceOver(
  name: string,
  parts: Omit<SourceParts, 'closedInspector'>,
  { readOnly = false } = {},
): MonitorSource {
  return {
    name,
    readOnly,
    parts: () => ({ closedInspector: parts.inspector, ...parts }),
    trouble: async () => null,
  };
}
