import { Inspector } from '../inspector/inspector.ts';
import type { InspectorDeps } from '../inspector/inspector-deps.ts';

/** The inspector of a kit: no worker listens there, so whoever runs a job that is cancelled is told from here. */
export class KitInspector extends Inspector {
  readonly #onCancel: (queue: string, id: string) => void;

  constructor(deps: InspectorDeps, onCancel: (queue: string, id: string) => void) {
    super(deps);
    this.#onCancel = onCancel;
  }

  override async cancel(
    ...[queue, id, by]: Parameters<Inspector['cancel']>
  ): ReturnType<Inspector['cancel']> {
    const result = await super.cancel(queue, id, by);
    if (result.done && result.was === 'active') this.#onCancel(queue, id);
    return result;
  }
}
