/** A step that another one adds to its workflow with its success, or the gate or join of a sub-workflow. */
export interface SpawnedStep {
  /** Behind the name of the step that adds it, and a slash. */
  name: string;
  type: string;
  queue: string;
  /** Of its job; '' for a gate or a join. */
  id: string;
  /** As `save.lua` takes it. */
  start: string;
  /** Its record, in two parts: what is known only when it starts is written between. */
  before: string;
  behind: string;
  /** How it is tied within its sub-workflow, see `spawn-steps.lua`; '' for one that is by itself. */
  ties: string;
}
