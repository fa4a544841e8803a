import { BridgeError, type BridgeErrorCode } from '../base/bridge-error.js';
import type { Silence } from './transport.js';

/** What is wrong on the way to an upstream. */
export type LineTroubleCode = Extract<BridgeErrorCode, `upstream.${string}`>;

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'CERT_REJECTED',
  'CERT_REVOKED',
]);

/** The cause of a silence, in words for a person: what is wrong at which address, and what to do. Certificates are judged by this machine's clock. */
export function lineTrouble(silence: Silence, baseUrl: string): BridgeError {
  const { host, hostname } = new URL(baseUrl);
  const trouble = (code: LineTroubleCode, what: string, repair: string) => new BridgeError(code, `${what}. Repair: ${repair}.`);
  const { cause, detail } = silence;
  if (cause !== 'noConnection') {
    const what = cause === 'timeOut' ? 'does not answer in time' : `breaks off (${detail})`;
    return trouble(
      'upstream.noAnswer',
      `${host} takes calls and ${what}`,
      'wait; if it lasts, ask the upstream, and look at proxy and firewall',
    );
  }
  switch (detail) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
      return trouble(
        'upstream.nameUnknown',
        `The name ${hostname} cannot be looked up (${detail})`,
        'look at the network and its name server (DNS), and at baseUrl',
      );
    case 'ECONNREFUSED':
      return trouble(
        'upstream.refused',
        `${host} refuses connections`,
        'look at baseUrl and the firewall; else the upstream is down',
      );
    case 'CERT_HAS_EXPIRED':
      return trouble(
        'upstream.certificateExpired',
        `The certificate of ${host} has expired, or the clock of this machine is ahead`,
        'look at the clock; if it is right, the upstream has to renew its certificate',
      );
    case 'CERT_NOT_YET_VALID':
      return trouble(
        'upstream.certificateNotYetValid',
        `The certificate of ${host} is not valid yet, or the clock of this machine is behind`,
        'set the clock',
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return trouble(
        'upstream.certificateName',
        `Who answers at ${host} has the certificate of another name`,
        'look at baseUrl, and whether a proxy or a portal stands in between',
      );
  }
  if (UNTRUSTED.has(detail)) {
    return trouble(
      'upstream.certificateUntrusted',
      `The certificate of ${host} is of nobody this machine trusts (${detail})`,
      'look whether a proxy reads the traffic; its certificate authority can be named in NODE_EXTRA_CA_CERTS',
    );
  }
  if (detail.startsWith('ERR_SSL') || detail.startsWith('ERR_TLS') || detail === 'EPROTO')
    return trouble(
      'upstream.tlsFailed',
      `${host} and this machine do not agree on TLS (${detail})`,
      'look at baseUrl: host, port, https',
    );
  return trouble(
    'upstream.unreachable',
    `No connection to ${host} comes about (${detail})`,
    'look at cable, network and firewall',
  );
}
