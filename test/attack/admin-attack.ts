import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { systemClock } from '#src/base/clock.js';
import { BRIDGE_PRIVATE_PEM } from '#src/simulator/throwaway-keys.js';
import { LONGEST_REQUEST } from '#src/technician/admin-messages.js';
import { adminSocketPath } from '#src/technician/admin-path.js';
import { callAdmin } from '#src/technician/admin-socket.js';
import { until } from '../process/program.js';
import { TILL_KEY } from '../support/bridge-harness.js';
import { type AttackRig, NO_LIMITS, openAttackRig, type Vitals } from './attack-rig.js';
import { hurtBytes, mutate, textOf, written } from './hostile-json.js';
import { type Pick, pickFor } from './seeded-pick.js';

/** What came of an attack on the admin socket. */
export interface AdminAttack {
  readonly messages: number;
  /** By what was answered: `done`, a code of a refusal, or `none`. */
  readonly byAnswer: Readonly<Record<string, number>>;
  readonly byKind: Readonly<Record<string, number>>;
  readonly complaints: readonly { readonly index: number; readonly kind: string; readonly what: string }[];
  /** The slowest answer to a right call between the hostile ones, ms. */
  readonly slowestPingMs: number;
  readonly warm: Vitals | undefined;
  readonly end: Vitals | undefined;
  readonly exitCode: number | null;
}

export interface AdminAttackPlan {
  readonly seed: number;
  readonly messages: number;
  /** Connections that are held open at once in the end. */
  readonly held: number;
  readonly told?: (done: number) => void;
}

/** One hostile message. */
interface Shot {
  readonly kind: string;
  readonly pieces: readonly Buffer[];
  /** What is done after the last piece. */
  readonly after: 'wait' | 'hangUp' | 'end';
}

const PASSWORD = 'canary-password-9d41c2';
/** Nothing here may come back: what nobody asked to see. */
const SECRETS = [TILL_KEY, PASSWORD, BRIDGE_PRIVATE_PEM.split('\n')[2] ?? 'PRIVATE KEY', 'PRIVATE KEY'];

const VERBS = [
  'ping',
  'reload',
  'doctor',
  'display.test',
  'display.test.end',
  'display.look',
  'display.probe',
  'recon.fetch',
  'recon.import',
  'recon.run',
  'recon.exceptions',
  'recon.progress',
  'recon.close',
  'recon.take-back',
  'user.add',
  'user.disable',
  'audit.verify',
  'payment.show',
  'payment.timeline',
];
const STRANGE_VERBS = [
  '',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'STOP',
  'stop ',
  'stop\0',
  'v'.repeat(60_000),
];
/** Every argument that any verb reads. */
const ARGS = {
  id: 'x',
  laneId: 'lane-1',
  number: '1',
  codeLength: 40,
  forMs: 1000,
  date: '2026-03-05',
  paths: ['/nowhere'],
  account: 'root',
  by: 'nobody',
  password: PASSWORD,
  name: 'nobody',
  role: 'viewer',
  apiKey: false,
};

function rightLine(pick: Pick): { readonly verb: string; readonly args: object } {
  return { verb: pick.of(VERBS), args: ARGS };
}

