import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { BridgeConfig } from '../config/bridge-config.js';
import { isCalendarDay } from '../payment/clearing-day.js';
import { accountName } from './account-name.js';
import type { AdminAnswer } from './admin-messages.js';
import { askBridge, bridgeOrBooks } from './ask-bridge.js';
import { EXIT_DIFFERENCES, EXIT_FAILED, EXIT_FINE, EXIT_WRONG } from './cli-parts.js';
import {
  type CommandFrame,
  givesJson,
  jsonText,
  type SharedOptions,
  takesConfig,
  tellRefusal,
  withConfig,
} from './command-frame.js';
import {
  dayText,
  exceptionText,
  type FetchWords,
  type FileErrorWords,
  fetchedText,
  fileErrorText,
  importedText,
} from './recon-text.js';
import { showProgress } from './show-progress.js';
import { visible } from './visible-text.js';
import { waitingText } from './waiting-text.js';

/** Long work of a running bridge is waited for, ms. */
const WORK_WITHIN_MS = 4 * 3_600_000;

interface Asked {
  ask(verb: string, args: Readonly<Record<string, unknown>>): Promise<AdminAnswer>;
  close(): Promise<void>;
}

/** The running bridge, or the books themselves while it is stopped. */
function openRecon(config: BridgeConfig, { parts }: CommandFrame): Promise<Asked> {
  return bridgeOrBooks<Asked>(
    parts,
    async () => {
      await askBridge(config, parts, 'recon.progress', {});
      return { ask: (verb, args) => askBridge(config, parts, verb, args, WORK_WITHIN_MS), close: async () => {} };
    },
    async () => {
      const offline = await parts.offlineRecon(config);
      return { ask: (verb, args) => offline.ask({ verb, args }), close: offline.close };
    },
  );
}

function withRecon(frame: CommandFrame, options: SharedOptions, work: (asked: Asked) => Promise<number>): Promise<void> {
  return withConfig(frame, options, async (config) => {
    const asked = await openRecon(config, frame);
    try {
      return await work(asked);
    } finally {
      await asked.close();
    }
  });
}

function dayArgument(text: string): string {
  if (!isCalendarDay(text)) throw new InvalidArgumentError('It must be a day like 2026-03-05, in UTC+8.');
  return text;
}

/** What an import answers, as far as it is told here. */
interface ImportWords {
  readonly kind: 'imported' | 'refused' | 'file_conflict' | 'file_duplicate';
  readonly files?: readonly Readonly<Record<string, unknown>>[];
  readonly errors?: readonly FileErrorWords[];
  readonly message?: string;
}

function tellImport({ parts }: CommandFrame, options: SharedOptions, answer: ImportWords): number {
  const { output } = parts;
  const isJson = options.json === true;
  if (answer.kind === 'imported') {
    output.out(isJson ? jsonText({ files: answer.files }) : importedText(answer.files ?? []));
    return EXIT_FINE;
  }
  const errors = answer.errors ?? [];
  const code = answer.kind === 'refused' ? 'invalid_request' : answer.kind;
  const { message = 'nothing was imported' } = answer;
  if (isJson) output.out(jsonText({ ok: false, code, message, errors }));
  else output.err(`${errors.map(fileErrorText).join('')}${visible(message)}\n`);
  return EXIT_FAILED;
}

function addImport(recon: Command, frame: CommandFrame): void {
  const command = recon.command('import').description('take clearing files in: all of them, or none when one has an error');
  givesJson(takesConfig(command.argument('<paths...>', 'files, folders or patterns in quotes')))
    .addHelpText('after', '\nExit codes: 0 taken in, or there already, 1 wrong configuration or no such file, 2 refused.')
    .action((paths: string[], options: SharedOptions) =>
      withRecon(frame, options, async ({ ask }) => {
        const work = ask('recon.import', { paths: paths.map((path) => resolve(path)), account: accountName() });
        const answer = await showProgress(frame.parts, work, () => ask('recon.progress', {}));
        return answer.kind === 'refused'
          ? tellRefusal(frame, options, answer)
          : tellImport(frame, options, answer.result as ImportWords);
      }),
    );
}

/** What was fetched is told as an import tells it; anything that is missing or was not taken in fails. */
function tellFetch({ parts }: CommandFrame, options: SharedOptions, answer: FetchWords): number {
  const { output } = parts;
  const { files, notTaken, troubles, complete } = answer;
  const isFine = complete && notTaken.length === 0 && troubles.length === 0;
  const told = fetchedText(answer);
  if (options.json === true) {
    const [first] = [...troubles, ...notTaken.map(({ outcome, message }) => ({ code: outcome, message }))];
    const missing = { code: 'file_missing', message: told.err.trim() };
    output.out(jsonText(isFine ? { files } : { ok: false, ...missing, ...first, ...answer }));
  } else {
    output.out(told.out);
    if (told.err !== '') output.err(told.err);
  }
  return isFine ? EXIT_FINE : EXIT_FAILED;
}

