import type { DrawnStep } from './drawn-steps.ts';

/** Puts what is drawn of a workflow into layers: each into the first that is behind all that stand before it. */
export function layersOf(steps: readonly DrawnStep[]): DrawnStep[][] {
  const layerOf = layersByName(steps);
  const layers: DrawnStep[][] = [];
  for (const step of steps) {
    const at = layerOf.get(step.name) ?? 0;
    const layer = layers[at] ?? [];
    layers[at] = layer;
    layer.push(step);
  }
  return layers.filter((layer) => layer !== undefined);
}

/** Not by calls within calls: a chain may be as long as a workflow. */
function layersByName(steps: readonly DrawnStep[]): Map<string, number> {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const layers = new Map<string, number>();
  const entered = new Set<DrawnStep>();
  const open = steps.toReversed();
  for (let step = open.pop(); step; step = open.pop()) {
    if (layers.has(step.name)) continue;
    const missing = entered.has(step) ? [] : step.before.filter((name) => !layers.has(name));
    entered.add(step);
    const first = missing.flatMap((name) => byName.get(name) ?? []);
    if (first.length > 0) open.push(step, ...first);
    else
      layers.set(
        step.name,
        1 + step.before.reduce((most, name) => Math.max(most, layers.get(name) ?? -1), -1),
      );
  }
  return layers;
}
