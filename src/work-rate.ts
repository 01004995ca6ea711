/** In ms. The rate is taken over the recent past, since the first steps (sessions being made, caches cold) are slower. */
const WINDOW = 60_000;

/** How fast a piece of work goes. */
export class WorkRate {
  private readonly history: { readonly time: number; readonly done: number }[] = [];

  /**
   * @param done units finished so far
   * @param time in ms, from any origin; it must not run backwards
   */
  observe(done: number, time: number): void {
    this.history.push({ time, done });
    while (this.history.length > 2 && time - (this.history[0]?.time ?? time) > WINDOW) this.history.shift();
  }

  /** Units finished in a millisecond; null as long as it can't be told. */
  get perMillisecond(): number | null {
    const [first, last] = [this.history[0], this.history.at(-1)];
    if (first === undefined || last === undefined) return null;
    const rate = (last.done - first.done) / (last.time - first.time);
    return rate > 0 && Number.isFinite(rate) ? rate : null;
  }
}
