import { REPEAT_WITHIN_MS } from '../payment/timing.js';
import type { RawConfig } from './config-schema.js';
import type { Finding } from './problem.js';

/** Findings about rhythms and currencies that are legal but cannot do what they seem to say. */
export function timingFindings(config: RawConfig): Finding[] {
  return config.upstreams.flatMap((upstream, index) => {
    const findings: Finding[] = [];
    const pauses = upstream.timing.payPausesMs.reduce((sum, pause) => sum + pause, 0);
    if (pauses >= REPEAT_WITHIN_MS) {
      findings.push({
        path: ['upstreams', index, 'timing', 'payPausesMs'],
        message: 'the pauses add up to a minute or more, after which a pay request is not repeated',
        repair: 'Use fewer or shorter pauses.',
        onlyWarning: true,
      });
    }
    const lanes = config.lanes.filter((lane) => lane.upstream === upstream.id);
    const currencies = lanes.flatMap(
      (lane) => config.merchants.find((merchant) => merchant.id === lane.merchant)?.currencies ?? [],
    );
    if (currencies.length > 0 && currencies.every((code) => code === upstream.settlementCurrency)) {
      findings.push({
        path: ['upstreams', index, 'settlementCurrency'],
        message: 'is the only payment currency; the key is for a different one',
        repair: 'Remove settlementCurrency.',
        onlyWarning: true,
      });
    }
    return findings;
  });
}
