/** A mean in which what was measured long ago counts little, and when it was last measured (ms). */
export interface DecayingMean {
  value: number;
  at: number;
}

/**
 * Takes a measurement into a mean, at whatever intervals it is measured. What is `decayMs` old counts a third; with no
 * mean before, the measurement is the mean.
 */
export function withMeasured(
  before: DecayingMean | undefined,
  measured: DecayingMean,
  decayMs: number,
): DecayingMean {
  if (!before) return measured;
  const weight = 1 - Math.exp((before.at - measured.at) / decayMs);
  return { value: before.value + weight * (measured.value - before.value), at: measured.at };
}
