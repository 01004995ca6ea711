import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { staticFiles } from './static-files.ts';
import { startWebServer, type WebServer } from './web-server.ts';

let folder = '';
let server: WebServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
  const site = join(folder, 'site');
  mkdirSync(join(site, 'assets'), { recursive: true });
  mkdirSync(join(site, 'guide'));
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(site, 'index.html'), '<p>start</p>');
  writeFileSync(join(site, 'guide', 'index.html'), '<p>guide</p>');
  for (const name of ['app.js', 'engine.mjs', 'engine.wasm', 'look.css', 'scan.nii.gz', 'scan.nii', 'a b.json']) {
    writeFileSync(join(site, 'assets', name), name);
  }
  writeFileSync(join(site, 'empty.txt'), '');
  const pages = await staticFiles(site);
  server = await startWebServer(async (path) => {
    if (path === '/tagged')
      return { type: 'application/json', body: { text: '{"a":"ä"}' }, tag: 'one', policy: 'none' };
    if (path === '/gone') return { type: 'text/plain', body: { file: join(folder, 'gone') } };
    if (path === '/folder') return { type: 'text/plain', body: { file: folder } };
    return pages(path);
  });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** As it stands: unlike `fetch`, it takes out no `..` and lets the host be another one. */
function ask(path: string, { method = 'GET', headers = {} as Record<string, string> } = {}): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    asked.on('error', reject).end();
  });
}

describe('the web server', () => {
  it('is on this machine alone, on a free port', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  it.each(['/', '/index.html', '/tagged', '/missing', '/%'])('isolates what it answers to %s', async (path) => {
    const { headers } = await ask(path);
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers['content-security-policy']).toBe(
      path === '/tagged'
        ? 'none'
        : "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; " +
            "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });

  it.each([
    ['/', 'text/html; charset=utf-8', '<p>start</p>'],
    ['/index.html?x=1', 'text/html; charset=utf-8', '<p>start</p>'],
    ['/guide/', 'text/html; charset=utf-8', '<p>guide</p>'],
    ['/assets/app.js', 'text/javascript; charset=utf-8', 'app.js'],
    ['/assets/engine.mjs', 'text/javascript; charset=utf-8', 'engine.mjs'],
    ['/assets/engine.wasm', 'application/wasm', 'engine.wasm'],
    ['/assets/look.css', 'text/css; charset=utf-8', 'look.css'],
    ['/assets/scan.nii.gz', 'application/gzip', 'scan.nii.gz'],
    ['/assets/scan.nii', 'application/octet-stream', 'scan.nii'],
    ['/assets/a%20b.json', 'application/json; charset=utf-8', 'a b.json'],
    ['/empty.txt', 'text/plain; charset=utf-8', ''],
  ])('gives %s as %s', async (path, type, body) => {
    const answer = await ask(path);
    expect(answer).toMatchObject({ status: 200, body });
    expect(answer.headers['content-type']).toBe(type);
    expect(answer.headers['content-length']).toBe(String(body.length));
    expect(answer.headers['content-encoding']).toBeUndefined();
  });

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//secret.txt',
    '/index.html/../../secret.txt',
    '/index.html%00',
    '/assets',
    '/assets/',
    '/gone',
    '/folder',
  ])('has nothing under %s', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404 });
  });

  it('refuses what is no address', async () => {
    expect((await ask('/%E0%A4%A')).status).toBe(400);
  });

  it('is asked by its own names only, through any port', async () => {
    for (const host of ['127.0.0.1', 'localhost:8000', 'LOCALHOST', '[::1]:1']) {
      expect((await ask('/', { headers: { host } })).status, host).toBe(200);
    }
    for (const host of ['example.org', '127.0.0.1.example.org', 'localhost.example.org:80', '127.0.0.1:80:80']) {
      const { status, body } = await ask('/', { headers: { host } });
      expect({ status, body }, host).toEqual({
        status: 403,
        body: 'This server answers to 127.0.0.1 and localhost only.\n',
      });
    }
  });

  it('can only be read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await ask('/', { method });
      expect({ status, allow: headers.allow }, method).toEqual({ status: 405, allow: 'GET, HEAD' });
    }
    for (const path of ['/', '/tagged']) {
      const { status, headers, body } = await ask(path, { method: 'HEAD' });
      expect({ status, length: headers['content-length'], body }).toEqual({
        status: 200,
        length: path === '/' ? '12' : '10',
        body: '',
      });
    }
  });

  it('sends no body to those who have this state already', async () => {
    const first = await ask('/tagged');
    expect(first).toMatchObject({ status: 200, body: '{"a":"ä"}' });
    expect(first.headers.etag).toBe('"one"');
    expect(await ask('/tagged', { headers: { 'if-none-match': '"one"' } })).toMatchObject({ status: 304, body: '' });
    expect(await ask('/tagged', { headers: { 'if-none-match': '"two"' } })).toMatchObject({ status: 200 });
  });

  it('says when its port is taken', async () => {
    const port = Number(new URL(server.url).port);
    await expect(startWebServer(async () => null, port)).rejects.toMatchObject({
      name: 'DataError',
      message: `The port ${port} is taken: choose another one with --port, or leave --port out for a free one.`,
    });
  });
});
