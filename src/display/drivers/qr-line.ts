import type { DisplayDriver } from '../display-driver.js';
import { createJsonLineDriver } from './qr-line-json.js';
import {
  BONRIX,
  createTemplateDriver,
  type LineTemplates,
  longestCode,
  PLACEHOLDERS,
  type TemplateOptions,
} from './qr-line-templates.js';

type Refused = { readonly refused: string };
type Given = Readonly<Record<string, unknown>>;

/** Longest line of each preset, bytes: Bonrix firmware holds about 400, home-made displays choose for themselves. */
const MAX_LINE_BYTES = { bonrix: 380, 'diy-json': 512 } as const;
const FORBID = '*\r\n';
const ACK_TIMEOUT_MS = 1000;

function templateRefusal(name: string, line: unknown): string | undefined {
  const where = `templates.${name}`;
  if (!Object.hasOwn(BONRIX, name)) return `${where} is unknown; there are: ${Object.keys(BONRIX).join(', ')}`;
  if (typeof line !== 'string' || !/^[\x20-\x7e]+$/.test(line)) return `${where} must be one line of printable ASCII`;
  const odd = [...line.matchAll(/\{([^}]*)\}/g)].find(([, placeholder]) => !PLACEHOLDERS.some((one) => one === placeholder));
  if (odd !== undefined) return `${where} holds ${odd[0]}; there are: ${PLACEHOLDERS.map((one) => `{${one}}`).join(' ')}`;
  // Some firmwares speak a line of digits as an amount.
  if (!/[A-Za-z]/.test(line.replace(/\{\w+\}/g, ''))) return `${where} must hold a word beside what is filled in`;
  const isCode = name === 'showCode';
  if (line.split('{payload}').length !== (isCode ? 2 : 1)) {
    return isCode ? `${where} must hold {payload} once` : `${where} must not hold {payload}`;
  }
  return undefined;
}

function templatesIn(given: Given): LineTemplates | Refused {
  const table = given['templates'] ?? {};
  if (typeof table !== 'object' || table === null) return { refused: 'templates must be a table of lines' };
  for (const [name, line] of Object.entries(table)) {
    const refused = templateRefusal(name, line);
    if (refused !== undefined) return { refused };
  }
  return { ...BONRIX, ...table };
}

function whole(given: Given, name: string, usual: number, least: number, most: number): number | Refused {
  const value = given[name] ?? usual;
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
  return fits ? value : { refused: `${name} must be a whole number from ${least} to ${most}` };
}

function ackIn(given: Given): RegExp | null | Refused {
  const pattern = given['ack'] ?? null;
  if (pattern === null) return null;
  try {
    return new RegExp(String(pattern));
  } catch {
    return { refused: 'ack must be a regular expression, or null' };
  }
}

const isRefused = (value: unknown): value is Refused => typeof value === 'object' && value !== null && 'refused' in value;

/** The driver for options as they stand in the configuration, or what is wrong with them (display reference 3). */
export function createQrLineDriver(given: Given): DisplayDriver | Refused {
  const preset = given['preset'] ?? 'bonrix';
  if (preset !== 'bonrix' && preset !== 'diy-json') return { refused: 'preset must be bonrix or diy-json' };
  const maxLineBytes = whole(given, 'maxLineBytes', MAX_LINE_BYTES[preset], 120, 4096);
  if (isRefused(maxLineBytes)) return maxLineBytes;
  const ackTimeoutMs = whole(given, 'ackTimeoutMs', ACK_TIMEOUT_MS, 10, 10_000);
  if (isRefused(ackTimeoutMs)) return ackTimeoutMs;
  const language = typeof given['language'] === 'string' ? given['language'] : undefined;
  const charset = given['charset'] ?? 'ascii';
  if (charset !== 'ascii' && charset !== 'unicode') return { refused: 'charset must be ascii or unicode' };
  if (preset === 'diy-json') {
    const isOwn = Object.keys((given['templates'] as object | undefined) ?? {}).length > 0;
    if (isOwn) return { refused: 'templates go with the preset bonrix; diy-json has its own lines' };
    return createJsonLineDriver({ maxLineBytes, ackTimeoutMs, charset, language });
  }
  if (charset !== 'ascii') return { refused: 'charset unicode goes with the preset diy-json' };
  const templates = templatesIn(given);
  if (isRefused(templates)) return templates;
  const ack = ackIn(given);
  if (isRefused(ack)) return ack;
  const forbid = typeof given['forbid'] === 'string' ? given['forbid'] : FORBID;
  const options: TemplateOptions = { templates, maxLineBytes, forbid, ack, ackTimeoutMs, language };
  if (longestCode(options) < 1) return { refused: 'templates.showCode leaves no room for a code within maxLineBytes' };
  return createTemplateDriver(options);
}
