import type { Finding } from './crimes.ts';
import { type Circumstances, isForgettable } from './explain.ts';
import { explain } from './explanations.ts';
import { type Ledger, type Run, succeededAt, type Trouble } from './ledger.ts';
import { misorders } from './orders.ts';
import { toldLate } from './told-late.ts';

/** An attempt that was cut off and made again. */
export interface Repeat {
  name: string;
  /** When the attempt began that was made again, and when the next did. */
  at: number;
  againAt: number;
  by: Trouble;
}

/** What the judge says. */
export interface Verdict {
  findings: Finding[];
  repeats: Repeat[];
  /** Lost within what the durability promises to keep: acknowledged in the last second before Redis was killed. */
  forgotten: string[];
}

/** Judges a run by what all its processes told, and by what Redis holds at the end; looks at nothing else. */
export function judge(ledger: Ledger, circumstances: Circumstances): Verdict {
  const verdict: Verdict = { findings: [], repeats: [], forgotten: [] };
  judgeEnds(ledger, circumstances, verdict);
  for (const [name, runs] of ledger.runs) judgeRuns(name, runs, { ledger, circumstances, verdict });
  judgeEffects(ledger, circumstances, verdict);
  verdict.findings.push(...misorders(ledger, circumstances));
  for (const { who, pid, said } of ledger.crashes)
    verdict.findings.push({ crime: 'crashed', name: who, detail: `process ${pid}: ${said}` });
  return verdict;
}

function judgeEnds(ledger: Ledger, circumstances: Circumstances, verdict: Verdict): void {
  const remains = new Map(ledger.remains.map((one) => [one.name, one]));
  for (const { name, queue, id, state } of ledger.remains) {
    if (state !== 'failed')
      verdict.findings.push({ crime: 'stuck', name, detail: `${id} is ${state} in ${queue}` });
  }
  for (const { name, at, feature } of ledger.acknowledged) {
    if (succeededAt(ledger, name) !== null) continue;
    const left = remains.get(name);
    if (left?.state === 'failed')
      verdict.findings.push({
        crime: 'givenUp',
        name,
        detail: `${left.id} of ${left.queue}: ${left.outcome}`,
      });
    if (left) continue;
    const isKept = circumstances.replicas > 0;
    if (!isKept && isForgettable({ from: at, until: at }, ledger.troubles, circumstances))
      verdict.forgotten.push(name);
    else verdict.findings.push({ crime: 'lost', name, detail: `${feature}, acknowledged at ${at}` });
  }
}

interface Court {
  ledger: Ledger;
  circumstances: Circumstances;
  verdict: Verdict;
}

/** Every run but the last must have ended in a way that leads to another, or a fault explains why there is one. */
function judgeRuns(name: string, runs: readonly Run[], { ledger, circumstances, verdict }: Court): void {
  const [first] = runs;
  for (const [at, next] of runs.slice(1).entries()) {
    const run = runs[at];
    if (!run || leadsTo(run, next)) continue;
    const by =
      explain(run, next.at, ledger.troubles, circumstances, runs.slice(0, at)) ?? toldLate(next, ledger);
    if (by) verdict.repeats.push({ name, at: run.at, againAt: next.at, by });
    else verdict.findings.push({ crime: 'repeated', name, detail: pairOf(run, next) });
    // Redis may have forgotten under which id it ran, whatever else befell its process meanwhile.
    const mayForget = isForgettable({ from: run.at, until: next.at }, ledger.troubles, circumstances);
    if (next.id !== run.id && !mayForget)
      verdict.findings.push({ crime: 'doubled', name, detail: `as ${first?.id} and as ${next.id}` });
  }
}

function leadsTo(run: Run, next: Run): boolean {
  if (run.id !== next.id) return false;
  if (run.end?.how === 'snoozed') return true;
  return run.end?.how === 'threw' && next.attempt === run.attempt + 1;
}

function judgeEffects(ledger: Ledger, circumstances: Circumstances, verdict: Verdict): void {
  const done = new Map<string, string>();
  for (const { name, run, at } of [...ledger.effects].sort((a, b) => a.at - b.at)) {
    const runs = ledger.runs.get(name) ?? [];
    const before = runs.find((one) => one.run === done.get(name));
    const own = runs.find((one) => one.run === run);
    done.set(name, run);
    if (!before || explain(before, at, ledger.troubles, circumstances)) continue;
    // Who began first and did it last may have asked a primary that another had replaced.
    const isLate = own !== undefined && own.at < before.at;
    if (isLate && isForgettable({ from: own.at, until: at }, ledger.troubles, circumstances)) continue;
    verdict.findings.push({ crime: 'repeated', name, detail: `its effect, in ${before.run} and in ${run}` });
  }
}

function pairOf(run: Run, next: Run): string {
  const end = run.end ? `${run.end.how} at ${run.end.at}` : 'never ended';
  return (
    `${run.id}: process ${run.pid} began attempt ${run.attempt} at ${run.at} and ${end}; ` +
    `process ${next.pid} began attempt ${next.attempt} at ${next.at}`
  );
}
