/** A place in a swarm, as far as it counts for who is to be replaced. */
export interface ReplaceablePlace {
  readonly number: number;
  /** Of what round the process is that runs there. */
  readonly round: number;
}

/**
 * The place whose process is to be replaced next, so that all are of this round or a later one: the oldest first, of
 * equals the one with the lower number; null when there is none. One that died meanwhile has been started anew, and is
 * of the round already.
 */
export function nextToReplace<Place extends ReplaceablePlace>(
  places: readonly Place[],
  round: number,
): Place | null {
  const older = places.filter((place) => place.round < round);
  const [next] = older.sort((one, other) => one.round - other.round || one.number - other.number);
  return next ?? null;
}
