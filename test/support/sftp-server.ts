import { createHash, generateKeyPairSync } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type Connection, type SFTPWrapper } from 'ssh2';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/** What a read of a file may suffer. */
export type ReadTrouble = 'breakOff' | 'silence' | 'vanish' | undefined;

/** A real SFTP server on loopback over real files, with troubles that a test chooses. */
export interface SftpServer {
  readonly port: number;
  /** As OpenSSH prints it. */
  readonly hostKeySha256: string;
  /** A private key that may log in, in the form OpenSSH writes or in PKCS#8. */
  readonly clientKey: string;
  readonly clientKeyPkcs8: string;
  /** Where its files are; paths of the protocol begin here. */
  readonly folder: string;
  /** Requests that would have changed something; every one is refused. */
  readonly changes: readonly string[];
  /** Bare names that were opened, in order. */
  readonly opened: readonly string[];
  /** How many connections were taken. */
  connections(): number;
  /** Called before a folder is listed. */
  onList(act: (path: string) => void): void;
  /** Called before each read. */
  onRead(act: (name: string, offset: number) => ReadTrouble): void;
  /** Refuses every login from now on. */
  refuseLogins(): void;
  /** Writes a file below the root, with its folders. */
  put(path: string, text: string): void;
  close(): Promise<void>;
}

const rsaKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
// Made once: tests start many servers, and a key takes a while.
const [HOST_KEY, CLIENT_KEY, OTHER_KEY] = [rsaKey(), rsaKey(), rsaKey()];
const pem = (key: typeof HOST_KEY, type: 'pkcs1' | 'pkcs8' = 'pkcs1') => key.export({ format: 'pem', type }).toString();

/** A private key that no server here knows. */
export const STRANGERS_KEY = pem(OTHER_KEY);

interface Troubles {
  list: (path: string) => void;
  read: (name: string, offset: number) => ReadTrouble;
  logins: boolean;
}

interface Handle {
  readonly path: string;
  readonly fd: number | undefined;
  listed: boolean;
}

function attrsOf({ mode, size, atimeMs, mtimeMs }: Stats) {
  const seconds = (ms: number) => Math.floor(ms / 1000);
  return { mode, uid: 1, gid: 1, size, atime: seconds(atimeMs), mtime: seconds(mtimeMs) };
}

const CHANGING = ['WRITE', 'FSETSTAT', 'SETSTAT', 'REMOVE', 'MKDIR', 'RMDIR', 'RENAME', 'SYMLINK'] as const;

