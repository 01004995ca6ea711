/** Remembers, for the tab, that the page was loaded again. */
const RELOADED = 'rarevox-isolation';

/**
 * Makes a page cross-origin isolated on a static host that can't send the headers, so that predictions may use threads: a service
 * worker adds them, and the page loads again, once. Call it before anything that a reload would lose.
 *
 * @param worker address of `isolation-worker.js`, from the folder `dist/web` of the package, in the page's folder or above it
 * @returns whether the page is isolated: false where the browser allows no service worker, as on a page without HTTPS. While the page
 *   loads again the promise stays open
 */
export async function isolatePage(worker: string | URL): Promise<boolean> {
  if (crossOriginIsolated) {
    sessionStorage.removeItem(RELOADED);
    return true;
  }
  const container = (navigator as Partial<Navigator>).serviceWorker;
  if (container === undefined || sessionStorage.getItem(RELOADED) !== null) return false;
  try {
    await container.register(worker);
    await container.ready;
  } catch {
    return false;
  }
  sessionStorage.setItem(RELOADED, 'yes');
  location.reload();
  return new Promise(() => undefined);
}
