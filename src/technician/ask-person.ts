import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';

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

const NOTHING_SHOWN = new Writable({ write: (_chunk, _encoding, done) => done() });
let pipedLines: AsyncIterator<string> | undefined;

/**
 * Asks on `output` and reads one line from `input` without showing it; from a pipe it takes the next line. Undefined at the end of the
 * input and at Ctrl-C. Never rejects.
 */
export async function askSecret(question: string, input: Readable, output: Writable): Promise<string | undefined> {
  const isTerminal = 'isTTY' in input && input.isTTY === true;
  if (!isTerminal) {
    pipedLines ??= createInterface({ input })[Symbol.asyncIterator]();
    const { done, value } = await pipedLines.next();
    return done === true ? undefined : value;
  }
  output.write(question);
  const lines = createInterface({ input, output: NOTHING_SHOWN, terminal: true });
  const answer = await new Promise<string | undefined>((resolve) => {
    lines.once('close', () => resolve(undefined));
    lines.once('SIGINT', () => lines.close());
    lines.question('', (line) => {
      resolve(line);
      lines.close();
    });
  });
  output.write('\n');
  return answer;
}
