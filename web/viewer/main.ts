import { isolatePage } from '../../src/browser/isolate-page.ts';

// Where the server does not send the headers for threads, a service worker does, and the page loads again.
await isolatePage('./isolation-worker.js');
await import('./app.ts');
