import type { Command } from 'commander';
import { problemLine } from '../config/problem.js';
import { EXIT_FINE } from './cli-parts.js';
import { type CommandFrame, givesJson, jsonText, type SharedOptions, takesConfig, withConfig } from './command-frame.js';

/** Adds `config check`. */
export function addConfigCommands(program: Command, frame: CommandFrame): void {
  const config = program.command('config').description('look at the configuration');
  givesJson(takesConfig(config.command('check').description('name every mistake with file, line, key and repair')))
    .addHelpText('after', '\nExit codes: 0 right (warnings may be printed), 1 wrong.')
    .action((options: SharedOptions) =>
      withConfig(frame, options, async ({ file }, warnings) => {
        const { output } = frame.parts;
        if (options.json === true) output.out(jsonText({ ok: true, problems: [], warnings }));
        else {
          for (const warning of warnings) output.out(`warning: ${problemLine(warning)}\n`);
          output.out(`${file}: the configuration is right\n`);
        }
        return EXIT_FINE;
      }),
    );
}
