import http from 'node:http';

/** One server-sent event as it came over the wire. */
export interface HeardEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** An open event stream. */
export interface EventReader {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly events: HeardEvent[];
  /** Comment lines so far. */
  comments(): number;
  /** Resolves when the server ended the stream or the line broke. */
  readonly ended: Promise<void>;
  /** Stops taking bytes, as a till that hangs. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** Opens a stream and collects what comes; a refused one has its problem text in `events[0].data`. */
export function readEvents(url: string, headers: Readonly<Record<string, string>>): Promise<EventReader> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { headers: { ...headers, Accept: 'text/event-stream' }, agent: false }, (response) => {
      const events: HeardEvent[] = [];
      let comments = 0;
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          if (block.startsWith(':')) comments += 1;
          else events.push(parseBlock(block));
        }
      });
      response.on('error', () => {});
      const ended = new Promise<void>((done) => response.on('close', () => done()));
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        events,
        comments: () => comments,
        ended,
        pause: () => response.pause(),
        resume: () => response.resume(),
        close: () => request.destroy(),
      });
    });
    request.on('error', reject);
  });
}

function parseBlock(block: string): HeardEvent {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  return {
    id: fields.get('id') ?? null,
    event: fields.get('event') ?? 'message',
    data: JSON.parse(fields.get('data') ?? 'null'),
  };
}
