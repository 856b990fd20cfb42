/** The columns of the list, in their order. What stands in the cells is the table's. */
import type { Column } from '../../lib/components';
import { t } from '../../lib/i18n';
import type { PaymentRow } from '../../lib/ipc';
import { isSortable } from './saved';

type Bare = Omit<Column<PaymentRow>, 'title' | 'sortable'>;

/** Narrow windows show dates without their year. */
function bare(narrow: boolean, long: boolean): Bare[] {
  return [
    { id: 'created', width: narrow ? 104 : 136, required: true },
    { id: 'reference', width: long ? 100 : 74, min: 56 },
    { id: 'customer', width: 100, grow: true, class: 'who' },
    { id: 'amount', width: 98, align: 'end', class: 'money', required: true },
    { id: 'refunded', width: 98, align: 'end', class: 'money soft', show: 'wide' },
    { id: 'status', width: 174, min: 120, class: 'vis' },
    { id: 'method', width: 104 },
    { id: 'deadline', width: 92, align: 'end', show: 'wide' },
  ];
}

const titles = {
  created: 'payments.colCreated',
  reference: 'payments.colOrder',
  customer: 'payments.colCustomer',
  amount: 'payments.colAmount',
  refunded: 'payments.colRefunded',
  status: 'payments.colStatus',
  method: 'payments.colMethod',
  deadline: 'payments.colDeadline',
} as const;

/** The columns with their titles in the language of the window. */
export function columnsOf(narrow = false, longReferences = false): Column<PaymentRow>[] {
  return bare(narrow, longReferences).map((column) => ({
    ...column,
    title: t(titles[column.id as keyof typeof titles]),
    sortable: isSortable(column.id),
  }));
}
