/** Payment reports of a believable shop, as JSON, the same in every run. */

const FIRST = ['Aino', 'Juhani', 'Elsa', 'Mikael', 'Kaarina', 'Onni', 'Sofia', 'Väinö', 'Helmi', 'Eino', 'Åsa', 'Lauri', 'Tuula', 'Pekka', 'Ritva', 'Örjan'];
const SYLLABLES = ['a', 'e', 'hei', 'ai', 'jo', 'kaa', 'ki', 'la', 'li', 'ma', 'mä', 'nie', 'no', 'o', 'pe', 'rau', 'ri', 'sa', 'si', 'ta', 'tuo', 'u', 'vi', 'yl'];

/** A small generator (mulberry32): good enough for names, and the same everywhere. */
export function random(seed: number): (end: number) => number {
  let state = seed >>> 0;
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % Math.max(1, end);
  };
}

const two = (number: number) => String(number).padStart(2, '0');

/** `count` rows from the number `from` on, over a year of 100 000 payments. */
export function report(from: number, count: number, all = 100_000): string {
  const dice = random(7 + from);
  const surname = () => {
    const parts = Array.from({ length: 2 + dice(2) }, () => SYLLABLES[dice(SYLLABLES.length)] ?? 'a').join('');
    return parts.charAt(0).toUpperCase() + parts.slice(1) + (dice(2) ? 'nen' : 'la');
  };
  const rows = Array.from({ length: count }, (_, at) => {
    const number = from + at;
    const minute = Math.floor((number * 11 * 28 * 1440) / all);
    const [first, last] = [FIRST[dice(FIRST.length)] ?? 'Aino', surname()];
    const chance = dice(1000);
    return {
      entryDate: `${two(1 + (Math.floor(minute / 1440) % 28))}-${two(1 + Math.floor(minute / (1440 * 28)))}-2026`,
      created: `${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)}`,
      amount: `${1 + dice(300)}.${two(dice(100))}`,
      status: chance < 20 ? 'Waiting for approval' : chance < 60 ? 'Cancelled' : chance < 90 ? 'New' : 'Paid',
      firstname: first,
      familyname: last,
      email: `${first}.${last}@example.fi`.toLowerCase(),
      reference: String(20_000_000 + number),
      paymentMethod: dice(10) < 8 ? 'klarna' : 'nordea',
      stamp: `stamp-${number.toString(16).padStart(12, '0')}`,
      address: `Esimerkkikatu ${dice(90)}`,
    };
  });
  return JSON.stringify(rows).replace(/"amount":"([\d.]+)"/g, '"amount":$1');
}
