import type { CheckAgain, MessageToCheck } from './backoffice/signature-again.js';
import type { JoinedUpstreams } from './bridge-upstreams.js';
import type { BridgeConfig, UpstreamConfig } from './config/bridge-config.js';
import { sha256 } from './upstream/frozen-body.js';
import { ownVerifyingKeys, parseSignatureHeader, type SignedContext, verifySignature } from './upstream/signature.js';

/** Joins "verify again" to the keys in force: theirs for what came, the public half of ours for what left. */
export function joinSignatures(config: BridgeConfig, upstreams: JoinedUpstreams): CheckAgain {
  return (message) => {
    const settings = config.upstreams.find(({ id }) => id === message.upstreamId);
    const hash = sha256(message.body);
    const nothing = { keyVersion: null, algorithm: null, keyVersionUnknown: false, signed: null, sha256: hash };
    if (settings === undefined) return { ...nothing, kind: 'unconfigured', why: null };
    const { dialect, keys } = upstreams.of(settings.id).notifying;
    const header = headerOf(message, 'signature');
    const parts = header === undefined ? undefined : parseSignatureHeader(header);
    const context = contextOf(message, settings);
    const told = {
      ...nothing,
      keyVersion: parts?.keyVersion ?? null,
      algorithm: parts?.algorithm ?? null,
      signed: context ?? null,
    };
    if (message.sha256 !== null && message.sha256 !== hash)
      return { ...told, kind: isMasked(message) ? 'masked' : 'changed', why: null };
    if (header === undefined || context === undefined) return { ...told, kind: 'unsigned', why: null };
    // Whoever answers in another name has not answered us (order-code reference 2.6).
    if (context.clientId !== settings.clientId) return { ...told, kind: 'bad', why: 'clientId' };
    const { signing, verifying } = keys();
    const trusted = message.part === 'request' ? ownVerifyingKeys(signing) : verifying;
    const verdict = verifySignature(trusted, dialect.signing.algorithmText, header, context, message.body);
    switch (verdict.kind) {
      case 'good':
        return { ...told, kind: 'good', why: null, keyVersionUnknown: verdict.keyVersionUnknown };
      case 'bad':
        return { ...told, kind: 'bad', why: verdict.why };
      case 'unsigned':
        return { ...told, kind: 'unsigned', why: null };
    }
  };
}

function headerOf({ headers }: MessageToCheck, wanted: string): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
}

/** What stood before the body when it was signed; undefined without a time. */
function contextOf(message: MessageToCheck, { clientId, basePath, signPath }: UpstreamConfig): SignedContext | undefined {
  const time = headerOf(message, message.part === 'answer' ? 'response-time' : 'request-time');
  if (time === undefined || time === '') return undefined;
  const isOurs = message.part !== 'notification' && message.path.startsWith(basePath);
  const path = isOurs ? signPath + message.path.slice(basePath.length) : message.path;
  return { path, clientId: headerOf(message, 'client-id') ?? clientId, time };
}

/** Tokens of agreements are kept as `***` (see `upstream/agreement-token.ts`). */
function isMasked({ body }: MessageToCheck): boolean {
  return Buffer.from(body).includes('"***"');
}
