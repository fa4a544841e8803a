import { parseArgs } from 'node:util';
import { attackAdmin } from './admin-attack.js';
import { NO_LIMITS, openAttackRig } from './attack-rig.js';
import { attackNotifications } from './notification-attack.js';
import { overload } from './overload.js';
import { attackRequests } from './request-attack.js';
import { attackFromUpstream } from './upstream-attack.js';

const USAGE = `npm run attack -- [options]; 0 leaves a part out
      --requests N       hostile requests to every listener (default 100000)
      --notifications N  mutated notifications (default 100000)
      --payments N       payments with a hostile upstream (default 2000)
      --admin N          messages to the admin socket (default 20000)
      --overload N       seconds of each of two floods (default 20)
      --seed S           what chance decides (default: another one each time)
      --only N           only request number N of the seed`;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    notifications: { type: 'string', default: '100000' },
    payments: { type: 'string', default: '2000' },
    admin: { type: 'string', default: '20000' },
    overload: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(1 + (Date.now() % 999_999)) },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);

const told = (done: number) => void process.stderr.write(`\r${done} `);

const PARTS = ['requests', 'notifications', 'payments', 'admin', 'overload'] as const;

/** The options that repeat one part alone. */
function onlyPart(name: (typeof PARTS)[number]): string {
  return PARTS.map((part) => `--${part} ${part === name ? values[part] : 0}`).join(' ');
}

/** Prints what came of one part; true when nothing was found. */
function report(
  name: string,
  since: number,
  result: object,
  complaints: readonly string[],
  again: (index: number) => string,
): boolean {
  const seconds = Math.round((performance.now() - since) / 1_000);
  console.log(`\n${name}, seed ${seed}, ${seconds} s, ${complaints.length} complaints\n${JSON.stringify(result, null, 1)}`);
  for (const [index, what] of complaints.slice(0, 50).entries())
    console.log(`${what.slice(0, 500)}\n   again: npm run attack -- --seed ${seed} ${again(index)}`);
  return complaints.length === 0;
}

async function requests(): Promise<boolean> {
  const since = performance.now();
  // A heap that a leak would fill long before the end.
  const rig = await openAttackRig({
    env: { NODE_OPTIONS: '--max-old-space-size=192' },
    change: (settings) => Object.assign(settings.listen.terminal, { limits: NO_LIMITS }),
  });
  try {
    const plan = {
      seed,
      requests: Number(values.requests),
      told,
      ...(values.only !== undefined && { only: Number(values.only) }),
    };
    const { complaints, ...result } = await attackRequests(rig, plan);
    const exitCode = await rig.stop();
    const found = complaints.map(({ kind, what }) => `${kind}: ${what}`);
    if (exitCode !== 0) found.push(`the bridge ended with ${exitCode}`);
    return report(
      'hostile requests',
      since,
      { ...result, exitCode },
      found,
      (index) => `--only ${complaints[index]?.index ?? 0}`,
    );
  } finally {
    await rig.close();
  }
}

async function notifications(): Promise<boolean> {
  const since = performance.now();
  const again = () => onlyPart('notifications');
  try {
    const result = await attackNotifications({ seed, notifications: Number(values.notifications), told });
    return report('mutated notifications', since, result, [], again);
  } catch (error) {
    return report('mutated notifications', since, {}, [String(error)], again);
  }
}

async function payments(): Promise<boolean> {
  const since = performance.now();
  const { complaints, ...result } = await attackFromUpstream({ seed, payments: Number(values.payments), lanes: 24, told });
  return report('hostile upstream', since, result, complaints, () => onlyPart('payments'));
}

async function admin(): Promise<boolean> {
  const since = performance.now();
  const { complaints, ...result } = await attackAdmin({ seed, messages: Number(values.admin), held: 1_000, told });
  const found = complaints.map(({ index, kind, what }) => `${index}, ${kind}: ${what}`);
  if (result.exitCode !== 0) found.push(`the bridge ended with ${result.exitCode}`);
  return report('admin socket', since, result, found, () => onlyPart('admin'));
}

async function flood(): Promise<boolean> {
  const since = performance.now();
  const plan = { seed, waves: 2, seconds: Number(values.overload), atOnce: 400, noiseAtOnce: 64 };
  const { complaints, waves, ...result } = await overload(plan);
  const counted = waves.map(({ flood: { created, ...counts }, complaints: _told, ...wave }) => ({
    ...wave,
    flood: { ...counts, created: created.length },
  }));
  return report('overload', since, { ...result, waves: counted }, complaints, () => onlyPart('overload'));
}

async function all(): Promise<boolean> {
  if (values.only !== undefined) return requests();
  let isWell = true;
  for (const [wanted, part] of [
    [values.requests, requests],
    [values.payments, payments],
    [values.notifications, notifications],
    [values.admin, admin],
    [values.overload, flood],
  ] as const)
    if (Number(wanted) > 0) isWell = (await part()) && isWell;
  return isWell;
}

if (values.help) console.log(USAGE);
else process.exitCode = (await all()) ? 0 : 2;
