import { measuredText } from '../../../texts.ts';

/** A time that was measured; a dash where none was. */
export function msText(ms: number | null): string {
  return ms === null ? '–' : measuredText(ms);
}
