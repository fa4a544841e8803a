/** One server-sent event as text (WHATWG HTML, "Server-sent events"). `data` becomes one line of JSON. */
export function eventText(event: string, data: unknown, id: number | null): string {
  return `${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A comment line: keeps the connection alive and tells the till that the bridge still is. */
export const COMMENT_LINE = ': still here\n\n';

/** The id of a `Last-Event-ID` header; null for none, `unknown` for text that no event of ours carries. */
export function lastEventId(header: string): number | null | 'unknown' {
  const text = header.trim();
  if (text === '') return null;
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : 'unknown';
}
