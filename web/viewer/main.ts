import { isolatePage } from 'rarevox/browser';

// On a static host that sends no headers the page loads again here, before there is anything to lose.
await isolatePage('./isolation-worker.js');
await import('./app.ts');
