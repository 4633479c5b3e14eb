import { isSealed } from '../../keyring.ts';
import { readOwn } from '../own-json.ts';
import { type Sealing, sealOf, signalPlace } from '../record/private.ts';
import { hasOldKey, type Resealed, whereOpen } from '../record/reseal.ts';
import { withOtherData } from './kept-signals.ts';

/** Seals the signals of a job anew by the key that seals now. */
export function resealSignals(sealing: Sealing, id: string, text: string): Resealed {
  if (!hasOldKey(text, sealing)) return 'kept';
  return whereOpen(() => {
    const seal = sealOf(sealing, id);
    const anew = withOtherData(text, (name, json) => {
      // What looks so in a job that is not encrypted is its own data.
      const value = readOwn<unknown>(json);
      if (!isSealed(value)) return json;
      return `"${seal.seal(signalPlace(name), seal.open(signalPlace(name), value))}"`;
    });
    return anew === text ? 'kept' : { text: anew };
  });
}
