import { type Command, Option } from 'commander';
import type { BridgeConfig } from '../config/bridge-config.js';
import { accountName } from './account-name.js';
import { askBridgeOrBooks } from './ask-bridge.js';
import { EXIT_FAILED, EXIT_FINE, EXIT_WRONG } from './cli-parts.js';
import {
  type CommandFrame,
  givesJson,
  jsonText,
  type SharedOptions,
  takesConfig,
  tellRefusal,
  withConfig,
} from './command-frame.js';
import { visible } from './visible-text.js';

interface UserOptions extends SharedOptions {
  readonly role: string;
  readonly apiKey?: boolean;
}

/** Adds `user add NAME`, `user disable NAME`, `user list` and `audit verify`. */
export function addUserCommands(program: Command, frame: CommandFrame): void {
  const user = program.command('user').description('people of the back office');
  takesConfig(
    user
      .command('add')
      .description('let somebody into the back office; asks for a password, or reads it from stdin')
      .argument('<name>', 'what the person types at the login')
      .addOption(
        new Option('--role <role>', 'what the person may do').choices(['viewer', 'operator', 'approver']).makeOptionMandatory(),
      )
      .option('--api-key', 'make a key for a program instead of a password; printed once, alone on the last line')
      .addHelpText('after', '\nExit codes: 0 added, 1 wrong name, role, password or configuration, 2 refused.'),
  ).action((name: string, options: UserOptions) => withConfig(frame, options, (config) => addUser(frame, config, name, options)));
  takesConfig(
    user
      .command('disable')
      .description('shut somebody out at once: sessions, password and key')
      .argument('<name>', 'the name at the login'),
  ).action((name: string, options: SharedOptions) =>
    withConfig(frame, options, async (config) => {
      const code = await ask(frame, options, config, 'user.disable', { name });
      if (code === EXIT_FINE) frame.parts.output.out(`${name} is shut out\n`);
      return code;
    }),
  );
  givesJson(
    takesConfig(user.command('list').description('who may come in, as what, by password or key; and who is shut out')),
  ).action((options: SharedOptions) => withConfig(frame, options, (config) => listUsers(frame, config, options)));
  const audit = program.command('audit').description('the trail of what people did');
  givesJson(takesConfig(audit.command('verify').description('look for acts that were changed, added or taken away'))).action(
    (options: SharedOptions) => withConfig(frame, options, (config) => verify(frame, config, options)),
  );
}

async function addUser(frame: CommandFrame, config: BridgeConfig, name: string, options: UserOptions): Promise<number> {
  const { output } = frame.parts;
  const { role, apiKey = false } = options;
  const password = apiKey ? undefined : await passwordFor(frame, name);
  if (password === null) return EXIT_WRONG;
  return ask(frame, options, config, 'user.add', { name, role, password, apiKey }, (result) => {
    const { key } = result as { readonly key?: string };
    output.out(`${name} may come in as ${role}\n`);
    if (key !== undefined) output.out(`API key of ${name}, shown only this once:\n${key}\n`);
  });
}

interface ListedUser {
  readonly name: string;
  readonly role: string;
  readonly comesInBy: 'password' | 'key' | null;
  readonly disabled: boolean;
}

async function listUsers(frame: CommandFrame, config: BridgeConfig, options: SharedOptions): Promise<number> {
  const { output } = frame.parts;
  return ask(frame, options, config, 'user.list', {}, (result) => {
    const users = result as readonly ListedUser[];
    if (options.json === true) return output.out(jsonText({ users }));
    if (users.length === 0) return output.out('nobody yet. Repair: ocbridge user add NAME --role operator\n');
    const longest = Math.max(...users.map(({ name }) => name.length));
    for (const { name, role, comesInBy, disabled } of users)
      output.out(`${name.padEnd(longest)}  ${role.padEnd(8)}  ${disabled ? 'shut out' : `comes in by ${comesInBy}`}\n`);
  });
}

/** null when nobody said one, or two different ones. */
async function passwordFor({ parts }: CommandFrame, name: string): Promise<string | null> {
  const password = await parts.askSecret(`Password of ${name}: `);
  if (password === undefined) {
    parts.output.err('no password was given. Repair: type it, or send it on stdin.\n');
    return null;
  }
  if (!parts.isTyped() || (await parts.askSecret('The same again: ')) === password) return password;
  parts.output.err('the two passwords differ. Nothing was changed.\n');
  return null;
}

async function ask(
  frame: CommandFrame,
  options: SharedOptions,
  config: BridgeConfig,
  verb: string,
  args: Readonly<Record<string, unknown>>,
  tell: (result: unknown) => void = () => {},
): Promise<number> {
  const answer = await askBridgeOrBooks(config, frame.parts, verb, { ...args, account: accountName() });
  if (answer.kind === 'refused')
    return answer.code === 'wrong_usage' ? refuse(frame, answer.message) : tellRefusal(frame, options, answer);
  tell(answer.result);
  return EXIT_FINE;
}

function refuse(frame: CommandFrame, message: string): number {
  frame.parts.output.err(`${message}\n`);
  return EXIT_WRONG;
}

/** 0: whole; 2: something was changed or is missing. */
async function verify(frame: CommandFrame, config: BridgeConfig, options: SharedOptions): Promise<number> {
  const { output } = frame.parts;
  const answer = await askBridgeOrBooks(config, frame.parts, 'audit.verify', {});
  if (answer.kind === 'refused') return tellRefusal(frame, options, answer);
  const report = answer.result as { kind: 'whole' | 'broken'; acts?: number; head?: string; seq?: number; why?: string };
  const isWhole = report.kind === 'whole';
  if (options.json === true) output.out(jsonText({ ok: isWhole, ...report }));
  else if (isWhole) output.out(`OK   ${report.acts} acts, none changed, none missing; the newest is ${report.head}\n`);
  else
    output.out(
      `FAIL act ${report.seq}: ${visible(report.why ?? '')}. Compare with a backup; whoever wrote it had the books in hand.\n`,
    );
  return isWhole ? EXIT_FINE : EXIT_FAILED;
}
