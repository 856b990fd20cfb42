import type { AllWords } from '../words';
import activity from './activity.sv';
import app from './app.sv';
import bulk from './bulk.sv';
import common from './common.sv';
import create from './create.sv';
import errors from './errors.sv';
import importing from './import.sv';
import invoices from './invoices.sv';
import keys from './keys.sv';
import payments from './payments.sv';
import refunds from './refunds.sv';
import settings from './settings.sv';
import settlements from './settlements.sv';
import start from './start.sv';
import status from './status.sv';

/** Every text in Swedish. */
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
