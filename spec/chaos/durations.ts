/** How long a job takes, by a source of chance: most next to no time, some long enough to be cut off. */
export function duration(random: () => number): number {
  const chance = random();
  if (chance < 0.6) return 0;
  return Math.round(chance < 0.95 ? 60 * random() : 3_000 * random());
}
