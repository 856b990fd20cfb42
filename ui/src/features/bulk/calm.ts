/** The most often that what moves on screen is asked for anew, in milliseconds: ten times a second. */
export const CALM_MS = 100;

/**
 * Does something at most once in a while and never twice at once: however often it is asked for, the last time it was is never
 * left out.
 */
export class Calm {
  #busy = false;
  #again = false;
  #ended = false;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly gap = CALM_MS,
  ) {}

  ask(): void {
    if (this.#ended) return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    void this.#run();
  }

  /** Nothing is done any more. */
  end(): void {
    this.#ended = true;
  }

  async #run(): Promise<void> {
    this.#busy = true;
    do {
      this.#again = false;
      await this.work();
      await new Promise((done) => setTimeout(done, this.gap));
    } while (this.#again && !this.#ended);
    this.#busy = false;
  }
}
