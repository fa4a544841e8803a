import type { KillPoint } from '#src/base/kill-point.js';

/** Where a `recon` command is killed, and at which time that it comes by: nobody sells meanwhile, so it needs no shop around it. */
export const RECON_KILL_PLACES: ReadonlyArray<{
  readonly point: KillPoint;
  readonly nth: number;
  readonly during: 'import' | 'run';
}> = [
  { point: 'import.run', nth: 1, during: 'import' },
  { point: 'import.run', nth: 3, during: 'import' },
  { point: 'import.staged', nth: 1, during: 'import' },
  { point: 'match.page', nth: 1, during: 'run' },
  { point: 'match.page', nth: 5, during: 'run' },
  { point: 'match.compared', nth: 1, during: 'run' },
];
