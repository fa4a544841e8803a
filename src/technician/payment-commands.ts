import type { Command } from 'commander';
import { stringify } from 'yaml';
import { instant, utcText } from '../base/clock.js';
import type { BridgeConfig } from '../config/bridge-config.js';
import type { AdminAnswer } from './admin-messages.js';
import { askBridgeOrBooks } from './ask-bridge.js';
import { EXIT_FINE } from './cli-parts.js';
import {
  type CommandFrame,
  givesJson,
  jsonText,
  type SharedOptions,
  takesConfig,
  tellRefusal,
  withConfig,
} from './command-frame.js';
import { visibleLines } from './visible-text.js';

/** Adds `payment show ID` and `payment timeline ID`. */
export function addPaymentCommands(program: Command, frame: CommandFrame): void {
  const payment = program.command('payment').description('look at one payment');
  const look = (name: 'show' | 'timeline', description: string, text: (result: unknown) => string) =>
    givesJson(takesConfig(payment.command(name).description(description).argument('<id>', 'paymentRequestId'))).action(
      (id: string, options: SharedOptions) =>
        withConfig(frame, options, async (config) => {
          const answer = await askWhole(config, frame, `payment.${name}`, id);
          if (answer.kind === 'refused') return tellRefusal(frame, options, answer);
          frame.parts.output.out(options.json === true ? jsonText(answer.result) : visibleLines(text(answer.result)));
          return EXIT_FINE;
        }),
    );
  look('show', 'the payment as it now stands', readable);
  look('timeline', 'everything that happened to it, with the signed bytes', timelineText);
}

/** What a bridge gives in stretches is put together. */
async function askWhole(config: BridgeConfig, frame: CommandFrame, verb: string, id: string): Promise<AdminAnswer> {
  const timeline: unknown[] = [];
  for (let more: { readonly cursor?: string } = {}; ; ) {
    const answer = await askBridgeOrBooks(config, frame.parts, verb, { id, ...more });
    if (answer.kind === 'refused') return answer;
    const stretch = answer.result as { readonly timeline?: unknown; readonly nextCursor?: unknown } | null;
    if (!Array.isArray(stretch?.timeline)) return answer;
    timeline.push(...(stretch.timeline as unknown[]));
    if (typeof stretch.nextCursor !== 'string') return { kind: 'done', result: { ...stretch, timeline } };
    more = { cursor: stretch.nextCursor };
  }
}

/** Any plain value as indented lines `name: value`. */
function readable(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** One block an entry: time and kind, then its details; takes a list, or a group whose `timeline` is one. */
function timelineText(result: unknown): string {
  const entries = Array.isArray(result) ? result : (result as { timeline?: unknown } | null)?.timeline;
  if (!Array.isArray(entries)) return readable(result);
  return entries.map((entry) => entryText(entry as Record<string, unknown>)).join('');
}

function entryText({ at, what, detail, ...rest }: Readonly<Record<string, unknown>>): string {
  const time = typeof at === 'number' ? utcText(instant(at)) : String(at);
  const inner = detail ?? rest;
  const lines = readable(inner).trimEnd().split('\n');
  return `${time}  ${String(what ?? '')}\n${lines.map((line) => `    ${line}\n`).join('')}`;
}
