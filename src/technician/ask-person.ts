import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Asks on `output` and reads one line from `input`; undefined at the end of the input and at Ctrl-C. Never rejects. */
export function askPerson(question: string, input: Readable, output: Writable): Promise<string | undefined> {
  const lines = createInterface({ input, output, terminal: 'isTTY' in input && input.isTTY === true });
  return new Promise((resolve) => {
    lines.once('close', () => resolve(undefined));
    lines.once('SIGINT', () => lines.close());
    lines.question(question, (line) => {
      resolve(line.trim());
      lines.close();
    });
  });
}
