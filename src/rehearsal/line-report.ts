import { type Clock, utcText } from '../base/clock.js';
import type { TraceEntry } from '../simulator/glass-emulators/glass-history.js';
import type { GlassDesk } from './glass-desk.js';
import { type RehearsalFacts, textLines } from './glass-words.js';
import { joinBytes, plainText, traceLine } from './trace-lines.js';

export interface LineReportParts {
  readonly desk: GlassDesk;
  readonly facts: () => RehearsalFacts;
  readonly pageUrl: string | undefined;
  readonly json: boolean;
  /** Bytes of the line too. */
  readonly trace: boolean;
  readonly out: (text: string) => void;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

const TRACED_EVERY_MS = 200;
/** `hh:mm:ss.mmm ` */
const TIME_LENGTH = 13;

function glassText({ state, page, code, texts, problem }: RehearsalFacts): string {
  const parts = [state, ...(page === null ? [] : [`page ${page}`]), ...(code === null ? [] : [`code ${plainText(code)}`])];
  return [...parts, ...textLines(texts), ...(problem === null ? [] : [problem])].join(', ');
}

function newerThan(last: TraceEntry | undefined, entries: readonly TraceEntry[]): readonly TraceEntry[] {
  const at = last === undefined ? -1 : entries.lastIndexOf(last);
  return entries.slice(at + 1);
}

/** Prints one line for everything that changes, for people or as JSON, until `stop`. */
export async function reportLines({ desk, facts, pageUrl, json, trace, out, clock, stop }: LineReportParts): Promise<void> {
  const print = (at: string, event: string, fields: object, text: string) =>
    out(json ? `${JSON.stringify({ at, event, ...fields })}\n` : `${at.slice(11, 23)} ${text}\n`);
  const now = () => utcText(clock.now());
  let told = '';
  const tellGlass = () => {
    const all = facts();
    const { plugged, lit, page, texts, code, where, problem } = all;
    const fields = { port: where, plugged, powered: desk.facts().powered, lit, page, code, texts, problem };
    const said = JSON.stringify(fields);
    if (said === told) return;
    told = said;
    print(now(), 'glass', fields, `${glassText(all)}${where === '' ? '' : ` (${where})`}`);
  };
  const { driver, baudRate, where, configuration } = facts();
  const page = pageUrl ?? null;
  const welcome = `listening on ${where}; in the configuration: ${configuration}${page === null ? '' : `; page ${page}`}`;
  print(now(), 'listening', { driver, baudRate, port: where, configuration, page }, welcome);
  tellGlass();
  const quiet = desk.onChange(tellGlass);
  let last: TraceEntry | undefined;
  const tellTrace = () => {
    const entries = desk.glass.trace();
    for (const entry of joinBytes(newerThan(last, entries))) {
      const { at, kind, what } = entry;
      print(at, kind, kind === 'in' || kind === 'out' ? { hex: what } : { what }, traceLine(entry).slice(TIME_LENGTH));
    }
    last = entries.at(-1);
  };
  while (!stop.aborted) {
    if (trace) tellTrace();
    await clock.sleep(trace ? TRACED_EVERY_MS : 60_000, stop);
  }
  if (trace) tellTrace();
  quiet();
}
