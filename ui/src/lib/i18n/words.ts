import activityEn from './words/activity.en';
import appEn from './words/app.en';
import bulkEn from './words/bulk.en';
import commonEn from './words/common.en';
import createEn from './words/create.en';
import errorsEn from './words/errors.en';
import importEn from './words/import.en';
import invoicesEn from './words/invoices.en';
import keysEn from './words/keys.en';
import paymentsEn from './words/payments.en';
import refundsEn from './words/refunds.en';
import settingsEn from './words/settings.en';
import settlementsEn from './words/settlements.en';
import startEn from './words/start.en';
import statusEn from './words/status.en';
import activityFi from './words/activity.fi';
import appFi from './words/app.fi';
import bulkFi from './words/bulk.fi';
import commonFi from './words/common.fi';
import createFi from './words/create.fi';
import errorsFi from './words/errors.fi';
import importFi from './words/import.fi';
import invoicesFi from './words/invoices.fi';
import keysFi from './words/keys.fi';
import paymentsFi from './words/payments.fi';
import refundsFi from './words/refunds.fi';
import settingsFi from './words/settings.fi';
import settlementsFi from './words/settlements.fi';
import startFi from './words/start.fi';
import statusFi from './words/status.fi';
import activitySv from './words/activity.sv';
import appSv from './words/app.sv';
import bulkSv from './words/bulk.sv';
import commonSv from './words/common.sv';
import createSv from './words/create.sv';
import errorsSv from './words/errors.sv';
import importSv from './words/import.sv';
import invoicesSv from './words/invoices.sv';
import keysSv from './words/keys.sv';
import paymentsSv from './words/payments.sv';
import refundsSv from './words/refunds.sv';
import settingsSv from './words/settings.sv';
import settlementsSv from './words/settlements.sv';
import startSv from './words/start.sv';
import statusSv from './words/status.sv';

/** The languages of the window, in the order they are offered. */
export const locales = ['fi', 'sv', 'en'] as const;

/** One language of the window. */
export type Locale = (typeof locales)[number];

/** Each language by its own name. */
export const languageNames: Readonly<Record<Locale, string>> = { fi: 'Suomi', sv: 'Svenska', en: 'English' };

/** The texts another language owes for a namespace written in English: the same keys, no more, no fewer. */
export type Words<En> = { readonly [Key in keyof En]: string };

/** The English texts; their keys are the keys of all. */
const en = {
  activity: activityEn,
  app: appEn,
  bulk: bulkEn,
  common: commonEn,
  create: createEn,
  errors: errorsEn,
  import: importEn,
  invoices: invoicesEn,
  keys: keysEn,
  payments: paymentsEn,
  refunds: refundsEn,
  settings: settingsEn,
  settlements: settlementsEn,
  start: startEn,
  status: statusEn,
} as const;

/** The name of a set of texts, as in `payments`. */
export type Namespace = keyof typeof en;

/** The key of a text, as in `payments.title`. */
export type TextKey = { [N in Namespace]: `${N}.${Extract<keyof (typeof en)[N], string>}` }[Namespace];

/** Whether the money of a shop is real, by its mode. */
export const moneyWords = { live: 'common.realMoney', test: 'common.testMoney', sandbox: 'common.noMoney' } as const;

type AllWords = { readonly [N in Namespace]: Readonly<Record<string, string>> };

/** Every text of every language. */
export const words: Readonly<Record<Locale, AllWords>> = {
  en,
  fi: {
    activity: activityFi,
    app: appFi,
    bulk: bulkFi,
    common: commonFi,
    create: createFi,
    errors: errorsFi,
    import: importFi,
    invoices: invoicesFi,
    keys: keysFi,
    payments: paymentsFi,
    refunds: refundsFi,
    settings: settingsFi,
    settlements: settlementsFi,
    start: startFi,
    status: statusFi,
  },
  sv: {
    activity: activitySv,
    app: appSv,
    bulk: bulkSv,
    common: commonSv,
    create: createSv,
    errors: errorsSv,
    import: importSv,
    invoices: invoicesSv,
    keys: keysSv,
    payments: paymentsSv,
    refunds: refundsSv,
    settings: settingsSv,
    settlements: settlementsSv,
    start: startSv,
    status: statusSv,
  },
};
