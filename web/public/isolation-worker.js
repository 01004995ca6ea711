/*
 * A service worker that adds the headers which make a page cross-origin isolated, so that WebAssembly may use threads, to all that
 * the page loads: for static hosts that can't send headers. `isolatePage` of rarevox/browser registers it. It must lie in
 * the page's folder or above it. It stores nothing.
 */
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  // Such a request, of the developer tools, is refused when it is made again here.
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
  event.respondWith(fetch(request).then(isolated));
});

/** The same response with the headers. */
function isolated(response) {
  // Of another site, and not to be looked into.
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  const { status, statusText } = response;
  // These have no body, and take none.
  const body = [204, 205, 304].includes(status) ? null : response.body;
  return new Response(body, { status, statusText, headers });
}
