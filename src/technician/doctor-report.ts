import { BridgeError } from '../base/bridge-error.js';

/** What is looked at, in the order it is told. */
export const CHECK_NAMES = [
  'node',
  'configuration',
  'rights',
  'keys',
  'bridge',
  'books',
  'disk',
  'log',
  'listener',
  'upstream',
  'certificate',
  'answer',
  'clock',
  'notifyUrl',
  'reports',
  'display',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** One line of the doctor. */
export interface CheckLine {
  readonly result: 'OK' | 'WARN' | 'FAIL';
  readonly check: CheckName;
  /** The lane, port, file or address it is about. */
  readonly about: string;
  /** What was found, without a full stop. */
  readonly text: string;
  /** What to do, without a full stop; null where nothing is to be done. */
  readonly repair: string | null;
  /** The cause, where it has a code word (runbook). */
  readonly code: string | null;
}

/** Makes the lines of one check. */
export function linesOf(check: CheckName) {
  const line = (result: CheckLine['result'], about: string, text: string, repair: string | null): CheckLine => ({
    ...{ result, check, about, text, repair },
    code: null,
  });
  return {
    ok: (about: string, text: string) => line('OK', about, text, null),
    warn: (about: string, text: string, repair: string) => line('WARN', about, text, repair),
    fail: (about: string, text: string, repair: string) => line('FAIL', about, text, repair),
    /** A cause with its own sentence and repair. */
    failed: (about: string, { code, message }: { readonly code: string; readonly message: string }): CheckLine => {
      const [text = '', repair] = message.split(/\. Repair: /);
      return { ...line('FAIL', about, plain(text), repair === undefined ? 'see the runbook' : plain(repair)), code };
    },
  };
}

/** The cause of anything that was thrown, as `linesOf(…).failed` takes it. */
export function causeOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof BridgeError) return { code: error.code, message: error.message };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

function plain(text: string): string {
  return text
    .trim()
    .replace(/\.$/, '')
    .replaceAll(/\s*\n\s*/g, '; ');
}

const LONGEST_NAME = Math.max(...CHECK_NAMES.map((name) => name.length));

/** The line for a technician: result, check, what it is about, what was found, what to do. */
export function lineText({ result, check, about, text, repair }: CheckLine): string {
  const todo = repair === null ? '' : `${text.endsWith('?') ? '' : '.'} Repair: ${repair}`;
  return `${result.padEnd(4)}  ${check.padEnd(LONGEST_NAME)}  ${about}: ${text}${todo}\n`;
}

/** All lines in the order of their checks. */
export function inOrder(lines: readonly CheckLine[]): readonly CheckLine[] {
  return CHECK_NAMES.flatMap((name) => lines.filter(({ check }) => check === name));
}
