import type { Command } from 'commander';
import type { BridgeConfig } from '../config/bridge-config.js';
import { loadConfig } from '../config/load-config.js';
import type { Problem } from '../config/problem.js';
import { askBridge, isNotRunning } from './ask-bridge.js';
import { EXIT_FAILED, EXIT_FINE, EXIT_WRONG } from './cli-parts.js';
import { type CommandFrame, configFileOf, givesJson, jsonText, type SharedOptions, takesConfig } from './command-frame.js';
import { displayLines, stoppedDisplayLines } from './doctor-displays.js';
import { configurationLine, diskLines, keyLines, listenerLines, nodeLine, notifyLines, rightsLines } from './doctor-local.js';
import type { BridgeReport } from './doctor-parts.js';
import { type CheckLine, causeOf, inOrder, linesOf, lineText } from './doctor-report.js';
import { visibleLines } from './visible-text.js';

/** Adds `doctor`. */
export function addDoctorCommand(program: Command, frame: CommandFrame): void {
  givesJson(takesConfig(program.command('doctor').description('check everything a counter needs, and say what to do')))
    .addHelpText(
      'after',
      '\nOne line a check, which begins OK, WARN or FAIL. Works while the bridge runs and while it is stopped; creates no order.\nExit codes: 0 nothing failed, 1 wrong configuration, 2 a check failed.',
    )
    .action(async (options: SharedOptions) => {
      const file = configFileOf(options, frame.parts);
      const load = await loadConfig(file, frame.parts.env);
      const { problems, code } =
        load.kind === 'ok' ? { problems: load.warnings, code: EXIT_FINE } : { problems: load.problems, code: EXIT_WRONG };
      const told = problems.map((problem) => problemLineOf(problem, load.kind === 'ok' ? 'WARN' : 'FAIL'));
      const lines = load.kind === 'ok' ? [...told, ...(await examine(load.config, frame))] : told;
      tell(frame, options, inOrder([nodeLine(process.versions.node), ...lines]), code);
    });
}

function problemLineOf({ file, line, key, message, repair }: Problem, result: 'WARN' | 'FAIL'): CheckLine {
  const about = `${file}:${line}${key === '' ? '' : ` ${key}`}`;
  return { result, check: 'configuration', about, text: message, repair: repair.replace(/\.$/, ''), code: 'config.wrong' };
}

function tell(frame: CommandFrame, options: SharedOptions, lines: readonly CheckLine[], code: number): void {
  const { output } = frame.parts;
  const failed = lines.some(({ result }) => result === 'FAIL');
  if (options.json === true) output.out(jsonText({ ok: !failed, checks: lines }));
  else output.out(visibleLines(lines.map(lineText).join('')));
  frame.finish(code !== EXIT_FINE ? code : failed ? EXIT_FAILED : EXIT_FINE);
}

async function examine(config: BridgeConfig, { parts }: CommandFrame): Promise<readonly CheckLine[]> {
  const { clock, doctor, keyTools } = parts;
  const running = await reportOf(config, parts);
  const isRunning = 'report' in running;
  const lines = await Promise.all([
    [configurationLine(config), running.line],
    rightsLines(config),
    keyLines(config, keyTools),
    diskLines(config),
    listenerLines(config, isRunning ? running.report.listeners : undefined),
    notifyLines(config, clock),
    ...config.upstreams.map((settings) => doctor.upstream(settings, config.instanceId)),
    doctor.reports(config),
    // The books and the displays of a stopped bridge are opened under one lock, one after the other.
    isRunning ? reportLines(running.report, clock.now()) : stoppedLines(config, parts, running.mayOpen),
  ]);
  return lines.flat();
}

type Running =
  | { readonly line: CheckLine; readonly report: BridgeReport }
  | { readonly line: CheckLine; readonly mayOpen: boolean };

async function reportOf(config: BridgeConfig, parts: CommandFrame['parts']): Promise<Running> {
  const { ok, warn, failed } = linesOf('bridge');
  try {
    const answer = await askBridge(config, parts, 'doctor', {});
    if (answer.kind === 'refused') return { line: failed(config.file, answer), mayOpen: false };
    return { line: ok(config.file, 'the bridge is running'), report: answer.result as BridgeReport };
  } catch (error) {
    if (!isNotRunning(error)) return { line: failed(config.file, causeOf(error)), mayOpen: false };
    const repair = 'start it with "ocbridge serve", or the service';
    return { line: warn(config.file, 'the bridge is not running', repair), mayOpen: true };
  }
}

async function stoppedLines(config: BridgeConfig, parts: CommandFrame['parts'], mayOpen: boolean): Promise<readonly CheckLine[]> {
  if (!mayOpen) return [];
  const books = await parts.doctor.books(config);
  return [...books, ...(await stoppedDisplayLines(config, parts))];
}

function reportLines(report: BridgeReport, now: number): readonly CheckLine[] {
  const { books, blockedLanes, log, upstreams, displays } = report;
  const { ok, fail, failed } = linesOf('books');
  const about = 'running bridge';
  const blocked = blockedLanes.map((lane) =>
    fail(lane, 'a payment that cannot be read holds it', 'see "a payment cannot be worked on" in the log, and the runbook'),
  );
  const lost = `${log.dropped} lines could not be written since the start (${log.why})`;
  return [
    books === null ? ok(about, 'written to a moment ago') : failed(about, books),
    ...blocked,
    log.dropped === 0
      ? linesOf('log').ok('standard output', 'no line was lost since the start')
      : linesOf('log').warn('standard output', lost, 'make room for the log, or mend whatever reads it'),
    ...lateLines(report),
    ...ownClockLines(report.now - now),
    ...upstreams.flatMap(({ id, trouble }) =>
      trouble === null ? [] : [{ ...linesOf('upstream').failed(`${id}, running bridge`, trouble), result: 'WARN' as const }],
    ),
    ...displays.flatMap(({ laneId, statuses }) => displayLines(laneId, statuses)),
  ];
}

/** A missing day can be fetched for some days; after that only the upstream can give it. */
function lateLines({ lateReports }: BridgeReport): readonly CheckLine[] {
  const { warn, fail } = linesOf('reports');
  return lateReports.map(({ day, isUrgent, message }) => {
    const repair = `run "ocbridge recon fetch ${day}"; if they are not on the server, call upstream support`;
    return isUrgent ? fail(day, message, repair) : warn(day, message, repair);
  });
}

/** A clock that was set back while the bridge ran is followed by its next start only. */
const OWN_CLOCK_OFF_MS = 10_000;

function ownClockLines(aheadMs: number): readonly CheckLine[] {
  if (Math.abs(aheadMs) < OWN_CLOCK_OFF_MS) return [];
  const text = `its time is ${Math.round(aheadMs / 1000)} s ahead of this machine's, whose clock was set back; what it sends is corrected`;
  return [linesOf('clock').warn('running bridge', text, 'restart it at a quiet moment, for the times in its records')];
}