function serveFiles(
  sftp: SFTPWrapper,
  root: string,
  troubles: Troubles,
  seen: { changes: string[]; opened: string[] },
  end: () => void,
) {
  const handles = new Map<number, Handle>();
  const at = (path: string) => join(root, path);
  const failed = (id: number, error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const status =
      code === 'ENOENT' ? STATUS_CODE.NO_SUCH_FILE : code === 'EACCES' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
    sftp.status(id, status);
  };
  const attempt = (id: number, act: () => void) => {
    try {
      act();
    } catch (error) {
      failed(id, error);
    }
  };
  const handed = (id: number, handle: Handle) => {
    const number = handles.size + 1;
    handles.set(number, handle);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(number);
    sftp.handle(id, bytes);
  };
  const of = (bytes: Buffer) => handles.get(bytes.readUInt32BE());

  for (const name of CHANGING)
    (sftp as unknown as NodeJS.EventEmitter).on(name, (id: number) => {
      seen.changes.push(name);
      sftp.status(id, STATUS_CODE.PERMISSION_DENIED);
    });
  sftp.on('REALPATH', (id, path) => void sftp.name(id, [{ filename: path, longname: path, attrs: {} as never }]));
  for (const name of ['STAT', 'LSTAT'] as const)
    sftp.on(name, (id: number, path: string) => attempt(id, () => void sftp.attrs(id, attrsOf(statSync(at(path))))));
  sftp.on('FSTAT', (id, handle) => attempt(id, () => void sftp.attrs(id, attrsOf(fstatSync(of(handle)?.fd ?? -1)))));
  sftp.on('OPENDIR', (id, path) =>
    attempt(id, () => {
      troubles.list(path);
      readdirSync(at(path));
      handed(id, { path, fd: undefined, listed: false });
    }),
  );
  sftp.on('READDIR', (id, bytes) =>
    attempt(id, () => {
      const handle = of(bytes);
      if (handle === undefined || handle.listed) return void sftp.status(id, STATUS_CODE.EOF);
      handle.listed = true;
      const entries = readdirSync(at(handle.path)).map((filename) => {
        const attrs = attrsOf(statSync(join(at(handle.path), filename)));
        return { filename, longname: `-rw------- 1 a a ${attrs.size} Jan 1 00:00 ${filename}`, attrs };
      });
      return entries.length === 0 ? void sftp.status(id, STATUS_CODE.EOF) : void sftp.name(id, entries);
    }),
  );
  sftp.on('OPEN', (id, path, flags) =>
    attempt(id, () => {
      if ((flags & ~OPEN_MODE.READ) !== 0) {
        seen.changes.push('OPEN to write');
        return void sftp.status(id, STATUS_CODE.PERMISSION_DENIED);
      }
      seen.opened.push(path.split('/').at(-1) ?? '');
      return handed(id, { path, fd: openSync(at(path), 'r'), listed: false });
    }),
  );
  sftp.on('READ', (id, bytes, offset, length) =>
    attempt(id, () => {
      const handle = of(bytes);
      const trouble = troubles.read(handle?.path.split('/').at(-1) ?? '', offset);
      if (trouble === 'silence') return undefined;
      if (trouble === 'breakOff') return end();
      if (trouble === 'vanish') return void sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
      const chunk = Buffer.alloc(Math.min(length, 32 * 1024));
      const read = readSync(handle?.fd ?? -1, chunk, 0, chunk.length, offset);
      return read === 0 ? void sftp.status(id, STATUS_CODE.EOF) : void sftp.data(id, chunk.subarray(0, read));
    }),
  );
  sftp.on('CLOSE', (id, bytes) => {
    const fd = of(bytes)?.fd;
    if (fd !== undefined) closeSync(fd);
    sftp.status(id, STATUS_CODE.OK);
  });
}

/** Starts one on a free port of 127.0.0.1. */
export async function startSftpServer(): Promise<SftpServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ocbridge-sftp-'));
  const seen = { changes: [] as string[], opened: [] as string[] };
  const troubles: Troubles = { list: () => undefined, read: () => undefined, logins: true };
  const open = new Set<Connection>();
  const allowed = ssh2.utils.parseKey(pem(CLIENT_KEY));
  const host = ssh2.utils.parseKey(pem(HOST_KEY));
  if (allowed instanceof Error || host instanceof Error) throw new Error('the throw-away keys cannot be read');
  let count = 0;
  const server = new ssh2.Server({ hostKeys: [pem(HOST_KEY)] }, (client) => {
    count += 1;
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => undefined);
    client.on('authentication', (ctx) => {
      const isKey = ctx.method === 'publickey' && ctx.key.data.equals(allowed.getPublicSSH()) && troubles.logins;
      if (!isKey) return ctx.reject(['publickey']);
      const isSigned = ctx.signature === undefined || allowed.verify(ctx.blob as Buffer, ctx.signature, ctx.hashAlgo) === true;
      return isSigned ? ctx.accept() : ctx.reject();
    });
    client.on('ready', () =>
      client.on('session', (accept) => {
        accept().on('sftp', (acceptSftp) => serveFiles(acceptSftp(), folder, troubles, seen, () => void client.end()));
      }),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hostKeySha256: `SHA256:${createHash('sha256').update(host.getPublicSSH()).digest('base64').replace(/=+$/, '')}`,
    clientKey: pem(CLIENT_KEY),
    clientKeyPkcs8: pem(CLIENT_KEY, 'pkcs8'),
    folder,
    ...seen,
    connections: () => count,
    onList(act) {
      troubles.list = act;
    },
    onRead(act) {
      troubles.read = act;
    },
    refuseLogins() {
      troubles.logins = false;
    },
    put(path, text) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    async close() {
      for (const client of open) client.end();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
