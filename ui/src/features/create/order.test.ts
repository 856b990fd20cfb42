import { describe, expect, it } from 'vitest';
import { another, blank, fromOrder, lineTotal, newLine, toOrder, unread } from './order';
import { printPrice, printVat, readPrice, readUnits, readVat } from './typed';

describe('what is typed', () => {
  it.each([
    ['12,50', 1250], ['12.5', 1250], ['1 234,50', 123_450], ['−5,00', -500], ['-5', -500], ['– 0,5', -50], ['−0', 0], ['', null], ['7,60 €', 760],
  ] as const)('as a price is read on its characters: “%s”', (text, cents) => {
    expect(readPrice(text)).toEqual({ ok: cents });
  });

  it.each(['12,555', 'abc', '−', '1.234', '12,'])('as a price is refused where nobody can tell what it means: “%s”', (text) => {
    expect(readPrice(text)).toEqual({ error: true });
  });

  it('as units is a whole number', () => {
    expect(readUnits(' 1 000 ')).toEqual({ ok: 1000 });
    expect(readUnits('1,5')).toEqual({ error: true });
    expect(readUnits('')).toEqual({ ok: null });
  });

  it('as a rate has at most one decimal', () => {
    expect(readVat('25,5 %')).toEqual({ ok: 255 });
    expect(readVat('14')).toEqual({ ok: 140 });
    expect(readVat('13,55')).toEqual({ error: true });
  });

  it('is read back as it was printed', () => {
    for (const cents of [0, 1, 99, 100, -1, -500, 99_999_998]) expect(readPrice(printPrice(cents))).toEqual({ ok: cents });
    for (const rate of [0, 100, 135, 255, 1000]) expect(readVat(printVat(rate))).toEqual({ ok: rate });
  });
});

describe('an order', () => {
  const text = () => ({ ...blank({ success: 'https://a.fi', cancel: 'https://b.fi' }, 'SV' as const), reference: '1049' });

  it('goes through the form and back without a change', () => {
    const order = toOrder({ ...text(), lines: [newLine({ description: 'Lanka', productCode: 'L', units: '3', price: '−1,20', vat: '13,5' })], klarnaToken: ' keep me ' });
    expect(toOrder(fromOrder(order))).toEqual(order);
  });

  it('has no address where only the country stands', () => {
    expect(toOrder(text()).delivery).toBeNull();
    const typed = text();
    typed.delivery.city = 'Tampere';
    expect(toOrder(typed).delivery?.city).toBe('Tampere');
  });

  it('has no value where a figure can’t be read, and says where', () => {
    const typed = { ...text(), lines: [newLine({ price: '12,9o', units: 'two' })] };
    expect(toOrder(typed).lines[0]).toMatchObject({ unitPrice: null, units: null });
    expect([...unread(typed).keys()]).toEqual(['lines.0.units', 'lines.0.unitPrice']);
  });

  it('sums a line up exactly, however large it is', () => {
    expect(lineTotal(newLine({ units: '99999998', price: '999 999,98' }))).toBe(99_999_998n * 99_999_998n);
    expect(lineTotal(newLine({ price: '' }))).toBeNull();
  });

  it('like another has the same customer and goods, and nothing that belongs to one order alone', () => {
    const order = toOrder({ ...text(), lines: [newLine({ description: 'Lanka', price: '1,00' })], klarnaToken: 'token', networkData: '{}', way: 'charge' });
    const next = toOrder(another(order));
    expect(next).toMatchObject({ reference: '', klarnaToken: '', networkData: '', way: 'link', successUrl: 'https://a.fi' });
    expect(next.lines[0]?.description).toBe('Lanka');
    expect(next.lines[0]?.stamp).not.toBe(order.lines[0]?.stamp);
  });
});
