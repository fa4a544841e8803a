import { invariant } from './base/assert.js';
import { machineZone } from './base/zone.js';
import { dialectOf } from './bridge-upstreams.js';
import type { BridgeConfig, LaneConfig } from './config/bridge-config.js';
import type { LaneId, Payment } from './payment/payment.js';
import type { LaneRules } from './terminal/terminal-ports.js';

/** A lane that is known to be configured. */
export function laneOf(config: BridgeConfig, laneId: LaneId): LaneConfig {
  const lane = config.lanes.find(({ id }) => id === laneId);
  invariant(lane !== undefined, `lane ${laneId} is configured`);
  return lane;
}

/** What tills are told of a lane's shop. */
export const lanesIn = (config: BridgeConfig) => ({
  laneRules: (laneId: LaneId) => laneRulesOf(config, laneId),
  shopNames: shopNamesIn(config),
});

/** By the lane's merchant, and by what its upstream's dialect takes; undefined when there is no such lane. */
function laneRulesOf(config: BridgeConfig, laneId: LaneId): LaneRules | undefined {
  const lane = config.lanes.find(({ id }) => id === laneId);
  const merchant = config.merchants.find(({ id }) => id === lane?.merchant);
  const upstream = config.upstreams.find(({ id }) => id === lane?.upstream);
  if (merchant === undefined || upstream === undefined) return undefined;
  return { currencies: merchant.currencies, takes: dialectOf(upstream).takes };
}

/** What customers know a configured upstream by. */
export function brandsIn({ upstreams }: BridgeConfig) {
  return (upstreamId: string): string | null => {
    const upstream = upstreams.find(({ id }) => id === upstreamId);
    return upstream === undefined ? null : dialectOf(upstream).brand;
  };
}

/** The merchant's and the store's names as they go upstream, what the customer paid with, and by which clock the shop lives. */
function shopNamesIn(config: BridgeConfig) {
  const brandOf = brandsIn(config);
  return ({ laneId, upstreamId }: Pick<Payment, 'laneId' | 'upstreamId'>) => {
    const merchantId = config.lanes.find(({ id }) => id === laneId)?.merchant;
    const merchant = config.merchants.find(({ id }) => id === merchantId);
    return {
      brand: brandOf(upstreamId),
      merchantName: merchant?.merchantDisplayName ?? merchant?.merchantName ?? null,
      storeName: merchant?.store?.storeName ?? null,
      timeZone: merchant?.timeZone ?? config.timeZone ?? machineZone(),
    };
  };
}
