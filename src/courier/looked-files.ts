import { parseClearingName } from '../reconciliation/clearing-name.js';
import type { ReconDesk } from '../reconciliation/recon-desk.js';
import type { ClearingBooks } from '../reconciliation/recon-ports.js';
import type { OfferedFile } from './fetch-reports.js';

/** Which files of a server were looked at since the start, and as what they lay there. */
export interface LookedFiles {
  /** For one visit to the servers, about files of these days. */
  visit(days: ReadonlySet<string>): {
    /** Whether a file need not be looked at: now, or for as long as it lies there like this. */
    isKnown(file: OfferedFile): Promise<boolean>;
  };
  /** Its bytes were weighed, whatever came of it. */
  looked(file: OfferedFile): Promise<void>;
}

/** Files that are in the books already and read again in one visit: the others wait for the next one. */
const MOST_AGAIN = 50;
const MOST_BYTES_AGAIN = 256 * 1024 * 1024;

const asItLies = ({ size, modifiedAt }: OfferedFile) => `${size} ${modifiedAt}`;

/**
 * A file that has another size or time than when it was looked at is looked at anew. What the books have under its name and size is, too, once
 * after a start, and whenever a file of its name was taken back, since other content may have come under that name (order-code reference 6.3); but not of a sealed day, and some at a time.
 */
export function createLookedFiles({
  books,
  desk,
}: {
  readonly books: Pick<ClearingBooks, 'findByName'>;
  readonly desk: Pick<ReconDesk, 'day'>;
}): LookedFiles {
  const seen = new Map<string, string>();
  /** Those whose name the books held when they were looked at. */
  const held = new Set<string>();
  const isHeld = async (name: string) => (await books.findByName(name)) !== undefined;
  const dayOf = (where: string) => parseClearingName(where.slice(where.lastIndexOf('/') + 1))?.day ?? '';

  return {
    visit(days) {
      for (const where of seen.keys()) if (!days.has(dayOf(where)) && seen.delete(where)) held.delete(where);
      const again = new Map<string, number>();
      const sealed = new Map<string, boolean>();
      async function isSealed(day: string): Promise<boolean> {
        const known = sealed.get(day) ?? (await desk.day(day)).sealed;
        sealed.set(day, known);
        return known;
      }
      return {
        async isKnown(file) {
          const { name, size, where } = file;
          if (seen.get(where) === asItLies(file) && (!held.has(where) || (await isHeld(name)))) return true;
          if (again.has(where) || (await books.findByName(name))?.size !== size) return false;
          const bytes = [...again.values()].reduce((sum, one) => sum + one, 0);
          const isEnough = again.size >= MOST_AGAIN || (again.size > 0 && bytes + size > MOST_BYTES_AGAIN);
          if (isEnough || (await isSealed(dayOf(where)))) return true;
          again.set(where, size);
          return false;
        },
      };
    },
    async looked(file) {
      seen.set(file.where, asItLies(file));
      if (await isHeld(file.name)) held.add(file.where);
      else held.delete(file.where);
    },
  };
}
