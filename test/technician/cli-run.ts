import { systemClock } from '#src/base/clock.js';
import { runCli } from '#src/technician/cli.js';
import type { CliParts } from '#src/technician/cli-parts.js';
import { generateSigningPair, publicKeyBase64, signsAndVerifies } from '#src/upstream/signature.js';

/** What one command line wrote and gave back. */
export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process; verbs that belong to other parts of the program can be given as `parts`. */
export async function cli(argv: readonly string[], parts: Partial<CliParts> = {}): Promise<CliRun> {
  let out = '';
  let err = '';
  const elsewhere = () => Promise.reject(new Error('this verb is not part of the test'));
  const code = await runCli(argv, {
    version: '9.9.9',
    env: {},
    clock: systemClock,
    keyTools: { generateSigningPair, publicKeyBase64, signsAndVerifies },
    serve: elsewhere,
    demo: elsewhere,
    simulator: elsewhere,
    glass: elsewhere,
    answerOffline: elsewhere,
    listPorts: elsewhere,
    offlineDisplays: elsewhere,
    offlineRecon: elsewhere,
    askPerson: elsewhere,
    askSecret: elsewhere,
    isTyped: () => false,
    doctor: { upstream: elsewhere, books: elsewhere, reports: elsewhere },
    ...parts,
    output: {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
    },
  });
  return { code, out, err };
}
