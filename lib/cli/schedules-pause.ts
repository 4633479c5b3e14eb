import { scheduleSwitch } from './schedule-switch.ts';

/** `apiary schedules pause`: keeps a schedule from firing. */
export const schedulesPause = scheduleSwitch('pause');
