/** What the command palette offers everywhere: the views, the shops, what concerns the whole window. */
import type { PaletteItem } from '../../lib/components';
import { locales, t } from '../../lib/i18n';
import { money } from '../../lib/format';
import { tell } from '../../lib/errors';
import { ipc } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';

const themes = ['system', 'light', 'dark'] as const;

/** The items; `showKeys` shows the sheet of shortcuts. */
export function paletteItems(showKeys: () => void): PaletteItem[] {
  const views: PaletteItem[] = [
    { id: 'payments', title: t('app.payments'), icon: 'card', keys: 'g p', run: () => session.go('payments') },
    { id: 'invoices', title: t('app.invoices'), icon: 'invoice', keys: 'g m', run: () => session.go('invoices') },
    { id: 'refunds', title: t('app.refunds'), icon: 'undo', keys: 'g r', run: () => session.go('refunds') },
    { id: 'bulk', title: t('app.bulk'), icon: 'layers', keys: 'g b', run: () => session.go('bulk') },
    { id: 'create', title: t('app.create'), icon: 'newPayment', keys: 'g n', run: () => session.go('create') },
    { id: 'settlements', title: t('app.settlements'), icon: 'bank', keys: 'g t', run: () => session.go('settlements') },
    { id: 'activity', title: t('app.activity'), icon: 'journal', keys: 'g a', run: () => session.go('activity') },
    { id: 'settings', title: t('app.settings'), icon: 'sliders', keys: 'g s', run: () => session.go('settings') },
  ].map((item) => ({ ...item, group: t('keys.groupGo') }) as PaletteItem);
  const acts: PaletteItem[] = [
    { id: 'import', title: t('app.importFiles'), icon: 'import', keys: 'g i', run: () => session.go('import') },
    { id: 'look', title: t('app.lookAgain'), icon: 'refresh', run: () => tell(session.look()) },
    { id: 'keys', title: t('keys.shortcuts'), icon: 'keyboard', keys: '?', run: showKeys },
  ].map((item) => ({ ...item, group: t('keys.groupEverywhere') }) as PaletteItem);
  const finds: PaletteItem[] = (['status:hold', 'refunded:yes', 'status:failed'] as const).map((query) => ({
    id: query,
    title: t(`app.${query === 'status:hold' ? 'findHold' : query === 'refunded:yes' ? 'findRefunded' : 'findFailed'}`),
    hint: query,
    icon: 'search',
    group: t('app.payments'),
    run: () => session.search(query),
  }));
  const shops: PaletteItem[] = session.accounts
    .filter((shop) => !shop.active)
    .map((shop) => ({
      id: `shop ${shop.id}`,
      title: shop.name,
      hint: shop.mode.toUpperCase(),
      icon: 'box',
      group: t('app.accounts'),
      run: () => tell(session.use(shop.id)),
    }));
  const looks: PaletteItem[] = [
    ...themes.map((theme) => ({
      id: `theme ${theme}`,
      title: t(`app.${({ system: 'themeSystem', light: 'themeLight', dark: 'themeDark' } as const)[theme]}`),
      icon: theme === 'dark' ? ('moon' as const) : theme === 'light' ? ('sun' as const) : ('monitor' as const),
      group: t('app.settings'),
      run: () => tell(session.change({ theme })),
    })),
    ...locales.map((language) => ({
      id: `language ${language}`,
      title: t(`app.${({ fi: 'languageFi', sv: 'languageSv', en: 'languageEn' } as const)[language]}`),
      icon: 'globe' as const,
      group: t('app.settings'),
      run: () => tell(session.change({ language })),
    })),
  ];
  return [...views, ...acts, ...finds, ...shops, ...looks];
}

/** How many payments stand under what was typed. */
const MOST_PAYMENTS = 6;

/** The newest payments that fit what was typed: an order's number leads straight to the order. */
export async function payments(text: string): Promise<PaletteItem[]> {
  const account = session.account;
  if (!account) return [];
  try {
    const page = await ipc.listPayments(account.id, text, { by: 'created', descending: true }, null, MOST_PAYMENTS);
    return page.rows.map((payment) => ({
      id: `payment ${payment.id}`,
      title: [payment.reference, payment.customer].filter(Boolean).join('  '),
      hint: money(payment.amount),
      icon: 'card',
      group: t('app.payments'),
      run: () => session.go('payments', payment.id),
    }));
  } catch {
    // Half an operator is no search yet, and the palette has other things to offer.
    return [];
  }
}
