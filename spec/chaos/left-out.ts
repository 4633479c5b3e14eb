import { ENGINES, type EngineName, engineRule } from './engines.ts';

/** What of the mix, and of what is done to queues, an engine has not got: all of it is of ours. */
export function leftOut(engine: EngineName): string[] {
  const { features, hasSchedules, queueFaults } = engineRule(engine);
  const lacks = <Name>(all: readonly Name[], own: readonly Name[]): Name[] =>
    all.filter((one) => !own.includes(one));
  return [
    ...lacks<string>(ENGINES.apiary.features, features),
    ...(hasSchedules ? [] : ['schedules']),
    ...lacks<string>(ENGINES.apiary.queueFaults, queueFaults),
  ];
}
