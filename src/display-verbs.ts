import { BridgeError } from './base/bridge-error.js';
import type { BenchRefusal, DisplayBench } from './display/display-bench.js';
import type { AdminAnswer } from './technician/admin-messages.js';
import type { AdminHandler } from './technician/admin-socket.js';

/** What the display commands ask, joined to a bench: the same for the running bridge and for one that is stopped. */
export function displayVerbs(bench: DisplayBench): Readonly<Record<string, AdminHandler>> {
  return {
    'display.test': async (args) =>
      answer(
        await bench.startTest(textIn(args, 'laneId'), {
          number: textIn(args, 'number'),
          codeLength: numberIn(args, 'codeLength'),
          forMs: numberIn(args, 'forMs'),
        }),
        args,
      ),
    'display.test.end': async (args) => answer(await bench.endTest(textIn(args, 'laneId')), args),
    'display.look': async (args) => answer(bench.look(textIn(args, 'laneId')), args),
    'display.probe': async (args) => answer(await bench.probe(textIn(args, 'laneId')), args),
  };
}

type Args = Readonly<Record<string, unknown>>;

function textIn(args: Args, name: string): string {
  const value = args[name];
  if (typeof value !== 'string') throw new BridgeError('config.wrong', `${name} must be text`);
  return value;
}

function numberIn(args: Args, name: string): number {
  const value = args[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new BridgeError('config.wrong', `${name} must be a whole number`);
  return value;
}

function answer(result: object | BenchRefusal, args: Args): AdminAnswer {
  if (!('refused' in result)) return { kind: 'done', result };
  return { kind: 'refused', ...refusalOf(result.refused as BenchRefusal['refused'], textIn(args, 'laneId')) };
}

/** A refusal of the bench as the asker hears it. */
export function refusalOf(refused: BenchRefusal['refused'], lane: string): { readonly code: string; readonly message: string } {
  switch (refused) {
    case 'no_lane':
      return { code: 'not_found', message: `the running bridge has no lane "${lane}". Repair: restart it, if the lane is new.` };
    case 'no_display':
      return {
        code: 'config.wrong',
        message: `${lane} has no display on a line. Repair: name one under its displays; a running bridge knows it after a restart.`,
      };
    case 'sale':
      return {
        code: 'lane_busy',
        message: `${lane} has an open payment: its display belongs to the payer. Repair: wait for its end, or cancel it.`,
      };
    case 'unknown':
      return {
        code: 'books.unavailable',
        message: `the books cannot say whether ${lane} has an open payment, so its display is left alone. Repair: see the log.`,
      };
    case 'lent':
      return { code: 'display.lent', message: `another test or probe is under way on ${lane}. Repair: wait for its end.` };
    case 'no_test':
      return { code: 'display.noTest', message: `no test is under way on ${lane}.` };
  }
}
