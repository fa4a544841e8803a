import type { AdminAnswer } from './admin-messages.js';
import type { CliParts } from './cli-parts.js';
import { visible } from './visible-text.js';

const DRAWN_EVERY_MS = 250;
const TOLD_EVERY_MS = 10_000;

interface Told {
  /** What is done before there are lines, as words; undefined while lines are counted. */
  readonly step: string | undefined;
  readonly lines: number;
  /** 0 to 1; undefined where nobody knows. */
  readonly share: number | undefined;
}

/** What a fetch is at (`FetchStep`). */
function stepText(doing: unknown, about: string): string | undefined {
  if (doing === 'calling') return `calling ${about}`;
  if (doing === 'looking') return `looking for reports at ${about}`;
  if (doing === 'waiting') return `waiting a moment to see whether the files at ${about} still grow`;
  return doing === 'reading' ? `fetching ${about}` : undefined;
}

/** What the work says about itself; undefined while there is none. */
function read(answer: AdminAnswer): Told | undefined {
  if (answer.kind === 'refused' || typeof answer.result !== 'object' || answer.result === null) return undefined;
  const { doing, about, lines, linesOfAll, bytesDone, bytesOfAll } = answer.result as Readonly<Record<string, unknown>>;
  const shareOf = (part: unknown, all: unknown) =>
    typeof part === 'number' && typeof all === 'number' && all > 0 ? Math.min(1, part / all) : undefined;
  return {
    step: stepText(doing, String(about)),
    lines: Number(lines ?? 0),
    share: shareOf(bytesDone, bytesOfAll) ?? shareOf(lines, linesOfAll),
  };
}

/** `1,204,000 lines, 43 %, 152,000 lines/s, 9 s left`, or `fetching NAME, 43 %`. `seconds`: since lines are counted. */
function progressText({ step, lines, share }: Told, seconds: number): string {
  if (step !== undefined) return share === undefined ? step : `${step}, ${Math.floor(share * 100)} %`;
  const rate = seconds > 0 ? Math.round(lines / seconds) : 0;
  const left = share === undefined || share === 0 ? '' : `, ${Math.ceil((seconds / share) * (1 - share))} s left`;
  const percent = share === undefined ? '' : `, ${Math.floor(share * 100)} %`;
  return `${lines.toLocaleString('en')} lines${percent}, ${rate.toLocaleString('en')} lines/s${left}`;
}

/**
 * Waits for `work` and tells how far it is on stderr: one line that is drawn anew on a terminal, a plain line now and then elsewhere.
 * What cannot be asked is not told; only `work` counts.
 */
export async function showProgress<T>(
  { clock, output, isTerminal = false }: Pick<CliParts, 'clock' | 'output' | 'isTerminal'>,
  work: Promise<T>,
  ask: () => Promise<AdminAnswer>,
): Promise<T> {
  let since = clock.elapsedMs();
  const over = new AbortController();
  let isDrawn = false;
  const tell = (async () => {
    for (;;) {
      await clock.sleep(isTerminal ? DRAWN_EVERY_MS : TOLD_EVERY_MS, over.signal);
      if (over.signal.aborted) return;
      const now = await ask().then(read, () => undefined);
      if (now === undefined || over.signal.aborted) continue;
      if (now.step !== undefined) since = clock.elapsedMs();
      const text = visible(progressText(now, (clock.elapsedMs() - since) / 1000));
      output.err(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
      isDrawn = isTerminal;
    }
  })();
  try {
    return await work;
  } finally {
    over.abort();
    await tell;
    if (isDrawn) output.err('\r\u001b[K');
  }
}
