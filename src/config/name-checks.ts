import type { RawConfig } from './config-schema.js';
import { valueAt } from './explain-issue.js';
import { nearest } from './nearest.js';
import type { ConfigPath, Finding } from './problem.js';

/** Findings about names: given twice, pointing nowhere, used by nobody, and keys that open two tills. */
export function nameFindings(config: RawConfig): Finding[] {
  const ids = {
    upstream: config.upstreams.map((entry) => entry.id),
    merchant: config.merchants.map((entry) => entry.id),
    lane: config.lanes.map((entry) => entry.id),
    terminal: config.terminals.map((entry) => entry.id),
  };
  const twice = (Object.keys(ids) as (keyof typeof ids)[]).flatMap((kind) => doubles(kind, ids[kind]));
  return [...twice, ...referenceFindings(config), ...sharedKeys(config), ...reconciliationFindings(config), ...idle(config)];
}

/**
 * References that lead nowhere. `file` may be wrong elsewhere: what is no name is passed over, and where an id is missing nothing is
 * said of references to its kind.
 */
export function referenceFindings(file: unknown): Finding[] {
  const idsOf = (kind: 'upstream' | 'merchant' | 'lane') => listAt(file, [`${kind}s`]).map((entry) => valueAt(entry, ['id']));
  const ids = { upstream: idsOf('upstream'), merchant: idsOf('merchant'), lane: idsOf('lane') };
  const refer = (kind: keyof typeof ids, path: ConfigPath): Finding[] => {
    const [name, known] = [valueAt(file, path), ids[kind]];
    const isSure = typeof name === 'string' && known.length > 0 && known.every((id) => typeof id === 'string');
    return isSure && !known.includes(name) ? [dangling(kind, name, known.map(String), path)] : [];
  };
  return [
    ...listAt(file, ['lanes']).flatMap((_lane, index) => [
      ...refer('merchant', ['lanes', index, 'merchant']),
      ...refer('upstream', ['lanes', index, 'upstream']),
    ]),
    ...listAt(file, ['terminals']).flatMap((_terminal, index) =>
      listAt(file, ['terminals', index, 'lanes']).flatMap((_name, at) => refer('lane', ['terminals', index, 'lanes', at])),
    ),
    ...listAt(file, ['reconciliation']).flatMap((_entry, index) => refer('upstream', ['reconciliation', index, 'upstream'])),
  ];
}

function listAt(file: unknown, path: ConfigPath): readonly unknown[] {
  const found = valueAt(file, path);
  return Array.isArray(found) ? found : [];
}

function doubles(kind: string, names: readonly string[]): Finding[] {
  const seen = new Map<string, number>();
  const findings: Finding[] = [];
  names.forEach((name, index) => {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else {
      findings.push({
        path: [`${kind}s`, index, 'id'],
        message: `the id "${name}" is already taken by ${kind}s[${first}]`,
        repair: 'Give each its own id.',
      });
    }
  });
  return findings;
}

function dangling(kind: string, name: string, known: readonly string[], path: ConfigPath): Finding {
  const close = nearest(name, known);
  return {
    path,
    message: `there is no ${kind} "${name}"`,
    repair: close === undefined ? `Name one of ${known.join(', ')}, or add it under ${kind}s.` : `Did you mean "${close}"?`,
  };
}

function sharedKeys(config: RawConfig): Finding[] {
  const owners = new Map<string, string>();
  const findings: Finding[] = [];
  config.terminals.forEach((terminal, index) => {
    terminal.keySha256.forEach((hash, at) => {
      const owner = owners.get(hash);
      if (owner !== undefined && owner !== terminal.id) {
        findings.push({
          path: ['terminals', index, 'keySha256', at],
          message: `terminal "${owner}" has the same key`,
          repair: 'Make a key for each till with "ocbridge terminal add".',
        });
      }
      owners.set(hash, terminal.id);
    });
  });
  return findings;
}

function reconciliationFindings(config: RawConfig): Finding[] {
  const seen = new Map<string, number>();
  return config.reconciliation.flatMap((entry, index) => {
    const findings: Finding[] = [];
    const identity = [entry.upstream, entry.participantId, entry.settlementCurrency, entry.participantAgreementId].join(' ');
    const first = seen.get(identity);
    if (first === undefined) seen.set(identity, index);
    else {
      findings.push({
        path: ['reconciliation', index],
        message: `says the same as reconciliation[${first}]`,
        repair: 'Remove one of the two.',
      });
    }
    const acquirerId = config.upstreams.find((upstream) => upstream.id === entry.upstream)?.acquirerId;
    if (acquirerId !== undefined && acquirerId !== entry.participantId) {
      findings.push({
        path: ['reconciliation', index, 'participantId'],
        message: 'differs from the acquirerId of its upstream; usually they are equal',
        repair: 'Compare both with the Developer Center.',
        onlyWarning: true,
      });
    }
    return findings;
  });
}

function idle(config: RawConfig): Finding[] {
  const findings: Finding[] = [];
  const unused = (kind: 'upstream' | 'merchant', index: number, id: string) =>
    findings.push({
      path: [`${kind}s`, index],
      message: `no lane uses the ${kind} "${id}"`,
      repair: 'Name it in a lane, or remove it.',
      onlyWarning: true,
    });
  config.upstreams.forEach((upstream, index) => {
    if (!config.lanes.some((lane) => lane.upstream === upstream.id)) unused('upstream', index, upstream.id);
  });
  config.merchants.forEach((merchant, index) => {
    if (!config.lanes.some((lane) => lane.merchant === merchant.id)) unused('merchant', index, merchant.id);
  });
  if (config.terminals.length === 0) {
    findings.push({
      path: ['terminals'],
      message: 'there is no till, so nothing can be sold',
      repair: 'Add one with "ocbridge terminal add".',
      onlyWarning: true,
    });
  }
  return findings;
}
