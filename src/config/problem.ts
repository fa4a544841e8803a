/** One thing that is wrong (or, as a warning, odd) in a configuration file, with the place and the repair. */
export interface Problem {
  readonly file: string;
  /** Counted from 1; the nearest enclosing entry when the key itself is missing. */
  readonly line: number;
  /** Path of the key like `upstreams[0].notifyUrl`; empty when the whole file is meant. */
  readonly key: string;
  /** What is wrong, without a full stop; never quotes a value that could be a secret. */
  readonly message: string;
  /** What to do, as a whole sentence. */
  readonly repair: string;
}

/** Keys and positions from the root of the configuration down to one value. */
export type ConfigPath = readonly (string | number)[];

/** A problem whose line is not looked up yet. */
export interface Finding {
  readonly path: ConfigPath;
  readonly message: string;
  readonly repair: string;
  /** An odd setting that does not keep the bridge from starting. */
  readonly onlyWarning?: boolean;
}

/** `['upstreams', 0, 'notifyUrl']` as `upstreams[0].notifyUrl`. */
export function keyText(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** One problem as the line a technician reads: `FILE:LINE key: message. Repair: …`. */
export function problemLine(problem: Problem): string {
  const key = problem.key === '' ? '' : `${problem.key}: `;
  return `${problem.file}:${problem.line} ${key}${problem.message}. Repair: ${problem.repair}`;
}