function shotOf(pick: Pick, index: number): Shot {
  const line = (text: string | Buffer, kind: string, after: Shot['after'] = 'wait'): Shot => ({
    kind,
    pieces: [Buffer.concat([Buffer.from(text), Buffer.from('\n')])],
    after,
  });
  const right = JSON.stringify(rightLine(pick));
  switch (index % 14) {
    case 0:
      return { kind: 'bytes by chance', pieces: [pick.bytes(1 + pick.below(300)), Buffer.from('\n')], after: 'wait' };
    case 1:
      return line(Buffer.from(hurtBytes(right, pick).filter((byte) => byte !== 0x0a)), 'hurt bytes');
    case 2:
    case 3:
    case 4:
      return line(textOf(mutate(written(rightLine(pick)), pick)).replaceAll('\n', ' '), 'hostile arguments');
    case 5:
      return line(JSON.stringify({ verb: pick.of(STRANGE_VERBS), args: ARGS }), 'a verb that is none');
    case 6:
      return {
        kind: 'half a line, then gone',
        pieces: [Buffer.from(right.slice(0, pick.below(right.length)))],
        after: pick.of(['hangUp', 'end']),
      };
    case 7:
      return line('x'.repeat(LONGEST_REQUEST - 2 + pick.below(5)), 'a line at the limit');
    case 8:
      return {
        kind: 'a line without end',
        pieces: Array.from({ length: 40 }, () => Buffer.alloc(64 * 1024, 0x78)),
        after: 'wait',
      };
    case 9:
      return line(`{"verb":"ping","args":${'{"a":'.repeat(9_000)}0${'}'.repeat(9_000)}}`, 'deep');
    case 10:
      return line(`{"verb":"nothing","verb":"ping","args":[],"args":{"__proto__":{"polluted":true},"id":1}}`, 'names twice');
    case 11:
      return {
        kind: 'a line in small pieces',
        pieces: [...right].map((letter) => Buffer.from(letter)).concat(Buffer.from('\n')),
        after: 'wait',
      };
    case 12:
      return { kind: 'many lines at once', pieces: [Buffer.from(`${right}\n`.repeat(1 + pick.below(400)))], after: 'wait' };
    default:
      return line(right, 'gone before the answer', 'hangUp');
  }
}

/** Comparing days takes turns, and some of those who asked for it have gone: on a tired machine the last one waits for all of them. */
const NO_ANSWER_AFTER_MS = 60_000;

/** What came back, as bytes; ends when the bridge ends the connection. */
function fire(path: string, { pieces, after }: Shot): Promise<{ readonly text: string; readonly timedOut: boolean }> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true });
    const chunks: Buffer[] = [];
    let timedOut = false;
    socket.setTimeout(NO_ANSWER_AFTER_MS, () => {
      timedOut = true;
      socket.destroy();
    });
    socket.on('data', (bytes) => chunks.push(bytes));
    // Whoever is cut off in the middle of writing sees a broken line, as planned.
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve({ text: Buffer.concat(chunks).toString('utf8'), timedOut }));
    socket.on('connect', () => {
      for (const piece of pieces) socket.write(piece);
      if (after === 'end') socket.end();
      if (after === 'hangUp') setImmediate(() => socket.destroy());
    });
  });
}

function judge({ kind, after }: Shot, { text, timedOut }: { readonly text: string; readonly timedOut: boolean }): string[] {
  const wrong = timedOut ? ['neither an answer nor an end'] : [];
  const lines = text.split('\n').filter((line) => line !== '');
  if (lines.length > 1) wrong.push(`${lines.length} answers`);
  if (lines.length === 0 && after === 'wait' && kind !== 'a line without end') wrong.push('no answer');
  if (answerOf(text) === 'odd') wrong.push(`an odd answer: ${text.slice(0, 200)}`);
  if (answerOf(text) === 'internal_error') wrong.push(`the bridge failed: ${text.slice(0, 300)}`);
  wrong.push(...SECRETS.filter((secret) => text.includes(secret)).map(() => `a secret came back: ${text.slice(0, 300)}`));
  return wrong;
}

function answerOf(text: string): string {
  if (text === '') return 'none';
  try {
    const { kind, code } = JSON.parse(text) as { kind?: unknown; code?: unknown };
    if (kind === 'done') return 'done';
    return kind === 'refused' && typeof code === 'string' ? code : 'odd';
  } catch {
    return 'odd';
  }
}

/** Sends hostile messages to the admin socket of a bridge in a process of its own, right calls between them, and judges both. */
export async function attackAdmin(plan: AdminAttackPlan): Promise<AdminAttack> {
  const rig = await openAttackRig({
    lanes: 2,
    env: { NODE_OPTIONS: '--max-old-space-size=192' },
    change: (settings) => Object.assign(settings.listen.terminal, { limits: NO_LIMITS }),
  });
  try {
    return await attack(rig, plan);
  } finally {
    await rig.close();
  }
}

