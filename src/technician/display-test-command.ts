import { randomInt } from 'node:crypto';
import type { EndedTest, StartedTest } from '../display/display-bench.js';
import type { TestedGlass } from '../display/display-test.js';
import type { LoanEnd } from '../display/lane-loan.js';
import type { AskDisplays } from './ask-displays.js';
import { EXIT_FAILED, EXIT_FINE } from './cli-parts.js';
import { type CommandFrame, jsonText, type SharedOptions, tellRefusal } from './command-frame.js';
import { languageLines, symbolLines } from './symbol-text.js';

/** Options of `display test`. */
export interface TestOptions extends SharedOptions {
  readonly lane: string;
  /** How long the code stands at most. */
  readonly seconds?: number;
  /** Bytes of the test code. */
  readonly length: number;
}

/** A person needs a while to find the phone; without one nobody waits. */
const STANDS_SECONDS = { person: 120, alone: 5 } as const;
/** The glass is blanked by this command; the bridge does it when the command has died. */
const SPARE_MS = 5_000;
const STARTED_WITHIN_MS = 90_000;
const ENDED_WITHIN_MS = 10_000;

/** Shows a test code on the lane's displays, lets the number in it be typed back, and blanks them. */
export async function testDisplays(frame: CommandFrame, options: TestOptions, ask: AskDisplays): Promise<number> {
  const { output, clock } = frame.parts;
  const number = String(randomInt(10_000)).padStart(4, '0');
  const isAlone = options.json === true;
  const seconds = options.seconds ?? STANDS_SECONDS[isAlone ? 'alone' : 'person'];
  const standsMs = seconds * 1000;
  const order = { laneId: options.lane, number, codeLength: options.length, forMs: standsMs + (isAlone ? SPARE_MS : 0) };
  const answer = await ask('display.test', order, STARTED_WITHIN_MS);
  if (answer.kind === 'refused') return tellRefusal(frame, options, answer);
  const test = answer.result as StartedTest;
  const isShown = test.interrupted === null && test.glasses.some(({ result }) => result === 'shown');
  if (!isAlone) output.out(test.glasses.map(glassText(options.lane)).join(''));
  let typed: string | undefined;
  if (isShown && isAlone) await clock.sleep(standsMs);
  else if (isShown) typed = await frame.parts.askPerson('Scan the code with a phone and type the 4-digit number in it: ');
  const end = await ask('display.test.end', { laneId: options.lane }, ENDED_WITHIN_MS);
  if (end.kind === 'refused') return tellRefusal(frame, options, end);
  const verdict = judge(test, end.result as EndedTest, typed, isAlone);
  if (isAlone) output.out(jsonText({ ok: verdict.faults.length === 0, ...test, ...(end.result as EndedTest) }));
  else {
    output.out(verdict.notes.map((line) => `${line}\n`).join(''));
    output.err(verdict.faults.map((line) => `${line}\n`).join(''));
  }
  return verdict.faults.length === 0 ? EXIT_FINE : EXIT_FAILED;
}

const ENDS: Readonly<Record<LoanEnd, string>> = {
  sale: 'a sale has begun on the lane and took the display back',
  time: 'its time was up',
  returned: 'it was ended',
  stopping: 'the bridge was stopped',
};

/** What the whole test comes to; any fault makes it fail. */
function judge(test: StartedTest, end: EndedTest, typed: string | undefined, isAlone: boolean) {
  const faults: string[] = [];
  const notes: string[] = [];
  const cutShort = test.interrupted ?? (end.ended === 'sale' || end.ended === 'stopping' ? end.ended : null);
  if (cutShort !== null) faults.push(`The test was cut short: ${ENDS[cutShort]}. Repair: test again when the lane is quiet.`);
  for (const { display, result } of test.glasses) {
    if (result === 'failed' || result === 'refused')
      faults.push(`Display ${display} did not show the code; the reason stands above.`);
  }
  for (const display of end.notBlank)
    faults.push(`Display ${display} may still show the test code: look at it, switch it off and on.`);
  const isShown = test.glasses.some(({ result }) => result === 'shown');
  if (isAlone || !isShown) return { faults, notes };
  if (typed === undefined || typed === '') notes.push(`Nobody typed the number; it was ${test.number}.`);
  else if (typed === test.number) notes.push(`${typed} is right: the code can be scanned. The glass is blank again.`);
  else
    faults.push(`The number was ${test.number}, not ${typed}: the phone has read another code, or the display shows an old one.`);
  return { faults, notes };
}

const glassText = (lane: string) => (glass: TestedGlass) => {
  const { display, driver, port, symbol, language, wantedLanguage, reason } = glass;
  const lines = [
    resultText(glass),
    ...(symbol === null ? [] : symbolLines(symbol)),
    ...languageLines(language, wantedLanguage ?? undefined),
    ...(reason === null ? [] : [reason]),
  ];
  return `${lane}, display ${display}: ${driver} on ${port}\n${lines.map((line) => `    ${line}\n`).join('')}`;
};

function resultText({ result, confirmation, msToGlass }: TestedGlass): string {
  switch (result) {
    case 'shown':
      return `shown after ${msToGlass} ms, confirmation reached: ${confirmation}`;
    case 'text_only':
      return `shows words only, after ${msToGlass} ms, confirmation reached: ${confirmation}`;
    case 'refused':
      return 'REFUSED before anything was sent';
    case 'failed':
      return 'FAILED';
  }
}
