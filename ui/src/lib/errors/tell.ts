/** For what a person started and that has no place of its own to show how it failed. */
import { AppError } from '../ipc';
import { toast } from '../components';
import { errorWords } from './words';

/** Lets it run; if it fails, that is said at the edge of the window. */
export function tell(work: Promise<unknown>): void {
  work.catch((failure: unknown) => {
    const error = AppError.of(failure).data;
    const { title, text, next, detail } = errorWords(error);
    toast({
      kind: error.moneyMoved === 'unknown' ? 'unknown' : 'bad',
      title,
      text: [text, next, detail].filter(Boolean).join(' '),
      requestId: error.requestId ?? undefined,
    });
  });
}
