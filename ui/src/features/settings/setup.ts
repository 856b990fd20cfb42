/** What the check of the set-up found, line by line: how it stands, what that means, and what to do next. */
import { count, date, duration } from '../../lib/format';
import { whyNext, whyWords } from '../../lib/errors';
import { t } from '../../lib/i18n';
import type { AccountDto, KlarnaOffer, SetupCheck, SetupItem, SetupState, SetupWhat } from '../../lib/ipc';
import { checkRows } from '../start/check';

/** Where a line leads: to another part of the settings, to another check, to a look, to Paytrail, to the import. */
export type SetupStep = 'secret' | 'again' | 'look' | 'callback' | 'panel' | 'import';

export interface SetupRow {
  readonly what: SetupWhat;
  readonly state: SetupState;
  readonly title: string;
  /** What was found, then what to do. */
  readonly lines: readonly string[];
  /** The figure at the end of the line. */
  readonly figure: string | null;
  readonly step: SetupStep | null;
}

/** What to press about a line that is not good. */
function stepOf({ what, state, why }: SetupItem, check: SetupCheck): SetupStep | null {
  switch (what) {
    case 'credentials':
      return secretOrAgain(check);
    case 'sending':
      return why?.kind === 'pausedThoughAccepted' ? 'look' : secretOrAgain(check);
    case 'klarna':
      // What could not be asked is told with the credentials.
      return state === 'notKnown' ? null : 'panel';
    case 'callback':
      return 'callback';
    case 'keychain':
      return 'secret';
    case 'lastReport':
      return 'import';
    case 'clock':
      // The system sets it; nothing here could.
      return null;
  }
}

/** A secret is to be mended only where there is none, or where Paytrail said no to it. */
function secretOrAgain({ credentials: report, wrong }: SetupCheck): SetupStep {
  if (report === null) return 'secret';
  return report.signature === 'unauthorized' && wrong !== 'clock' ? 'secret' : 'again';
}

/** "50 €: offered". */
function offer({ amount, offered }: KlarnaOffer): string {
  const euros = `${count(Math.round(amount / 100))}\u00a0€`;
  return t(`settings.offered_${offered}`, { amount: euros });
}

/** The lines of a check. */
export function setupRows(check: SetupCheck, account: AccountDto): SetupRow[] {
  return check.items.map((item) => ({
    what: item.what,
    state: item.state,
    title: t(`settings.setup_${item.what}`),
    lines: linesOf(item, check, account).filter((line) => line !== ''),
    figure: figureOf(item, check),
    step: item.state === 'good' ? null : stepOf(item, check),
  }));
}

function linesOf({ what, state, why }: SetupItem, check: SetupCheck, account: AccountDto): string[] {
  const said = why === null ? [] : [whyWords(why), whyNext(why) ?? ''];
  const report = check.credentials;
  const row = (key: 'signature' | 'clock') => (report ? checkRows(report).find((each) => each.key === key) : undefined);
  switch (what) {
    case 'credentials': {
      const found = row('signature');
      // A reason of its own knows more than the check alone: whose key it is.
      const own = why !== null && ['secretOfAnother', 'secretSwapped'].includes(why.kind);
      if (!found || own) return said;
      return [found.title, found.help ?? ''];
    }
    case 'sending':
      return said.length > 0 ? said : [t('settings.sendingGood')];
    case 'clock': {
      const found = row('clock');
      return found ? [found.title, found.help ?? ''] : said;
    }
    case 'klarna':
      return [(report?.klarna ?? []).map(offer).join(' · '), ...(state === 'good' ? [] : said)];
    case 'callback':
      return state === 'good' ? [account.callbackUrl ?? ''] : said;
    case 'keychain':
      return said.length > 0 ? said : [t('settings.keychainGood')];
    case 'lastReport':
      return said.length > 0 || check.lastReportAt === null ? said : [t('settings.reportUpTo', { date: date(check.lastReportAt) })];
  }
}

function figureOf({ what, state }: SetupItem, { credentials: report }: SetupCheck): string | null {
  if (report === null || state !== 'good') return null;
  if (what === 'credentials') return duration(report.tookMs);
  return what === 'clock' && report.clockSkewMs !== null ? t('start.apart', { time: duration(Math.abs(report.clockSkewMs)) }) : null;
}
