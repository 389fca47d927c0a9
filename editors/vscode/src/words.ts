// How the view says things.
import type { RecurringError, RecurringRepair } from './protocol';

/** "came 4 times, repaired 2" */
export function counts({ times, repaired }: Pick<RecurringError, 'times' | 'repaired'>): string {
  return `came ${times === 1 ? 'once' : `${times} times`}, repaired ${repaired === 0 ? 'never' : repaired}`;
}

/** "held 3 of 4", which the server's titles say too. */
export function heldOf({ held, of, never }: Pick<RecurringRepair, 'held' | 'of' | 'never'>): string {
  const text = of === 0 ? 'not applied yet' : `held ${held} of ${of}`;
  return never ? `${text}; never suggested` : text;
}

/** "ts 2345" */
export function ruleName({ source, code }: Pick<RecurringError, 'source' | 'code'>): string {
  return code === undefined || code === '' ? source : `${source} ${code}`;
}

const DAY = 24 * 60 * 60 * 1000;

/** When something was: "today", "3 days ago", "on 2026-11-02". */
export function ago(time: string, now: number): string {
  const then = Date.parse(time);
  if (Number.isNaN(then)) {
    return 'some time ago';
  }
  const days = Math.floor(now / DAY) - Math.floor(then / DAY);
  if (days <= 0) {
    return 'today';
  }
  if (days === 1) {
    return 'yesterday';
  }
  return days < 14 ? `${days} days ago` : `on ${time.slice(0, 10)}`;
}
