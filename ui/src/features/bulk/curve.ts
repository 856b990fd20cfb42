/** The curve of how fast a batch goes. */

/** The points of a curve in a box of this size, oldest first; zero lies at the bottom, so that the height tells no lie. */
export function curve(rates: readonly number[], width: number, height: number): { x: number; y: number }[] {
  const most = Math.max(...rates, 0.1);
  const step = rates.length > 1 ? (width - 6) / (rates.length - 1) : 0;
  return rates.map((rate, at) => ({ x: round(2 + at * step), y: round(height - 3 - (rate / most) * (height - 8)) }));
}

const round = (value: number) => Math.round(value * 10) / 10;
