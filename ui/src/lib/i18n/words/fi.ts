import type { AllWords } from '../words';
import activity from './activity.fi';
import app from './app.fi';
import bulk from './bulk.fi';
import common from './common.fi';
import create from './create.fi';
import errors from './errors.fi';
import importing from './import.fi';
import invoices from './invoices.fi';
import keys from './keys.fi';
import payments from './payments.fi';
import refunds from './refunds.fi';
import settings from './settings.fi';
import settlements from './settlements.fi';
import start from './start.fi';
import status from './status.fi';

/** Every text in Finnish. */
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
} satisfies AllWords;
