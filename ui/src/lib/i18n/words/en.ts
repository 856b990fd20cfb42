import activity from './activity.en';
import app from './app.en';
import bulk from './bulk.en';
import common from './common.en';
import create from './create.en';
import errors from './errors.en';
import importing from './import.en';
import invoices from './invoices.en';
import keys from './keys.en';
import payments from './payments.en';
import refunds from './refunds.en';
import settings from './settings.en';
import settlements from './settlements.en';
import start from './start.en';
import status from './status.en';

/** Every text in English: its keys are the keys of all languages. */
export default {
  activity,
  app,
  bulk,
  common,
  create,
  errors,
  import: importing,
  invoices,
  keys,
  payments,
  refunds,
  settings,
  settlements,
  start,
  status,
} as const;
