import { describe, expect, it } from 'vitest';
import { qrOf } from './qr';

/** The squares that a path paints. */
function painted(path: string): Set<string> {
  const squares = new Set<string>();
  for (const [, x = '', y = '', run = ''] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let at = 0; at < Number(run); at += 1) squares.add(`${Number(x) + at} ${y}`);
  }
  return squares;
}

describe('a QR code', () => {
  it('has the three eyes that cameras look for, and a quiet edge around', () => {
    const qr = qrOf('https://pay.paytrail.com/pay/9d2a7b10-6c1e-4d3b-8a55-0c1f2e3d4b5a');
    if (!qr) throw new Error('no code');
    const squares = painted(qr.path);
    const eye = (left: number, top: number) => [0, 1, 2, 3, 4, 5, 6].every((at) => squares.has(`${left + at} ${top}`) && squares.has(`${left} ${top + at}`));
    expect(eye(4, 4)).toBe(true);
    expect(eye(qr.size - 11, 4)).toBe(true);
    expect(eye(4, qr.size - 11)).toBe(true);
    expect([...squares].every((square) => square.split(' ').every((at) => Number(at) >= 4 && Number(at) < qr.size - 4))).toBe(true);
  });

  it('is not drawn for a text that is too long for one', () => {
    expect(qrOf('x'.repeat(4000))).toBeNull();
  });
});
