/**
 * What a check of an account found, line by line.
 *
 * A refusal stops a person from connecting; that nobody could be asked does not, since a shop may be set up without a
 * network.
 */
import type { CheckReport, Offered, SignatureCheck } from '../../lib/ipc';
import { count, duration } from '../../lib/format';
import { t, type TextKey } from '../../lib/i18n';

/** How a line ended. */
export type CheckItem = 'ok' | 'warn' | 'bad' | 'skipped';

/** One line of the result. */
interface CheckRow {
  key: 'signature' | 'clock' | 'klarna' | 'notOffered' | 'notAsked';
  state: CheckItem;
  title: string;
  /** What it means, or what to do. */
  help?: string;
  /** The figure at the end of the line. */
  figure?: string;
}

/** What stood in the way: nobody answered, somebody else did, or Paytrail said no. */
type Failed = Exclude<SignatureCheck, 'accepted'>;
interface Trouble {
  who: 'nobody' | 'somebodyElse' | 'paytrail';
  title: TextKey;
  help: TextKey;
}

const troubles: Readonly<Record<Failed, Trouble>> = {
  unauthorized: { who: 'paytrail', title: 'start.refused', help: 'start.refusedHelp' },
  dns: { who: 'nobody', title: 'start.noName', help: 'start.noNameHelp' },
  connect: { who: 'nobody', title: 'start.noConnection', help: 'start.noConnectionHelp' },
  tls: { who: 'nobody', title: 'start.noTls', help: 'start.noTlsHelp' },
  timeout: { who: 'nobody', title: 'start.noAnswer', help: 'start.noAnswerHelp' },
  cut: { who: 'nobody', title: 'start.noAnswer', help: 'start.noAnswerHelp' },
  tooManyRequests: { who: 'nobody', title: 'start.tooMany', help: 'start.tooManyHelp' },
  serverError: { who: 'nobody', title: 'start.serverError', help: 'start.serverErrorHelp' },
  unsigned: { who: 'somebodyElse', title: 'start.unsigned', help: 'start.unsignedHelp' },
  wrongSignature: { who: 'somebodyElse', title: 'start.unsigned', help: 'start.unsignedHelp' },
  unexpected: { who: 'somebodyElse', title: 'start.unexpected', help: 'start.unexpectedHelp' },
};

/** An amount in whole euros, as shops say it. */
function euros(cents: number): string {
  return `${count(Math.round(cents / 100))}\u00a0€`;
}

/** "50 € and 500 €". */
function listed(amounts: readonly number[]): string {
  const words = amounts.map(euros);
  const last = words.pop() ?? '';
  return words.length === 0 ? last : t('start.and', { first: words.join(', '), last });
}

/** Whether nobody could be asked. */
export function notReached(report: CheckReport): boolean {
  return report.signature !== 'accepted' && troubles[report.signature].who === 'nobody';
}

/** Whether somebody else than Paytrail answered. */
export function answeredElsewhere(report: CheckReport): boolean {
  return report.signature !== 'accepted' && troubles[report.signature].who === 'somebodyElse';
}

/** Whether an account with this result may be connected. */
export function mayConnect(report: CheckReport): boolean {
  return report.signature === 'accepted' || notReached(report);
}

/** The lines of a result. */
export function checkRows(report: CheckReport): CheckRow[] {
  return [signature(report), clock(report), ...klarna(report)];
}

function signature(report: CheckReport): CheckRow {
  if (report.signature === 'accepted') {
    return { key: 'signature', state: 'ok', title: t('start.signed'), figure: duration(report.tookMs) };
  }
  const trouble = troubles[report.signature];
  // A signature carries a time: where the clock is far off, the right secret is refused, too.
  const wrongClock = trouble.who === 'paytrail' && (report.clock === 'ahead' || report.clock === 'behind');
  return {
    key: 'signature',
    state: trouble.who === 'nobody' ? 'warn' : 'bad',
    title: t(trouble.title),
    help: t(wrongClock ? 'start.refusedClock' : trouble.help),
  };
}

function clock(report: CheckReport): CheckRow {
  if (report.clockSkewMs === null || report.clock === 'notKnown') {
    return { key: 'clock', state: 'skipped', title: t('start.clockSkipped') };
  }
  const time = duration(Math.abs(report.clockSkewMs));
  if (report.clock === 'right') {
    return { key: 'clock', state: 'ok', title: t('start.clockAgrees'), figure: t('start.apart', { time }) };
  }
  const title = t(report.clock === 'ahead' ? 'start.clockFast' : 'start.clockSlow', { time });
  return { key: 'clock', state: report.signature === 'accepted' ? 'warn' : 'bad', title, help: t('start.clockHelp') };
}

function klarna(report: CheckReport): CheckRow[] {
  const amounts = (offered: Offered) => report.klarna.filter((line) => line.offered === offered).map((line) => line.amount);
  const [yes, no, open] = [amounts('yes'), amounts('no'), amounts('notKnown')];
  if (yes.length + no.length === 0) return [{ key: 'klarna', state: 'skipped', title: t('start.klarnaSkipped') }];
  const rows: CheckRow[] = [];
  if (yes.length === 0 && open.length === 0) {
    rows.push({ key: 'klarna', state: 'warn', title: t('start.klarnaOff'), help: t('start.klarnaOffHelp') });
  } else {
    if (yes.length > 0) rows.push({ key: 'klarna', state: 'ok', title: t('start.klarnaOn'), figure: listed(yes) });
    if (no.length > 0) {
      const onlyHigh = yes.length > 0 && Math.min(...no) > Math.max(...yes);
      rows.push({
        key: 'notOffered',
        state: 'warn',
        title: t('start.notOffered', { amounts: listed(no) }),
        help: t(onlyHigh ? 'start.notOfferedHigh' : 'start.notOfferedHelp'),
      });
    }
  }
  if (open.length > 0) rows.push({ key: 'notAsked', state: 'skipped', title: t('start.klarnaOpen', { amounts: listed(open) }) });
  return rows;
}
