import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Harness } from '../support/bridge-harness.js';

/** A shop after a day's work, for tests of the back office pages. */
export interface WorkedShop {
  /** A paid payment. */
  readonly paid: string;
  /** Report files on the disk: of the day with differences planted in them, and of the next day. */
  readonly files: readonly string[];
  readonly date: string;
  readonly nextDate: string;
}

const DATE = '2026-03-05';
const NEXT_DATE = '2026-03-06';

/** Texts that would do harm or look wrong in a page that does not show them as text. */
export const HOSTILE = '<b onclick="x">抹茶</b> \u202egnp.exe 🍵 & "quoted" \'text\'';

/** Sells, pays and declines on the lanes, then writes the upstream's reports of the day. */
export async function setShop(harness: Harness): Promise<WorkedShop> {
  const sold: string[] = [];
  for (const [n, value] of ['1980', '450', '12600', '3300', '880'].entries()) {
    const { paymentRequestId } = await harness.place({
      saleReference: `OFFICE-${n}`,
      amount: { currency: 'JPY', value },
      description: HOSTILE,
    });
    if (n === 3) harness.simulator.decline(paymentRequestId, 'USER_BALANCE_NOT_ENOUGH');
    else harness.simulator.pay(paymentRequestId);
    await harness.untilState(paymentRequestId, ['paid', 'failed']);
    sold.push(paymentRequestId);
  }
  const folder = join(harness.folder, 'reports');
  mkdirSync(folder);
  const files = [DATE, NEXT_DATE].flatMap((date) => {
    const planted = date === DATE ? ['clearing_amount_differs', 'clearing_foreign_line'] : ['clearing_foreign_line'];
    harness.simulator.setFaults(planted.map((name) => ({ name })));
    const written = harness.simulator.clearingFiles(date).files;
    harness.simulator.setFaults([]);
    return written.map(({ name, content }) => {
      const file = join(folder, name);
      writeFileSync(file, content);
      return file;
    });
  });
  return { paid: sold[0] ?? '', files, date: DATE, nextDate: NEXT_DATE };
}
