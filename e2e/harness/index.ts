/** A test with a desktop of its own, taken down whatever happens. */
import { test as plain } from 'vitest';
import { Cli } from './cli';
import { Desktop, type DesktopOptions } from './desktop';
import { Shop, type ShopOptions } from './shop';
import { Window, type WindowOptions } from './window';

export { Key, type Window } from './window';
import { until } from './processes';

export { sleep, until } from './processes';
export { Cli } from './cli';
export type { Shop, ShopPayment } from './shop';
export type { Desktop } from './desktop';

/** What a test is given: everything that it opens is closed at its end. */
export interface Stage {
  desktop(options?: DesktopOptions): Promise<Desktop>;
  shop(desktop: Desktop, options?: ShopOptions): Promise<Shop>;
  window(desktop: Desktop, options?: WindowOptions): Promise<Window>;
}

/** How long one may take; the waits inside are shorter and say what they waited for. */
const PATIENCE = 180_000;

export function test(sentence: string, body: (stage: Stage) => Promise<void>, patience = PATIENCE): void {
  plain(
    sentence,
    async () => {
      const desktops: Desktop[] = [];
      const windows: Window[] = [];
      try {
        await body({
          desktop: async (options) => {
            const desktop = await Desktop.open(options);
            desktops.push(desktop);
            return desktop;
          },
          shop: (desktop, options) => Shop.open(desktop, options),
          window: async (desktop, options) => {
            const window = await Window.open(desktop, options);
            windows.push(window);
            return window;
          },
        });
      } catch (error) {
        for (const window of windows) {
          const picture = await window.remember(sentence).catch(() => undefined);
          if (picture) console.error(`what it looked like: ${picture}`);
        }
        throw error;
      } finally {
        for (const window of windows) await window.quit().catch(() => undefined);
        for (const desktop of desktops) await desktop.close();
      }
    },
    patience,
  );
}

/** A window on a shop of its own: connected, every payment here, English. */
export interface Prepared {
  desktop: Desktop;
  shop: Shop;
  cli: Cli;
  window: Window;
}

export async function prepared(
  stage: Stage,
  options: { shop?: ShopOptions; desktop?: DesktopOptions; window?: WindowOptions; before?: (on: Omit<Prepared, 'window'>) => Promise<void> } = {},
): Promise<Prepared> {
  const desktop = await stage.desktop(options.desktop);
  const shop = await stage.shop(desktop, options.shop);
  const cli = new Cli(desktop);
  await cli.addAccount(shop);
  await cli.importAll(shop);
  await options.before?.({ desktop, shop, cli });
  const window = await stage.window(desktop, options.window);
  await until('the first rows', () => window.script<boolean>('return document.querySelector("[data-row]") !== null'), 30_000);
  return { desktop, shop, cli, window };
}

/** Cents as they stand in the window, with plain spaces. */
export function euros(cents: number): string {
  const sign = cents < 0 ? '\u2212' : '';
  const whole = String(Math.floor(Math.abs(cents) / 100)).replace(/\B(?=(\d{3})+$)/g, ' ');
  return `${sign}${whole},${String(Math.abs(cents) % 100).padStart(2, '0')} €`;
}
