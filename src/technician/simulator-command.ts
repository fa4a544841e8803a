import { type Command, Option } from 'commander';
import type { SimulatorOptions } from './cli-parts.js';
import { type CommandFrame, wholeNumber } from './command-frame.js';

interface RawOptions {
  readonly port: number;
  readonly seed: string;
  readonly faults?: string;
  readonly chaos?: number | true;
  readonly clientPublicKey?: string;
  readonly orderLifeSeconds: number;
  readonly cancelWindow: SimulatorOptions['cancelWindow'];
}

/** Everything that a careful client survives without a person. */
const USUAL_CHAOS = 2;

/** Adds `simulator`. */
export function addSimulatorCommand(program: Command, frame: CommandFrame): void {
  program
    .command('simulator')
    .description('a believable upstream on loopback, to certify a till against')
    .requiredOption('--port <n>', 'port on 127.0.0.1', wholeNumber(0, 65_535))
    .requiredOption('--seed <s>', 'same seed and calls, same behaviour')
    .option('--faults <file>', 'list of faults, JSON')
    .option(
      '--chaos [level]',
      'faults drawn by the seed: 1 of the network, 2 also what no careful client believes (the default), 3 also signed untruths',
      wholeNumber(1, 3),
    )
    .option(
      '--client-public-key <file>',
      'public key that calls are checked with (default: signatures of the client are not checked)',
    )
    .option('--order-life-seconds <n>', 'life of an order code', wholeNumber(1, 86_400), 180)
    .addOption(new Option('--cancel-window <state>', 'whether cancels are in time').choices(['open', 'closed']).default('open'))
    .action(async (raw: RawOptions) => {
      const options: SimulatorOptions = {
        port: raw.port,
        seed: raw.seed,
        faultsFile: raw.faults,
        chaosLevel: raw.chaos === true ? USUAL_CHAOS : (raw.chaos as SimulatorOptions['chaosLevel']),
        clientPublicKeyFile: raw.clientPublicKey,
        orderLifeSeconds: raw.orderLifeSeconds,
        cancelWindow: raw.cancelWindow,
      };
      frame.finish(await frame.parts.simulator(options));
    });
}
