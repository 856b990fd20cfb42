/**
 * What the desktop says when a batch has ended or was paused by what stands in its way, for a person who looks elsewhere by
 * then. Whoever sees the screen may read it: it counts, and names no customer and no amount.
 */
import { untrack } from 'svelte';
import { envNames } from '../../lib/components';
import { t } from '../../lib/i18n';
import { ipc } from '../../lib/ipc';
import type { AccountDto, Batch } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import { groupWords, shownGroups } from './states';

/** The words of a notification: whose batch and whether its money is real, then what became of it. */
export function noticeOf(batch: Batch, { name, mode }: Pick<AccountDto, 'name' | 'mode'>): { title: string; text: string } {
  const { number, kind, state, why } = batch;
  const what =
    state === 'paused'
      ? t(why === 'interrupted' ? 'bulk.interruptedTitle' : 'bulk.pausedTitle', { number, why: t(`bulk.pause_${why ?? 'person'}`) })
      : t('bulk.noticeFinished', { number });
  const figures = shownGroups(batch)
    .filter(({ count }) => count > 0)
    .map(({ group, count }) => t('bulk.noticeCount', { word: groupWords(group, batch), count }));
  return {
    title: t('bulk.noticeTitle', { mode: envNames[mode], shop: name }),
    text: t('bulk.noticeText', { kind: t(`bulk.kind_${kind}`), what, figures: figures.join(', ') }),
  };
}

/** Lets the desktop say it of each batch of this window, for as long as the calling component lives, whatever view is shown. */
export function announceEnds(): void {
  $effect(() => {
    const ended = session.ended;
    untrack(() => {
      const account = session.accounts.find(({ id }) => id === ended?.account);
      if (ended === null || account === undefined) return;
      session.ended = null;
      const { title, text } = noticeOf(ended.batch, account);
      // The window shows the same: a desktop that shows nothing leaves nobody without word.
      ipc.notify(title, text).catch(() => undefined);
    });
  });
}
