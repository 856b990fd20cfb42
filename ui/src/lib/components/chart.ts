/** The ink of a bar or a line. */
export type ChartTone = 'paid' | 'back' | 'hold' | 'late' | 'lost' | 'unknown' | 'done' | 'grey';

/** One value of a chart. */
export interface ChartValue {
  readonly key: string;
  /** What it belongs to, in words: a day, a week. */
  readonly label: string;
  readonly value: number;
  readonly tone?: ChartTone | undefined;
  /** The word under the axis; only some have one. */
  readonly tick?: string | undefined;
}

/** What all charts accept. */
export interface ChartProps {
  label: string;
  /** Prints a value, for the axis and for readers. */
  format: (value: number) => string;
  height?: number;
  /** The heads of the table that readers get: what, and how much. */
  columns?: readonly [string, string] | undefined;
}

/** The marks of an axis from zero to at least the highest value: round figures, two to four of them above zero. */
export function marks(highest: number): number[] {
  if (!(highest > 0)) return [0];
  const rough = highest / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const found: number[] = [];
  for (let at = 0; found.length === 0 || (found.at(-1) ?? 0) < highest; at += 1) found.push(at * step);
  return found;
}

/** The place of a chart in its box. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Where a value stands, counted from above. */
  readonly y: (value: number) => number;
  readonly marks: readonly number[];
}

/** Lays a chart out: room for the figures at the left and the words below. */
export function frame(
  width: number,
  height: number,
  highest: number,
  format: (value: number) => string,
  right = 4,
): Frame {
  const axis = marks(highest);
  const top = 18;
  const bottom = height - 22;
  const most = axis.at(-1) || 1;
  const longest = Math.max(...axis.map((mark) => format(mark).length));
  return {
    left: Math.ceil(longest * 6.6) + 10,
    right: width - right,
    top,
    bottom,
    y: (value) => bottom - (Math.max(0, value) / most) * (bottom - top),
    marks: axis,
  };
}
