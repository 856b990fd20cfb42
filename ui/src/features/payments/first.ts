/**
 * The list as the window opens on it. It is there before anything is drawn, so that the first frame has its rows: drawing an
 * empty list first and the rows after it would take twice as long. The start brings the list as it is arranged at first; one
 * that a person has arranged otherwise is asked for.
 */
import { ipc } from '../../lib/ipc';
import type { AccountDto, PaymentPage, SortBy, Start } from '../../lib/ipc';
import { FIRST, sameQuestion, type Question } from './list.svelte';
import { arrangedAtFirst, loadArrangement } from './saved';

/** Nobody waits longer for it: then the list is drawn empty and filled, as at any other time. */
const PATIENCE_MS = 150;

let first: { question: Question; page: PaymentPage } | null = null;

/** What a shop's list is asked for in the arrangement that is kept. */
export function questionOf(account: number, query: string, sort = loadArrangement().sort): Question {
  return { account, query, sort: { by: sort.id as SortBy, descending: sort.dir === 'desc' } };
}

/** Reads the list of a shop ahead. Ends in any case; what goes wrong shows when the list itself asks. */
export async function readFirst({ id }: AccountDto, start: Pick<Start, 'first'>): Promise<void> {
  const question = questionOf(id, '');
  if (start.first !== null && sameQuestion(question, questionOf(id, '', arrangedAtFirst.sort))) {
    first = { question, page: start.first };
    return;
  }
  const reading = ipc.listPayments(id, question.query, question.sort, null, FIRST).then(
    (page) => (first = { question, page }),
    () => null,
  );
  await Promise.race([reading, new Promise((late) => setTimeout(late, PATIENCE_MS))]);
}

/** What was read ahead, once, and only if it is the answer to this question. */
export function takeFirst(question: Question): PaymentPage | null {
  const read = first;
  first = null;
  return read && sameQuestion(read.question, question) ? read.page : null;
}
