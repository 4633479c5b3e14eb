import type convict from 'convict';
import type { AlertRuleSetting } from './alert-settings.ts';
import type { QuietHours } from './quiet-hours.ts';

/** Who is told of what is wrong, and when. */
export interface AlertSettings {
  /** Where messages are sent; null for nowhere, and then nothing is looked at. */
  readonly webhookUrl: string | null;
  /** What differs from the rules as they are. */
  readonly rules: readonly AlertRuleSetting[];
  readonly quietHours: QuietHours | null;
}

/** What these settings are. */
export const ALERTS_SCHEMA: convict.Schema<AlertSettings> = {
  webhookUrl: {
    doc: 'Where alerts are sent as webhooks, for Slack or a program of your own; without one nobody is told.',
    format: 'webhook-url',
    default: null,
    nullable: true,
    env: 'ALERT_WEBHOOK_URL',
    sensitive: true,
  },
  rules: {
    doc: 'Other thresholds of the rules of alerts, and rules that are off, for all queues or some.',
    format: 'alert-rules',
    default: [],
    env: 'ALERT_RULES',
  },
  quietHours: {
    doc: 'When no alert is sent; what is still wrong at their end is told then, in one message.',
    format: 'quiet-hours',
    default: null,
    nullable: true,
    env: 'ALERT_QUIET_HOURS',
  },
};
