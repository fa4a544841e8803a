/** What stands on a display that takes lines of text. */
export interface LineScreen {
  readonly page: string;
  readonly code: string | null;
  readonly texts: Readonly<Record<string, string>>;
  /** How long the code stands, where the host said so. */
  readonly seconds?: number;
}

/** What one line did: a new screen (absent: the old one stays), words for the record, bytes for the host. */
export interface LineDone {
  readonly screen?: LineScreen;
  readonly did: string;
  readonly answer?: string;
}

/** Reads lines without their line feed. */
export interface LineFirmware {
  obey(line: string): LineDone;
  /** Said by itself once it has booted. */
  readonly greeting?: string;
}

function screen(page: string, code: string | null, texts: Readonly<Record<string, string | undefined>>): LineScreen {
  const kept = Object.entries(texts).filter((one): one is [string, string] => one[1] !== undefined && one[1] !== '');
  return { page, code, texts: Object.fromEntries(kept) };
}

const RESULT_PAGES: Readonly<Record<string, string>> = {
  DisplaySuccessQRCodeScreen: 'paid',
  DisplayFailQRCodeScreen: 'failed',
  DisplayCancelQRCodeScreen: 'cancelled',
  DisplayPendingQRCodeScreen: 'pending',
};

function bonrixScreen(command: string, fields: readonly string[]): LineScreen | undefined {
  const [first, second, third, fourth] = fields;
  const result = Object.hasOwn(RESULT_PAGES, command) ? RESULT_PAGES[command] : undefined;
  if (result !== undefined) return screen(result, null, { ref: first, order: second, date: third });
  if (command === 'WelcomeScreen') return screen('welcome', null, { text: first });
  if (command === 'DisplayTotalScreen')
    return screen('total', null, { total: first, discount: second, tax: third, grand: fourth });
  if (command === 'DisplayQRCodeScreen') return screen('pay', first ?? null, { amount: second, label: third });
  return undefined;
}

/**
 * Bonrix DQR and BEI (display reference 3.1), in the strictest of the published firmwares: a C tokenizer splits at every single star, so that
 * empty fields vanish and a star in a field moves the rest.
 */
export function bonrixFirmware(echo: boolean): LineFirmware {
  let volume = 18;
  return {
    obey(raw) {
      const line = raw.replace(/\r$/, '');
      const answer = echo ? `Received Serial: ${line}\r\n` : undefined;
      const said = (extra = '') => (answer === undefined && extra === '' ? {} : { answer: `${answer ?? ''}${extra}` });
      if (/^\d+$/.test(line)) return { did: `speaks ${line}`, ...said() };
      const [command = '', ...fields] = line.split('*').filter((part) => part !== '');
      if (command === 'getvolume') return { did: command, ...said(`Current Volume: ${volume}\r\n`) };
      if (command === 'setvolume') volume = Math.min(Number(fields[0] ?? volume) || 0, 21);
      const shown = bonrixScreen(command, fields);
      return shown === undefined ? { did: `no screen: ${command}`, ...said() } : { did: shown.page, screen: shown, ...said() };
    },
  };
}

const JSON_PAGES: Readonly<Record<string, string>> = {
  clear: 'welcome',
  qr: 'pay',
  wait: 'wait',
  paid: 'paid',
  failed: 'failed',
  cancelled: 'cancelled',
};

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A home-made display by the DIY JSON convention (display reference 3.2). */
export function diyJsonFirmware(): LineFirmware {
  const answer = (seq: unknown, error?: string) =>
    `${JSON.stringify(error === undefined ? { seq, ok: true } : { seq, ok: false, error })}\n`;
  return {
    greeting: '{"event":"boot"}\n',
    obey(line) {
      let asked: Readonly<Record<string, unknown>>;
      try {
        asked = JSON.parse(line) as Readonly<Record<string, unknown>>;
      } catch {
        return { did: 'not JSON', answer: `${JSON.stringify({ ok: false, error: 'not JSON' })}\n` };
      }
      const { seq, op, data, seconds, amount, text, text2 } = asked;
      if (op === 'ping') return { did: 'ping', answer: answer(seq) };
      const page = typeof op === 'string' && Object.hasOwn(JSON_PAGES, op) ? JSON_PAGES[op] : undefined;
      if (page === undefined) return { did: 'unknown op', answer: answer(seq, `unknown op ${String(op)}`) };
      if (op === 'qr' && (typeof data !== 'string' || data === '')) return { did: 'no data', answer: answer(seq, 'no data') };
      const texts = { amount: textOf(amount), text: textOf(text), text2: textOf(text2) };
      const shown = screen(page, op === 'qr' ? String(data) : null, texts);
      const counted = op === 'qr' && typeof seconds === 'number' ? { ...shown, seconds } : shown;
      return { did: page, screen: counted, answer: answer(seq) };
    },
  };
}
