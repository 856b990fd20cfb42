import { t } from '../i18n';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * How long is left, rounded down so that nobody is promised more than there is: minutes while they matter, then hours,
 * then days. `5 h 12 min`, `26 h`, `2 days 6 h`, `19 days`.
 */
export function left(ms: number): string {
  const rest = Math.max(0, ms);
  const days = Math.floor(rest / DAY);
  const hours = Math.floor(rest / HOUR);
  const minutes = Math.floor((rest % HOUR) / MINUTE);
  if (hours < 1) return t('common.leftMinutes', { minutes });
  if (hours < 24) return t('common.leftHoursMinutes', { hours, minutes });
  if (hours < 48) return t('common.leftHours', { hours });
  if (days < 3) return t('common.leftDaysHours', { days, hours: hours % 24 });
  return t('common.leftDays', { days });
}

/** How long something took. `0,3 s`, `12 s`, `4 min 12 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 10_000) {
    const tenths = Math.round(span / 100);
    return t('common.seconds', { seconds: `${Math.floor(tenths / 10)},${tenths % 10}` });
  }
  const seconds = Math.round(span / 1000);
  if (seconds < 60) return t('common.seconds', { seconds: String(seconds) });
  if (seconds < 3600) return t('common.minutesSeconds', { minutes: Math.floor(seconds / 60), seconds: seconds % 60 });
  return t('common.leftHoursMinutes', {
    hours: Math.floor(seconds / 3600),
    minutes: Math.floor((seconds % 3600) / 60),
  });
}

/** A countdown as minutes and seconds, as in `12.24`, rounded up so that it ends at the moment it shows zero. */
export function clock(ms: number): string {
  const seconds = Math.ceil(Math.max(0, ms) / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}.${String(seconds % 60).padStart(2, '0')}`;
}
