/** One line of a payment's history; `at` in ms. */
export interface TimelineLine {
  readonly at: number;
  readonly what: 'till' | 'journal' | 'message' | 'notification' | 'glass' | 'refund' | 'act' | 'clearing';
  readonly detail: Readonly<Record<string, unknown>>;
}

type Row = Readonly<Record<string, unknown>>;

function bytesText(value: unknown): string | null {
  return Buffer.isBuffer(value) ? value.toString('utf8') : null;
}

function bytesBase64(value: unknown): string | null {
  return Buffer.isBuffer(value) ? value.toString('base64') : null;
}

/** The JSON of a column; null where there is none. */
function parsed(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : null;
}

/** A call that is about to leave has no answer yet: members without a value are left out. */
function told(members: Row): Row {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

/** What was weighed, and what was made of it. */
export function journalLine(row: Row): TimelineLine {
  return {
    at: Number(row['at']),
    what: 'journal',
    detail: {
      seq: row['seq'],
      upstreamAt: Number(row['upstream_at']),
      evidence: parsed(row['evidence']),
      decision: row['decision'],
      from: row['from_state'],
      to: row['to_state'],
      alarm: row['alarm'],
    },
  };
}

/** A call that is about to leave, or what came back for it. */
export function messageLine(row: Row): TimelineLine {
  return {
    at: Number(row['at']),
    what: 'message',
    detail: told({
      id: String(row['id']),
      call: row['call'],
      phase: row['phase'],
      path: row['path'],
      requestHeaders: parsed(row['request_headers']),
      requestBody: bytesText(row['request_body']),
      requestBodyBase64: bytesBase64(row['request_body']),
      bodySha256: row['body_sha256'],
      status: row['status'],
      answerHeaders: parsed(row['answer_headers']),
      answerBody: bytesText(row['answer_body']),
      answerBodyBase64: bytesBase64(row['answer_body']),
      verdict: row['verdict'],
      silence: row['silence'],
    }),
  };
}

/** A message of the upstream to us. */
export function notificationLine(row: Row): TimelineLine {
  return {
    at: Number(row['received_at']),
    what: 'notification',
    detail: {
      id: String(row['id']),
      path: row['path'],
      headers: parsed(row['headers']),
      body: bytesText(row['body']),
      bodyBase64: bytesBase64(row['body']),
      bodySha256: row['body_sha256'],
      verdict: row['verdict'],
      quarantine: row['quarantine'],
    },
  };
}
