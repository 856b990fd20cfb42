/** What the tests of the first start and of the settings have in common. */
import type { CheckReport, SetupCheck } from '../lib/ipc';

/** An account in order: Klarna at 50 and 500 euros, not at 5 000. */
export function aReport(part: Partial<CheckReport> = {}): CheckReport {
  return {
    signature: 'accepted',
    error: null,
    requestId: null,
    tookMs: 300,
    clock: 'right',
    clockSkewMs: 400,
    klarna: [
      { amount: 5_000, offered: 'yes' },
      { amount: 50_000, offered: 'yes' },
      { amount: 500_000, offered: 'no' },
    ],
    ...part,
  };
}

/** A shop in order in every part. */
export function aSetup(part: Partial<SetupCheck> = {}): SetupCheck {
  const items = (['credentials', 'sending', 'clock', 'klarna', 'keychain', 'callback', 'lastReport'] as const).map((what) => ({ what, state: 'good' as const, why: null }));
  return {
    credentials: aReport(),
    wrong: null,
    callback: 'set',
    keychain: 'ok',
    lastReportAt: '2026-11-21T06:00:00.000Z',
    items,
    ...part,
  };
}
