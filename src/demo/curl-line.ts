import { DEMO_CURRENCY } from './demo-configuration.js';

/** Stands in the command where the page puts a fresh sale reference. */
const REFERENCE_MARK = 'REFERENCE';

/**
 * A command that starts a sale through the terminal API itself. The key is read from a file that only this account may open, so that it
 * stands neither on the page nor in the history of the shell. `agreementReference`: whose agreement is charged.
 */
export function curlLine(
  terminalUrl: string,
  headerFile: string,
  agreementReference?: string,
  platform: NodeJS.Platform = process.platform,
): string {
  const sale = {
    saleReference: REFERENCE_MARK,
    amount: { currency: DEMO_CURRENCY, value: '1980' },
    description: 'Two bowls of matcha',
    ...(agreementReference === undefined ? {} : { buyer: { agreementReference } }),
  };
  const windows = platform === 'win32';
  const quote = windows ? windowsQuoted : shellQuoted;
  const parts = [
    windows ? 'curl.exe' : 'curl',
    '--silent',
    `--header ${quote(`@${headerFile}`)}`,
    `--header ${quote('Content-Type: application/json')}`,
    `--data ${quote(JSON.stringify(sale))}`,
    `${terminalUrl}/v1/payments`,
  ];
  return parts.join(windows ? ' ' : ' \\\n  ');
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function windowsQuoted(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`;
}
