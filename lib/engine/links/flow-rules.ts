/**
 * When a step starts: once all those before it have `succeeded`; once they have `ended` in whatever way; as soon as
 * `any` of them has succeeded; as soon as one of them has `failed`.
 */
export const STEP_RULES = ['succeeded', 'ended', 'any', 'failed'] as const;

/** One of {@link STEP_RULES}. */
export type StepRule = (typeof STEP_RULES)[number];

/**
 * What the failure of a step does: `continue`, nothing but what the rules say; `stop`, no step starts any more that
 * waits for a success.
 */
export const FLOW_POLICIES = ['continue', 'stop'] as const;

/** One of {@link FLOW_POLICIES}. */
export type FlowPolicy = (typeof FLOW_POLICIES)[number];
