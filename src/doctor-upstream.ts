import { randomBytes } from 'node:crypto';
import { type Clock, parseGmtTime, parseIsoTime, systemClock, utcText } from './base/clock.js';
import { dialectOf } from './bridge-upstreams.js';
import type { UpstreamConfig } from './config/bridge-config.js';
import { type CheckLine, linesOf } from './technician/doctor-report.js';
import { certificateEnd } from './upstream/certificate-end.js';
import type { Dialect } from './upstream/dialect.js';
import { createHttpsTransport } from './upstream/https-transport.js';
import { lineTrouble } from './upstream/line-trouble.js';
import { InquiryAnswer, readMessage } from './upstream/message-fields.js';
import { type CallResult, signedCall } from './upstream/signed-call.js';
import type { Transport } from './upstream/transport.js';

const CONNECTED_WITHIN_MS = 5000;
const ANSWERED_WITHIN_MS = 10_000;
const DAY_MS = 86_400_000;
/** A certificate that ends within this time is worth a word. */
const SOON_MS = 14 * DAY_MS;
/** Requests may be refused beyond this difference (order-code reference 7.2, case 21). */
const CLOCK_FAIL_MS = 60_000;
const CLOCK_WARN_MS = 10_000;

/** What was learned of the two clocks: theirs minus ours, and whether a signature stands for it. */
interface ClockFinding {
  readonly offsetMs: number;
  readonly isSigned: boolean;
}

/** Name, connection, certificate, signed answer and clock of one upstream; asks about an id that nobody has. Never rejects. */
export async function examineUpstream(
  settings: UpstreamConfig,
  instanceId: string,
  clock: Clock = systemClock,
): Promise<readonly CheckLine[]> {
  const transport = createHttpsTransport(settings.baseUrl, clock, CONNECTED_WITHIN_MS);
  const about = `${settings.id}, ${new URL(settings.baseUrl).host}`;
  try {
    const { ok, failed } = linesOf('upstream');
    const cut = await transport.reach();
    const uncompared = linesOf('clock').warn(about, 'not compared', 'mend the way to the upstream first');
    if (cut !== undefined) return [failed(about, lineTrouble(cut, settings.baseUrl)), uncompared];
    const reached = ok(about, 'takes a connection');
    return [
      reached,
      ...(await certificateLines(settings, about, clock)),
      ...(await askLines(settings, instanceId, about, transport, clock)),
    ];
  } finally {
    await transport.close();
  }
}

async function certificateLines({ baseUrl }: UpstreamConfig, about: string, clock: Clock): Promise<readonly CheckLine[]> {
  if (!baseUrl.startsWith('https:')) return [];
  const { ok, warn } = linesOf('certificate');
  const end = await certificateEnd(baseUrl, clock, CONNECTED_WITHIN_MS);
  if (end === undefined) return [warn(about, 'cannot be read', 'try again')];
  const left = end - clock.now();
  const text = `valid until ${utcText(end).slice(0, 10)}`;
  if (left >= SOON_MS) return [ok(about, text)];
  return [warn(about, `${text}, ${Math.floor(left / DAY_MS)} more days`, 'ask the upstream when it is renewed')];
}

async function askLines(
  settings: UpstreamConfig,
  instanceId: string,
  about: string,
  transport: Transport,
  clock: Clock,
): Promise<readonly CheckLine[]> {
  const dialect = dialectOf(settings);
  let heard: ClockFinding | undefined;
  const sentAt = clock.now();
  const since = clock.elapsedMs();
  const result = await signedCall(
    {
      dialect,
      clientId: settings.clientId,
      basePath: settings.basePath,
      signPath: settings.signPath,
      agentToken: settings.agentToken,
      extraHeaders: settings.extraHeaders ?? {},
      keys: () => ({ signing: settings.signingKey, verifying: settings.upstreamKeys }),
      transport,
      clock,
      upstreamClock: {
        offsetMs: () => 0,
        heard(said, sent, received) {
          heard = { offsetMs: said - (sent + received) / 2, isSigned: true };
        },
      },
    },
    'inquiry',
    dialect.paths.inquire,
    Buffer.from(JSON.stringify({ paymentRequestId: `${instanceId}-${randomBytes(12).toString('hex')}` }), 'utf8'),
    ANSWERED_WITHIN_MS,
  );
  const tookMs = Math.round(clock.elapsedMs() - since);
  const finding = heard ?? unsignedTime(result, sentAt + tookMs / 2);
  return [answerLine(result, dialect, about, tookMs, settings), clockLine(finding, about, tookMs)];
}

