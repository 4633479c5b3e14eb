import type { VNode } from 'preact';
import type { Firing } from '../../../inspector/inspector.ts';
import { countText, durationText } from '../../../texts.ts';
import { jobAddress } from '../addresses.ts';
import { Moment, When } from '../when.tsx';

/** What a schedule did at a time: when, what came of it, and the job that it is about. */
export function FiringText({ firing, queue, now }: { firing: Firing; queue: string; now: number }): VNode {
  return (
    <>
      <When at={firing.firedAt} now={now} /> <span class={`mark ${firing.outcome}`}>{firing.outcome}</span>
      <span class="note">
        {firing.outcome === 'missed' ? (
          <>
            {`${firing.atLeast ? 'at least ' : ''}${countText(firing.count, 'tick')} from `}
            <Moment at={firing.tick} /> on: no worker was there
          </>
        ) : (
          <JobOfFiring firing={firing} queue={queue} />
        )}
      </span>
    </>
  );
}

function JobOfFiring(props: { firing: Exclude<Firing, { outcome: 'missed' }>; queue: string }): VNode {
  const { jobId, outcome, lateMs } = props.firing;
  const link = (
    <a class="id" href={jobAddress(props.queue, jobId)}>
      {jobId}
    </a>
  );
  switch (outcome) {
    case 'fired':
      return (
        <>
          job {link}
          {lateMs >= 1_000 && `, ${durationText(lateMs)} late`}
        </>
      );
    case 'overlap':
      return <>left out: job {link} of an earlier tick had not ended</>;
    case 'unique':
      return <>left out: job {link} holds the unique key</>;
    case 'exists':
      return <>left out: there was a job {link} already</>;
  }
}
