import type { RunsSnapshot } from '../../src/report/run-snapshot.ts';

/** What the page knows of the runs. */
export interface FeedState {
  /** The newest snapshot; null before there is one. */
  readonly runs: RunsSnapshot | null;
  /**
   * `lost`: `rarevox view` does not answer; `none`: this page was opened without a run, or its server gives another one by now.
   */
  readonly connection: 'waiting' | 'connected' | 'lost' | 'none';
  /** The server's time, in milliseconds since 1970: that of its answers, which the runs' times are to be seen against. */
  readonly now: number;
}

const TOKEN = /^#data=([A-Za-z0-9_-]{22})$/;
/** Milliseconds between two questions. */
const INTERVAL = 2000;

/** Asks `rarevox view` for the runs again and again, while the page is seen. */
export class RunsFeed {
  private readonly onChange: (state: FeedState) => void;
  /** The address that the snapshot's addresses are relative to; null where the page was opened without a run. */
  readonly address: URL | null;
  private state: FeedState = { runs: null, connection: 'waiting', now: Date.now() };
  private tag: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isAsking = false;

  constructor(page: Location, onChange: (state: FeedState) => void) {
    this.onChange = onChange;
    const token = TOKEN.exec(page.hash)?.[1];
    this.address = token === undefined ? null : new URL(`data/${token}/runs.json`, page.href.replace(/#.*$/, ''));
  }

  start(): void {
    document.addEventListener('visibilitychange', this.askIfSeen);
    this.askIfSeen();
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.askIfSeen);
    clearTimeout(this.timer);
  }

  private readonly askIfSeen = (): void => {
    if (document.visibilityState === 'visible') void this.ask();
  };

  private async ask(): Promise<void> {
    if (this.isAsking) return;
    if (this.address === null) return this.update({ connection: 'none' });
    this.isAsking = true;
    clearTimeout(this.timer);
    try {
      const known: Record<string, string> = this.tag === null ? {} : { 'If-None-Match': this.tag };
      const answer = await fetch(this.address, { headers: known, cache: 'no-store' });
      const now = Date.parse(answer.headers.get('Date') ?? '') || Date.now();
      if (answer.ok) {
        this.tag = answer.headers.get('ETag');
        this.update({ runs: (await answer.json()) as RunsSnapshot, connection: 'connected', now });
      } else if (answer.status === 304) {
        this.update({ connection: 'connected', now });
      } else {
        this.update({ connection: answer.status === 404 ? 'none' : 'lost' });
      }
    } catch {
      this.update({ connection: 'lost' });
    } finally {
      this.isAsking = false;
      this.timer = setTimeout(this.askIfSeen, INTERVAL);
    }
  }

  private update(change: Partial<FeedState>): void {
    this.state = { ...this.state, ...change };
    this.onChange(this.state);
  }
}
