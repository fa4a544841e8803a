import { type DisplayModel, listModels } from '../config/display-models.js';
import { problemLine } from '../config/problem.js';
import { EXIT_FINE, EXIT_WRONG } from './cli-parts.js';
import { type CommandFrame, configFileOf, jsonText, type SharedOptions } from './command-frame.js';

/** Prints the known kinds of display; a wrong file of the shop's own is told, and its exit code is 1. */
export async function showModels(frame: CommandFrame, options: SharedOptions): Promise<number> {
  const { output } = frame.parts;
  const { models, problems } = await listModels(configFileOf(options, frame.parts));
  if (options.json === true) output.out(jsonText({ ok: problems.length === 0, models, problems }));
  else {
    output.out(modelTable(models));
    for (const problem of problems) output.err(`${problemLine(problem)}\n`);
  }
  return problems.length === 0 ? EXIT_FINE : EXIT_WRONG;
}

function modelTable(models: readonly DisplayModel[]): string {
  const width = Math.max(...models.map(({ name }) => name.length), 0);
  const lines = models.map(({ name, driver, baudRate, title, isShipped, file }) => {
    const speed = baudRate === undefined ? '' : `, ${baudRate} baud`;
    return `${name.padEnd(width)}  ${title} (${driver}${speed})${isShipped ? '' : `: your own, ${file}`}`;
  });
  return [...lines, '', 'In the configuration: - { model: NAME, port: … }; what stands beside it wins.']
    .map((line) => `${line}\n`)
    .join('');
}
