import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineState } from './machine-hooks.js';

const HOOKS = new URL('./machine-hooks.js', import.meta.url).href;

/** A machine for one or more processes, whose name service and wall clock the test holds in its hands. */
export interface OddMachine {
  /** The variables that put a process on it. */
  readonly env: Readonly<Record<string, string>>;
  change(state: Partial<MachineState>): void;
  /** A file that belongs to it; gives the path. */
  keep(name: string, text: string): string;
  remove(): void;
}

export function makeOddMachine(begin: Partial<MachineState> = {}): OddMachine {
  const folder = mkdtempSync(join(tmpdir(), 'odd-machine-'));
  const file = join(folder, 'machine.json');
  let state: MachineState = { names: {}, wallOffsetMs: 0, ...begin };
  const write = () => {
    writeFileSync(`${file}.new`, JSON.stringify(state));
    renameSync(`${file}.new`, file);
  };
  write();
  return {
    env: { MACHINE: file, NODE_OPTIONS: `--import ${HOOKS}` },
    change(changed) {
      state = { ...state, ...changed };
      write();
    },
    keep(name, text) {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
