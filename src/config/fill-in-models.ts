import { type DisplayModel, findModel } from './display-models.js';
import type { ConfigPath, Finding, Problem } from './problem.js';

type Table = Readonly<Record<string, unknown>>;

/** A configuration whose displays have what their models say, and what is wrong with models and their names. */
export interface FilledIn {
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** In the model files themselves. */
  readonly problems: readonly Problem[];
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands in the display wins, key by key, also inside of tables such as `pages`. */
export function merged(usual: Table, own: Table): Table {
  const keys = [...new Set([...Object.keys(usual), ...Object.keys(own)])];
  return Object.fromEntries(
    keys.map((key) => {
      const [theirs, ours] = [usual[key], own[key]];
      if (!Object.hasOwn(own, key)) return [key, theirs];
      return [key, isTable(theirs) && isTable(ours) ? merged(theirs, ours) : ours];
    }),
  );
}

function withModel(display: Table, { driver, baudRate, options }: DisplayModel): Table {
  // A display without options may have a key without a value, which the schema names.
  const own = isTable(display['options']) ? merged(options, display['options']) : (display['options'] ?? options);
  return { driver, ...(baudRate === undefined ? {} : { baudRate }), ...display, options: own };
}

function driverFinding(display: Table, model: DisplayModel, path: ConfigPath): Finding | undefined {
  if (!Object.hasOwn(display, 'driver') || display['driver'] === model.driver) return undefined;
  return {
    path: [...path, 'driver'],
    message: `does not agree with the model ${model.name}, which is for the driver "${model.driver}"`,
    repair: 'Leave driver out, or name another model ("ocbridge display models" lists them).',
  };
}

async function fillDisplay(display: Table, path: ConfigPath, configFile: string): Promise<FilledIn> {
  const { model: name } = display;
  const nothing = { value: display, findings: [], problems: [] };
  if (name === undefined) return nothing;
  const at = [...path, 'model'];
  if (typeof name !== 'string') {
    return {
      ...nothing,
      findings: [{ path: at, message: 'must be text', repair: 'Write the name of a model, for example nextion-2.8.' }],
    };
  }
  const load = await findModel(name, configFile);
  if (load.kind === 'ok') {
    const wrong = driverFinding(display, load.model, path);
    return wrong === undefined ? { ...nothing, value: withModel(display, load.model) } : { ...nothing, findings: [wrong] };
  }
  if (load.kind === 'wrong') {
    const [first] = load.problems;
    const finding = { path: at, message: `the file of the model ${name} is wrong`, repair: `Correct ${first?.file ?? name}.` };
    return { ...nothing, findings: [finding], problems: load.problems };
  }
  const { near, known } = load;
  const repair = near === undefined ? `Known: ${known.join(', ')}.` : `Did you mean "${near}"?`;
  const message = `there is no model "${name}", neither in displays/ beside this file nor with the program`;
  return { ...nothing, findings: [{ path: at, message, repair: `${repair} Or give driver and options here.` }] };
}

/** Puts into every display that names a model what its file says, before the whole is checked. Never throws. */
export async function fillInModels(value: unknown, configFile: string): Promise<FilledIn> {
  const findings: Finding[] = [];
  const problems: Problem[] = [];
  const lanes = isTable(value) ? value['lanes'] : undefined;
  if (!isTable(value) || !Array.isArray(lanes)) return { value, findings, problems };
  const filled: unknown[] = [];
  for (const [laneIndex, lane] of lanes.entries()) {
    const displays: unknown = isTable(lane) ? lane['displays'] : undefined;
    if (!isTable(lane) || !Array.isArray(displays)) {
      filled.push(lane);
      continue;
    }
    const done: unknown[] = [];
    for (const [index, display] of displays.entries()) {
      const one = isTable(display)
        ? await fillDisplay(display, ['lanes', laneIndex, 'displays', index], configFile)
        : { value: display, findings: [], problems: [] };
      done.push(one.value);
      findings.push(...one.findings);
      problems.push(...one.problems);
    }
    filled.push({ ...lane, displays: done });
  }
  return {
    value: { ...value, lanes: filled },
    findings,
    problems: [...new Map(problems.map((one) => [`${one.file} ${one.line} ${one.key}`, one])).values()],
  };
}
