import { type Finding, wrong } from '../../doctor/finding.ts';
import type { FirstLook } from '../../redis/first-look.ts';
import { infoNumber } from '../../redis/info.ts';
import { numberText } from '../../texts.ts';

const SLOTS = 16_384;

/** Judges a cluster by what its first node says; null when it serves all slots, or is none. */
export function judgeCluster({ cluster }: FirstLook): Finding | null {
  if (cluster === null) return null;
  const state = cluster.get('cluster_state') ?? 'unknown';
  const [assigned, failing, suspected] = ['assigned', 'fail', 'pfail'].map(
    (which) => infoNumber(cluster, `cluster_slots_${which}`) ?? 0,
  );
  const lost = (failing ?? 0) + (suspected ?? 0);
  if (state === 'ok' && assigned === SLOTS && lost === 0) return null;
  const slots = `${numberText(assigned ?? 0)} of ${numberText(SLOTS)} slots are assigned, ${numberText(lost)} are lost`;
  return wrong('cluster', {
    what: `the state of the cluster is ${state}: ${slots}`,
    means: 'queues whose slots nobody serves stand still (CLUSTERDOWN)',
    mend: 'redis-cli --cluster check host:port, then --cluster fix, or bring the lost nodes back',
  });
}
