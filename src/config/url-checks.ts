import type { RawConfig } from './config-schema.js';
import { isLoopback } from './loopback.js';
import type { ConfigPath, Finding } from './problem.js';

type Kind = 'gateway' | 'receiver';

/** Findings about every address of every upstream: scheme, form, and that no two receivers share a path. */
export function urlFindings(config: RawConfig): Finding[] {
  const findings: Finding[] = [];
  const receivers = new Map<string, string>();
  config.upstreams.forEach((upstream, index) => {
    const sandbox = upstream.clientId.startsWith('SANDBOX_');
    const check = (key: 'baseUrl' | 'notifyUrl' | 'cashierNotifyUrl', kind: Kind) => {
      const text = upstream[key];
      if (text === undefined) return;
      const path = ['upstreams', index, key];
      const url = parseUrl(text);
      const wrong = url === undefined ? [notAUrl(path)] : addressFindings(path, text, url, kind, sandbox);
      findings.push(...wrong);
      if (url === undefined || kind === 'gateway') return;
      const owner = `upstreams[${index}].${key}`;
      const place = url.pathname.toLowerCase().replace(/\/+$/, '');
      const first = receivers.get(place);
      if (first === undefined) receivers.set(place, owner);
      else {
        findings.push({
          path,
          message: `has the same path as ${first}; each needs its own`,
          repair: 'Give this one another path and register that at the upstream.',
        });
      }
    };
    check('baseUrl', 'gateway');
    check('notifyUrl', 'receiver');
    check('cashierNotifyUrl', 'receiver');
  });
  return findings;
}

function parseUrl(text: string): URL | undefined {
  if (/\s/.test(text) || text.includes('\\')) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function notAUrl(path: ConfigPath): Finding {
  return {
    path,
    message: 'is not a URL',
    repair: 'Write it in full, for example https://shop.example/hooks/alipayplus/notifyPayment.',
  };
}

function addressFindings(path: ConfigPath, text: string, url: URL, kind: Kind, sandbox: boolean): Finding[] {
  const findings: Finding[] = [];
  const add = (message: string, repair: string, onlyWarning = false) => findings.push({ path, message, repair, onlyWarning });
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    add('must begin with https://', 'Use the https address.');
    return findings;
  }
  if (url.protocol === 'http:' && !(isLoopback(url.hostname) && sandbox)) {
    add('http: is legal only for loopback hosts with a client id that begins SANDBOX_', 'Use the https address.');
  }
  if (url.username !== '' || url.password !== '') add('carries a user name or password', 'Remove everything before the @.');
  if (text.includes('?')) add('must not have a query string', 'Remove everything from the "?" on.');
  if (text.includes('#')) add('must not have a fragment', 'Remove everything from the "#" on.');
  if (findings.length > 0) return findings;
  const after = text.slice(text.indexOf('://') + 3);
  const written = after.includes('/') ? after.slice(after.indexOf('/')) : '';
  if (kind === 'gateway') {
    if (written !== '' && written !== '/') add('must not have a path', 'Move the path into basePath.');
    return findings;
  }
  if (written === '' || written === '/') {
    add('needs a path of its own', 'Add one, for example /hooks/alipayplus/notifyPayment.');
  } else if (written !== url.pathname) {
    // The upstream signs the path as it was registered; one that is rewritten on the way would never verify.
    add('its path is not in normal form', `Write the path as ${url.pathname}.`);
  } else if (isLoopback(url.hostname) && !sandbox) {
    add('is a loopback address, which the upstream cannot reach', 'Name the public address of the proxy or tunnel.', true);
  }
  return findings;
}
