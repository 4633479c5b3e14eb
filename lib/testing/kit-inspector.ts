import { Inspector } from '../inspector/inspector.ts';
import type { InspectorDeps } from '../inspector/inspector-deps.ts';

/** Told of a running job that was cancelled, and why; null where nobody said. */
type OnCancel = (queue: string, id: string, reason: string | null) => void;

/** The inspector of a kit: no worker listens there, so whoever runs a job that is cancelled is told from here. */
export class KitInspector extends Inspector {
  readonly #onCancel: OnCancel;

  constructor(deps: InspectorDeps, onCancel: OnCancel) {
    super(deps);
    this.#onCancel = onCancel;
  }

  override async cancel(
    ...[queue, id, by, options = {}]: Parameters<Inspector['cancel']>
  ): ReturnType<Inspector['cancel']> {
    const result = await super.cancel(queue, id, by, options);
    if (result.done && result.was === 'active') this.#onCancel(queue, id, options.reason ?? null);
    return result;
  }
}
