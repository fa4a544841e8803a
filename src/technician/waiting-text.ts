interface WaitingWords {
  readonly waiting?: {
    readonly count: number;
    readonly amounts: readonly { readonly currency: string; readonly value: string }[];
    readonly until: string;
  };
}

/** What of a day waits for the next cycle, and what becomes of it; empty when nothing waits. */
export function waitingText(day: unknown): string {
  const { waiting } = day as WaitingWords;
  if (waiting === undefined || waiting.count === 0) return '';
  const { count, amounts, until } = waiting;
  const money = amounts.map(({ currency, value }) => `${currency} ${value}`).join(', ');
  const [rows, them] = count === 1 ? ['1 row waits', 'it'] : [`${count} rows wait`, 'them'];
  return `${rows} for the next cycle (${money}): if the reports of ${until} do not bring ${them} either, an exception of ${until} says so\n`;
}
