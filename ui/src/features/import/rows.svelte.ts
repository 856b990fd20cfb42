/** The rows of a plan, page by page as they come into sight: a preview may be fifty thousand rows long. */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, ImportRow, ImportVerdict } from '../../lib/ipc';

const PAGE = 200;

/** Which rows of which plan. */
interface Question {
  readonly plan: string;
  readonly show: ImportVerdict | null;
  readonly file: number | null;
}

export class PlanRows {
  /** How many there are to scroll through. */
  total = $state(0);
  /** Whether the first answer is here. */
  answered = $state(false);
  error = $state.raw<ErrorDto | null>(null);

  /** Grows with every page that came; what shows rows reads it. */
  #version = $state(0);
  #question: Question | null = null;
  #turn = 0;
  #rows = new Map<number, ImportRow>();
  #places = new Map<string, number>();
  #asked = new Set<number>();
  #range = { start: 0, end: 0 };

  /** Asks for other rows. `total` is how many there are, where that is known before. */
  ask(question: Question, total = 0): void {
    this.#turn += 1;
    this.#question = question;
    this.#rows.clear();
    this.#places.clear();
    this.#asked.clear();
    [this.total, this.answered, this.error, this.#range] = [total, false, null, { start: 0, end: 0 }];
    this.#version += 1;
    this.see(0, 0);
  }

  /** The rows from `start` to `end` are in sight. */
  readonly see = (start: number, end: number): void => {
    this.#range = { start, end };
    for (let page = Math.floor(start / PAGE); page <= Math.floor(end / PAGE); page += 1) void this.#read(page);
  };

  /** Asks again for what is in sight, after an error. */
  again(): void {
    this.error = null;
    this.see(this.#range.start, this.#range.end);
  }

  readonly rowAt = (index: number): ImportRow | undefined => {
    void this.#version;
    return this.#rows.get(index);
  };

  readonly indexOf = (key: string): number => {
    void this.#version;
    return this.#places.get(key) ?? -1;
  };

  async #read(page: number): Promise<void> {
    const [turn, question] = [this.#turn, this.#question];
    if (question === null || this.#asked.has(page)) return;
    this.#asked.add(page);
    try {
      const { rows, total } = await ipc.planRows(question.plan, question.show, question.file, page * PAGE, PAGE);
      if (turn !== this.#turn) return;
      rows.forEach((row, index) => {
        this.#rows.set(page * PAGE + index, row);
        this.#places.set(String(row.row), page * PAGE + index);
      });
      [this.total, this.answered] = [total, true];
      this.#version += 1;
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#asked.delete(page);
      this.error = AppError.of(error).data;
    }
  }
}
