import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { DataError } from '../errors.ts';

/** What an address gives. */
export interface Resource {
  /** The media type. */
  readonly type: string;
  readonly body: { readonly text: string } | { readonly file: string };
  /** Tells one state of it from another: who has this one is told so, and gets no body. */
  readonly tag?: string;
  /** A Content-Security-Policy of its own, in place of the pages'. */
  readonly policy?: string;
}

/** Finds what a path gives, such as `/index.html`, decoded; null where there is no such thing. */
export type FindResource = (path: string) => Promise<Resource | null>;

export interface WebServer {
  /** The address of `/`. */
  readonly url: string;
  /** Ends it, and cuts off whoever is still being answered. */
  close(): Promise<void>;
}

/** WebAssembly has to be compiled for the compute runtime: that is the one relaxation. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** For every answer: a page is isolated from all other sites, which WebAssembly needs for threads, and they from it. */
const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  // Scans are nothing to leave behind on a disk; the app itself comes from this machine, and quickly.
  'Cache-Control': 'no-store',
} as const;

const HOST = '127.0.0.1';

/**
 * Names under which a browser on this machine reaches the server, by any port, since `ssh -L` may lead from another one. A page of another
 * site whose name was made to point here (DNS rebinding) comes under that name, and gets nothing.
 */
const OWN_NAMES = new Set([HOST, 'localhost', '[::1]']);

/**
 * Serves what `find` finds to browsers on this machine, and to nobody else.
 * @param port 0 takes a free one
 * @throws DataError when the port is taken or not allowed
 */
export async function startWebServer(find: FindResource, port = 0): Promise<WebServer> {
  const server = createServer((request, response) => {
    answer(find, request, response).catch((error: unknown) => {
      // The reader went away, or the file ended early: what was promised can't be sent any more.
      if (response.headersSent) response.destroy();
      else refuse(response, 500, error instanceof DataError ? error.message : 'The server failed.');
    });
  });
  await listen(server, port);
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${own}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const advice = 'choose another one with --port, or leave --port out for a free one';
      if (error.code === 'EADDRINUSE') reject(new DataError(`The port ${port} is taken: ${advice}.`));
      else if (error.code === 'EACCES') reject(new DataError(`The port ${port} is not allowed to you: ${advice}.`));
      else reject(error);
    });
    server.listen(port, HOST, resolve);
  });
}

async function answer(find: FindResource, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const name = (request.headers.host ?? '').replace(/:\d*$/, '').toLowerCase();
  if (!OWN_NAMES.has(name)) return refuse(response, 403, 'This server answers to 127.0.0.1 and localhost only.');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'This server can only be read.');
  }
  const path = pathOf(request.url ?? '');
  if (path === null) return refuse(response, 400, 'This is no address.');
  const resource = await find(path);
  if (resource === null) return refuse(response, 404, 'There is nothing here.');
  await send(resource, request, response);
}

/** The decoded path of a request; null where it can't be decoded. */
function pathOf(target: string): string | null {
  try {
    return decodeURIComponent(target.replace(/[?#].*$/s, ''));
  } catch {
    return null;
  }
}

async function send(
  { type, body, tag, policy = CONTENT_SECURITY_POLICY }: Resource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers = { ...HEADERS, 'Content-Security-Policy': policy, ...(tag !== undefined && { ETag: `"${tag}"` }) };
  if (tag !== undefined && request.headers['if-none-match'] === `"${tag}"`) {
    response.writeHead(304, headers).end();
    return;
  }
  const typed = { ...headers, 'Content-Type': type };
  if ('text' in body) {
    const bytes = Buffer.from(body.text);
    response.writeHead(200, { ...typed, 'Content-Length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return;
  }
  const file = await open(body.file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new DataError(`${body.file}: cannot be read: ${error.code ?? error.message}.`, { cause: error });
  });
  if (file === null) return refuse(response, 404, 'This file is not there any more.');
  try {
    const status = await file.stat();
    if (!status.isFile()) return refuse(response, 404, 'There is nothing here.');
    const { size } = status;
    response.writeHead(200, { ...typed, 'Content-Length': size });
    // A file that grows meanwhile is sent as long as it was.
    if (request.method === 'HEAD' || size === 0) response.end();
    else await pipeline(file.createReadStream({ end: size - 1, autoClose: false }), response);
  } finally {
    await file.close();
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  const headers = { ...HEADERS, 'Content-Security-Policy': CONTENT_SECURITY_POLICY };
  response.writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