function addFetch(recon: Command, frame: CommandFrame): void {
  const command = recon
    .command('fetch')
    .description('fetch the files of a clearing day from the SFTP server of the reports, and take them in');
  givesJson(takesConfig(command.argument('<date>', 'clearing day (UTC+8), like 2026-03-05', dayArgument)))
    .addHelpText(
      'after',
      '\nExit codes: 0 the day is complete, 1 wrong configuration, 2 something is missing or could not be fetched.',
    )
    .action((date: string, options: SharedOptions) =>
      withRecon(frame, options, async ({ ask }) => {
        const answer = await showProgress(frame.parts, ask('recon.fetch', { date, account: accountName() }), () =>
          ask('recon.progress', {}),
        );
        return answer.kind === 'refused'
          ? tellRefusal(frame, options, answer)
          : tellFetch(frame, options, answer.result as FetchWords);
      }),
    );
}

function addRun(recon: Command, frame: CommandFrame): void {
  const command = recon.command('run').description('compare a clearing day with its files');
  givesJson(takesConfig(command.argument('<date>', 'clearing day (UTC+8), like 2026-03-05', dayArgument)))
    .addHelpText(
      'after',
      '\nExit codes: 0 no exception is open, 1 wrong day or configuration, 2 refused, 3 differences were found.',
    )
    .action((date: string, options: SharedOptions) =>
      withRecon(frame, options, async ({ ask }) => {
        const answer = await showProgress(frame.parts, ask('recon.run', { date, account: accountName() }), () =>
          ask('recon.progress', {}),
        );
        if (answer.kind === 'refused') return tellRefusal(frame, options, answer);
        const day = answer.result as { readonly exceptions: { readonly open: number } };
        const { output } = frame.parts;
        if (options.json === true) output.out(jsonText(day));
        else {
          output.out(`${dayText(day)}${waitingText(day)}`);
          const listed = await ask('recon.exceptions', { date });
          if (listed.kind === 'done') output.out(exceptionText(listed.result));
        }
        return day.exceptions.open > 0 ? EXIT_DIFFERENCES : EXIT_FINE;
      }),
    );
}

/** Asked with nothing it would count as a wrong one, and ten of those lock the name. `rest`: how things stay without one. */
async function passwordOf({ parts }: CommandFrame, options: SharedOptions & { readonly by: string }, rest: string) {
  const password = (await parts.askSecret(`Password of ${options.by}: `)) ?? '';
  if (password !== '') return password;
  const message = `no password was given; ${rest}. Repair: type it, or send it on stdin.`;
  if (options.json === true) parts.output.out(jsonText({ ok: false, code: 'no_password', message }));
  else parts.output.err(`${message}\n`);
  return undefined;
}

function addClose(recon: Command, frame: CommandFrame): void {
  const command = recon.command('close').description('seal a clearing day: nothing of it changes any more');
  takesConfig(command.argument('<date>', 'clearing day (UTC+8), like 2026-03-05', dayArgument))
    .requiredOption('--by <name>', 'approver who seals it; asks for that password')
    .option('--json', 'print one JSON value instead of text')
    .addHelpText('after', '\nExit codes: 0 sealed, 1 no password, wrong day or configuration, 2 refused.')
    .action((date: string, options: SharedOptions & { readonly by: string }) =>
      withRecon(frame, options, async ({ ask }) => {
        const password = await passwordOf(frame, options, 'the day stays open');
        if (password === undefined) return EXIT_WRONG;
        const answer = await ask('recon.close', { date, by: options.by, password });
        if (answer.kind === 'refused') return tellRefusal(frame, options, answer);
        frame.parts.output.out(
          options.json === true ? jsonText(answer.result) : `${dayText(answer.result)}${waitingText(answer.result)}`,
        );
        return EXIT_FINE;
      }),
    );
}

function addTakeBack(recon: Command, frame: CommandFrame): void {
  const command = recon
    .command('take-back')
    .description('take a clearing file back that was cut off or changed before it was taken in; its name may come again');
  takesConfig(command.argument('<name>', 'file as it stands in the books, without a folder'))
    .requiredOption('--by <name>', 'approver who takes it back; asks for that password')
    .requiredOption('--reason <text>', 'why; it stays in the trail of acts')
    .option('--json', 'print one JSON value instead of text')
    .addHelpText('after', '\nExit codes: 0 taken back, 1 no password, no such file or wrong configuration, 2 refused.')
    .action((name: string, options: SharedOptions & { readonly by: string; readonly reason: string }) =>
      withRecon(frame, options, async ({ ask }) => {
        const password = await passwordOf(frame, options, 'the file stays in the books');
        if (password === undefined) return EXIT_WRONG;
        const answer = await ask('recon.take-back', { name, by: options.by, reason: options.reason, password });
        if (answer.kind === 'refused') return tellRefusal(frame, options, answer);
        const { day } = answer.result as { readonly day: string };
        const told = `${visible(name)} was taken back: bring the whole one, then compare ${day} again.\n`;
        frame.parts.output.out(options.json === true ? jsonText(answer.result) : told);
        return EXIT_FINE;
      }),
    );
}

/** Adds `recon import`, `recon fetch`, `recon run`, `recon close` and `recon take-back`. */
export function addReconCommands(program: Command, frame: CommandFrame): void {
  const recon = program.command('recon').description('compare the books with the clearing files');
  addImport(recon, frame);
  addFetch(recon, frame);
  addRun(recon, frame);
  addClose(recon, frame);
  addTakeBack(recon, frame);
}
