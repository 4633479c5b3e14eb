import { scheduleSwitch } from './schedule-switch.ts';

/** `apiary schedules resume`: lets a schedule fire again. */
export const schedulesResume = scheduleSwitch('resume');