async function attack(rig: AttackRig, plan: AdminAttackPlan): Promise<AdminAttack> {
  const path = adminSocketPath(rig.pc.books);
  const byAnswer: Record<string, number> = {};
  const byKind: Record<string, number> = {};
  const complaints: { index: number; kind: string; what: string }[] = [];
  const complain = (index: number, kind: string) => (what: string) => complaints.push({ index, kind, what });
  let slowestPingMs = 0;
  let warm: Vitals | undefined;

  async function ping(index: number): Promise<void> {
    const since = performance.now();
    const answer = await callAdmin(path, 'ping', {}, { clock: systemClock }).catch((error: unknown) => String(error));
    slowestPingMs = Math.max(slowestPingMs, Math.round(performance.now() - since));
    if (typeof answer === 'string' || answer.kind !== 'done') complain(index, 'ping')(JSON.stringify(answer));
  }

  let next = 0;
  const worker = async () => {
    for (let index = next++; index < plan.messages; index = next++) {
      if (index === Math.floor(plan.messages / 5)) warm = rig.vitals();
      const shot = shotOf(pickFor(plan.seed, index), index);
      const heard = await fire(path, shot);
      byKind[shot.kind] = (byKind[shot.kind] ?? 0) + 1;
      const answer = answerOf(heard.text);
      byAnswer[answer] = (byAnswer[answer] ?? 0) + 1;
      judge(shot, heard).forEach(complain(index, shot.kind));
      if (index % 50 === 49) await ping(index);
      if (index % 500 === 499) plan.told?.(index + 1);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  await besieged(path, plan.held, { rig, ping, complain: complain(-1, 'many callers') });
  const grown = (now: Vitals | undefined) => warm !== undefined && now !== undefined && now.handles > warm.handles + 20;
  // Whoever was cut off needs a moment to be gone.
  await until(() => !grown(rig.vitals()), 'fewer open files').catch(() => undefined);
  const end = rig.vitals();
  if (warm !== undefined && end !== undefined && grown(end))
    complain(-1, 'growth')(`${warm.handles} open files became ${end.handles}`);
  const sold = await rig.till().sell({ laneId: 'lane-1' }, 10);
  if (sold.status !== 201) complain(-1, 'a sale after it')(`${sold.status} ${sold.text}`);
  const log = JSON.stringify(rig.service.log());
  for (const secret of SECRETS) if (log.includes(secret)) complain(-1, 'the log')('holds a secret');
  if ((lstatSync(path).mode & 0o077) !== 0) complain(-1, 'the socket')('may be used by others');
  const exitCode = await rig.stop();
  return { messages: plan.messages, byAnswer, byKind, complaints, slowestPingMs, warm, end, exitCode };
}

/** The bridge keeps 64 callers; and some of the attack may just be going. */
const MOST_HELD = 80;

/** Connections that say nothing, or a letter now and then, and never end: right calls are answered all the same, and what is held is bounded. */
async function besieged(
  path: string,
  held: number,
  { rig, ping, complain }: { rig: AttackRig; ping: (index: number) => Promise<void>; complain: (what: string) => void },
): Promise<void> {
  const calm = rig.vitals()?.handles ?? 0;
  const sockets = Array.from({ length: held }, (_, index) => {
    const socket = connect(path);
    socket.on('error', () => socket.destroy());
    if (index % 2 === 0) socket.write('{"verb":');
    return socket;
  });
  for (let turn = 0; turn < 5; turn += 1) {
    await ping(-1);
    for (const socket of sockets) if (socket.writable) socket.write(' ');
  }
  const { handles = 0 } = rig.vitals() ?? {};
  if (handles > calm + MOST_HELD) complain(`${calm} open files became ${handles} with ${held} callers that ask nothing`);
  for (const socket of sockets) socket.destroy();
}
