export { pretty } from './json';
export { amount, count, minus, money, parseEuros, parts, percent, type Cents, type ParsedEuros } from './money';
export { clock, duration, left } from './spans';
export {
  date,
  dateTime,
  dayKey,
  dayMonth,
  moment,
  monthName,
  time,
  timeSeconds,
  weekdayDayMonth,
  year,
  type Moment,
} from './time';
export { setZone, zone } from './zone.svelte';
