import { parseArgs } from 'node:util';
import { NO_LIMITS, openAttackRig } from './attack-rig.js';
import { attackRequests } from './request-attack.js';

/** The long form of the attacks: `npm run attack -- --requests 100000 --seed 7`. Exit code 2 when something was found. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '100000' },
      seed: { type: 'string', default: String(1 + Math.floor((performance.now() * 1_000) % 1_000_000)) },
      only: { type: 'string' },
    },
  });
  const seed = Number(values.seed);
  const rig = await openAttackRig({
    env: { NODE_OPTIONS: '--max-old-space-size=192' },
    change: (settings) => Object.assign(settings.listen.terminal, { limits: NO_LIMITS }),
  });
  try {
    const since = performance.now();
    const result = await attackRequests(rig, {
      seed,
      requests: Number(values.requests),
      ...(values.only !== undefined && { only: Number(values.only) }),
      told: (done) => process.stderr.write(`\r${done}`),
    });
    const code = await rig.stop();
    console.log(
      JSON.stringify(
        {
          ...result,
          complaints: result.complaints.length,
          seconds: Math.round((performance.now() - since) / 1_000),
          exitCode: code,
        },
        null,
        1,
      ),
    );
    for (const { index, kind, what } of result.complaints.slice(0, 50))
      console.log(`${index} ${kind}: ${what.slice(0, 400)}\n   again: npm run attack -- --seed ${seed} --only ${index}`);
    return result.complaints.length === 0 && code === 0 ? 0 : 2;
  } finally {
    await rig.close();
  }
}

process.exitCode = await main();
