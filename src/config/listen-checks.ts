import type { RawConfig } from './config-schema.js';
import { isLoopback } from './loopback.js';
import type { Finding } from './problem.js';

const LISTENERS = ['terminal', 'upstream', 'backOffice'] as const;

/** Findings about the listeners: equal ports, open ears without TLS, parts nobody can reach. */
export function listenFindings(config: RawConfig): Finding[] {
  const findings: Finding[] = [];
  const ports = new Map<number, string>();
  for (const name of LISTENERS) {
    const listener = config.listen[name];
    const path = ['listen', name];
    if (listener === undefined) {
      findings.push({
        path,
        message: LEFT_OUT[name],
        repair: `Add ${name} under listen, unless that is intended.`,
        onlyWarning: true,
      });
      continue;
    }
    if (listener.port !== 0) {
      const first = ports.get(listener.port);
      if (first === undefined) ports.set(listener.port, name);
      else {
        findings.push({
          path: [...path, 'port'],
          message: `port ${listener.port} is already used by listen.${first}`,
          repair: 'Give each listener its own port.',
        });
      }
    }
    if (name !== 'upstream' && !isLoopback(listener.host) && !('tls' in listener && listener.tls !== undefined)) {
      findings.push({
        path: [...path, 'host'],
        message: `listening beyond loopback (${listener.host}) without TLS`,
        repair: 'Add tls: { keyFile, certFile } to this listener, or listen on 127.0.0.1.',
      });
    }
  }
  return findings;
}

const LEFT_OUT: Readonly<Record<(typeof LISTENERS)[number], string>> = {
  terminal: 'is left out, so no till can reach the bridge',
  upstream: 'is left out, so notifications cannot arrive and every payment is found by inquiry only',
  backOffice: 'is left out, so nobody can look at payments in a browser, nor at /healthz',
};
