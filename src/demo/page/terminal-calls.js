import { asTill } from './desk.js';

const watchers = [];

/** Calls `seen` with every call of the till and its answer; key and connection are the demo server's business. */
export function onTerminalCall(seen) {
  watchers.push(seen);
}

/**
 * One call of the terminal API. Never rejects: silence is status 0, and then nothing is known. `quiet` calls only read along and are
 * not shown as the till's last call.
 */
async function terminalCall(method, path, { body, headers = {}, quiet = false } = {}) {
  const sent = { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers };
  const wish = { method, headers: sent, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const since = performance.now();
  let answer = { status: 0, body: null };
  try {
    const response = await fetch(asTill(path), wish);
    answer = { status: response.status, body: await response.json().catch(() => null) };
  } catch {
    // Silence: whoever called repeats the same call.
  }
  const record = {
    method,
    path,
    headers: sent,
    body,
    status: answer.status,
    answer: answer.body,
    ms: Math.round(performance.now() - since),
  };
  if (!quiet) for (const seen of watchers) seen(record);
  return answer;
}

/** Starts a sale, or asks about it: the same sale again is the same payment. */
export function startSale(sale) {
  return terminalCall('POST', '/v1/payments', { body: sale, headers: { Prefer: 'wait=1' } });
}

export function cancelSale(paymentRequestId) {
  return terminalCall('POST', `/v1/payments/${paymentRequestId}/cancel`);
}

export function readPayment(paymentRequestId) {
  return terminalCall('GET', `/v1/payments/${paymentRequestId}`, { quiet: true });
}

/** The newest payments of the lane, newest first; an empty list when nobody answers. */
export async function listPayments(laneId) {
  const { body } = await terminalCall('GET', `/v1/payments?laneId=${laneId}&limit=20`, { quiet: true });
  return body?.payments ?? [];
}

/** Address of the code as a picture, for tills with a screen. */
export function codePicture(paymentRequestId) {
  return asTill(`/v1/payments/${paymentRequestId}/code.svg`);
}
