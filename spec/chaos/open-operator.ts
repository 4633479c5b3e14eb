import { openApiary } from './apiary-operator.ts';
import type { EngineName } from './engines.ts';
import type { Operator, OperatorPlace } from './operator.ts';
import { openRival } from './rivals/rival-operator.ts';

/** Opens the operator of the engine on trial; the caller closes it. */
export async function openOperator(engine: EngineName, place: OperatorPlace): Promise<Operator> {
  return engine === 'apiary' ? openApiary(place) : openRival(engine, place);
}