function answerLine(result: CallResult, dialect: Dialect, about: string, tookMs: number, settings: UpstreamConfig): CheckLine {
  const { ok, warn, fail, failed } = linesOf('answer');
  if (result.kind === 'silent') {
    const [cause, ...detail] = (result.message.silence ?? '').split(': ');
    const silence = { kind: 'silent', bytesMayHaveLeft: true, cause: cause === 'timeOut' ? 'timeOut' : 'brokenOff' } as const;
    return failed(about, lineTrouble({ ...silence, detail: detail.join(': ') }, settings.baseUrl));
  }
  const words = readMessage(InquiryAnswer, result.body)?.result;
  const said = words === undefined ? `HTTP ${result.message.answer?.status}` : words.resultCode;
  if (result.kind === 'unusable') {
    const what =
      result.why === 'httpStatus' ? `answers HTTP ${result.message.answer?.status}` : `answers ${said} without a good signature`;
    return fail(
      about,
      what,
      'run "ocbridge keys check"; compare client id, key version, baseUrl and basePath with the Developer Center',
    );
  }
  if (words === undefined)
    return fail(about, 'gives a signed answer that cannot be read', 'compare dialect and basePath with the contract');
  if (dialect.inquiryNotFound.includes(words.resultCode))
    return result.keyVersionUnknown
      ? warn(about, 'signs with a key version that is not configured', 'give its key its version in upstreamPublicKeyFiles')
      : ok(about, `signed, after ${tookMs} ms: there is no such order, as expected`);
  if (words.resultStatus === 'U') return warn(about, `signed, and undecided (${said})`, 'try again in a minute');
  return fail(about, `refuses our question (${said})`, 'compare client id, keys and contract with the Developer Center');
}

/** A time that nobody signed for proves nothing, and still tells why a signature may be refused. */
function unsignedTime(result: CallResult, middle: number): ClockFinding | undefined {
  const headers = result.message.answer?.headers ?? {};
  const said = parseIsoTime(headers['response-time'] ?? '') ?? parseGmtTime(headers['date'] ?? '');
  return said === undefined ? undefined : { offsetMs: said - middle, isSigned: false };
}

function clockLine(finding: ClockFinding | undefined, about: string, tookMs: number): CheckLine {
  const { ok, warn, fail } = linesOf('clock');
  if (finding === undefined) return warn(about, 'not compared: the answer names no time', 'mend the way to the upstream first');
  const offsetMs = Math.abs(finding.offsetMs) <= Math.max(1000, tookMs / 2) ? 0 : finding.offsetMs;
  const proof = finding.isSigned ? '' : ' (by an answer that is not signed)';
  if (offsetMs === 0) return ok(about, `no difference to this machine's${proof}`);
  const text = `this machine is ${Math.round(Math.abs(offsetMs) / 1000)} s ${offsetMs > 0 ? 'behind' : 'ahead'}${proof}`;
  const repair =
    process.platform === 'win32'
      ? 'switch time synchronisation on: w32tm /resync'
      : 'switch time synchronisation on: timedatectl set-ntp true';
  if (Math.abs(offsetMs) > CLOCK_FAIL_MS) return fail(about, text, repair);
  return Math.abs(offsetMs) > CLOCK_WARN_MS ? warn(about, text, repair) : ok(about, text);
}
