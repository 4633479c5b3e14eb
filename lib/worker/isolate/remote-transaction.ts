import type { TransactionClient, TransactionPool } from '../../jobs/transaction.ts';

/** What of a transaction is to be done where its connection is. */
export type TransactionStep =
  | { do: 'connect' }
  | { do: 'query'; text: string; values: unknown[] | undefined }
  | { do: 'release'; isBroken: boolean | undefined }
  | { do: 'run' };

/** Has a step done there; resolves with what it comes to. */
export type DoStep = (step: TransactionStep) => Promise<unknown>;

/** A pool whose connection is elsewhere. It gives out one. */
export function remotePool(doStep: DoStep): TransactionPool {
  const client: TransactionClient = {
    query: async (text, values) => {
      const rows = await doStep({ do: 'query', text, values });
      return { rows: Array.isArray(rows) ? rows : [] };
    },
    // Nobody waits for it, nor does anybody hear that it fails.
    release: (isBroken) => void doStep({ do: 'release', isBroken }).catch(() => undefined),
  };
  return { connect: () => doStep({ do: 'connect' }).then(() => client) };
}

/** Does the steps of one transaction, with a connection of this pool. */
export function transactionSteps(pool: TransactionPool, run: (tx: never) => unknown): DoStep {
  let tx: TransactionClient | null = null;
  return async (step) => {
    if (step.do === 'connect') {
      tx = await pool.connect();
      return null;
    }
    if (tx === null) throw new Error('the transaction has no connection');
    if (step.do === 'query') return (await tx.query(step.text, step.values)).rows;
    if (step.do === 'run') return Reflect.apply(run, undefined, [tx]);
    await tx.release(step.isBroken);
    return null;
  };
}
