/** In ms. The rate is taken over the recent past, since the first steps (sessions being made, caches cold) are slower. */
const WINDOW = 60_000;

/** Units that the rate is taken over at least: of several that go side by side, two may end within a second, and then none for minutes. */
const LEAST_UNITS = 10;

/** How fast a piece of work goes. */
export class WorkRate {
  private readonly history: { readonly time: number; readonly done: number }[] = [];

  /**
   * @param done units finished so far
   * @param time in ms, from any origin; it must not run backwards
   */
  observe(done: number, time: number): void {
    // Of observations without progress, the first and the last are enough.
    if (this.history.at(-1)?.done === done && this.history.at(-2)?.done === done) this.history.pop();
    this.history.push({ time, done });
    while (this.history.length > 2) {
      const [first, second] = this.history;
      if (time - first.time <= WINDOW || done - second.done < LEAST_UNITS) break;
      this.history.shift();
    }
  }

  /** Units finished in a millisecond; null as long as it can't be told. */
  get perMillisecond(): number | null {
    const [first, last] = [this.history[0], this.history.at(-1)];
    if (first === undefined || last === undefined) return null;
    const rate = (last.done - first.done) / (last.time - first.time);
    return rate > 0 && Number.isFinite(rate) ? rate : null;
  }
}
