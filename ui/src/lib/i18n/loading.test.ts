import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

type I18n = typeof import('.');

/** Answers for the texts of each language, given when the test says so. */
let give: Record<'fi' | 'sv', () => void>;
let refuse: (error: Error) => void;
let i18n: I18n;

/** A promise whose end the test decides. */
function held(): { promise: Promise<void>; give: () => void; refuse: (error: Error) => void } {
  let give: () => void = () => undefined;
  let refuse: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((done, failed) => ([give, refuse] = [done, failed]));
  return { promise, give, refuse };
}

beforeEach(async () => {
  vi.resetModules();
  const { readWords, ...others } = await vi.importActual<typeof import('./words')>('./words');
  const [fi, sv] = [held(), held()];
  give = { fi: fi.give, sv: sv.give };
  refuse = fi.refuse;
  vi.doMock('./words', () => ({
    ...others,
    readWords: { ...readWords, fi: () => fi.promise.then(readWords.fi), sv: () => sv.promise.then(readWords.sv) },
  }));
  i18n = await import('.');
  await i18n.setLocale('en');
});

afterEach(() => {
  vi.doUnmock('./words');
});

describe('a language whose texts were not read yet', () => {
  it('is spoken once they are, and until then the one before, never keys', async () => {
    const spoken = i18n.setLocale('fi');
    expect(i18n.t('status.paid')).toBe('Paid');
    expect(i18n.locale.current).toBe('en');
    give.fi();
    await spoken;
    expect(i18n.t('status.paid')).toBe('Maksettu');
    expect(document.documentElement.lang).toBe('fi');
  });

  it('is not spoken when another one was chosen meanwhile', async () => {
    const [first, second] = [i18n.setLocale('fi'), i18n.setLocale('sv')];
    give.sv();
    await second;
    give.fi();
    await first;
    expect(i18n.t('status.paid')).toBe('Betald');
  });

  it('leaves the one before where they can’t be read', async () => {
    const spoken = i18n.setLocale('fi');
    refuse(new Error('gone'));
    await expect(spoken).rejects.toThrow('gone');
    expect(i18n.t('status.paid')).toBe('Paid');
  });
});

describe('a language whose texts were read', () => {
  it('is spoken at once', async () => {
    give.fi();
    await i18n.loadWords('fi');
    void i18n.setLocale('fi');
    expect(i18n.t('status.paid')).toBe('Maksettu');
  });
});
