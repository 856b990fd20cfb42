/** A text as a QR code, drawn as one path on a field of so many squares; `null` where it is too long for one. */
import { encode } from 'uqr';

/** The quiet edge that cameras need, in squares. */
const EDGE = 4;

export interface Qr {
  /** Of one side, in squares, with the edge. */
  readonly size: number;
  readonly path: string;
}

export function qrOf(text: string): Qr | null {
  try {
    const { data, size } = encode(text, { ecc: 'M', border: EDGE });
    return { size, path: data.map(row).join('') };
  } catch {
    return null;
  }
}

/** The dark squares of a row, each run of them as one rectangle. */
function row(squares: readonly boolean[], y: number): string {
  let path = '';
  for (let x = 0; x < squares.length; x += 1) {
    let end = x;
    while (squares[end]) end += 1;
    if (end > x) path += `M${x} ${y}h${end - x}v1h${x - end}z`;
    x = end;
  }
  return path;
}
