/** The outside steps of a bridge that are counted; each may be its last. */
export const STEP_KINDS = ['commit', 'statement', 'call', 'write', 'read'] as const;

/**
 * `commit`: what makes changes durable. `statement`: any other. `call`: bytes towards the upstream. `write`: bytes to anybody else.
 * `read`: bytes from anybody.
 */
export type StepKind = (typeof STEP_KINDS)[number];

export function stepCounts(): Record<StepKind, number> {
  return { commit: 0, statement: 0, call: 0, write: 0, read: 0 };
}

/** At which step a life ends: the `nth` of its kind, before it takes effect or after. */
export interface DeathPlan {
  readonly kind: StepKind;
  readonly nth: number;
  readonly side: 'before' | 'after';
}
