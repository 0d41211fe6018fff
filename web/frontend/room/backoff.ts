// When to try again: doubling with full jitter, so that a server that returns is not stormed.

export interface BackoffPlan {
  readonly first: number; // ms
  readonly longest: number; // ms
}

// A network change must be over within 5 s, so the first tries come quickly.
export const QUICK: BackoffPlan = { first: 250, longest: 4_000 };

/** How long to wait before try `failures` (1 is the first one after a loss), in ms. */
export function waitBefore(
  failures: number,
  plan: BackoffPlan = QUICK,
  random: () => number = Math.random,
): number {
  if (failures <= 0) return 0;
  const ceiling = Math.min(plan.longest, plan.first * 2 ** Math.min(failures - 1, 16));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
