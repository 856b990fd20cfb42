import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { aReport, aSetup } from '../../test/check-report';
import { anError } from '../../test/fake-ipc';
import type { SetupCheck, SetupItem } from '../../lib/ipc';
import { card, live, open } from '../../test/settings';

/** The check with some of its parts as given. */
function with_(parts: SetupItem[], more: Partial<SetupCheck> = {}): SetupCheck {
  const whole = aSetup(more);
  return { ...whole, items: whole.items.map((item) => parts.find(({ what }) => what === item.what) ?? item) };
}

const why = (kind: string, values: Record<string, string> = {}) => ({ kind, values });

async function check(found: SetupCheck, more = {}) {
  const setupCheck = vi.fn(async () => found);
  const view = await open({ setupCheck, ...more }, [{ ...live, callbackUrl: 'https://shop.example.com/paytrail' }]);
  await fireEvent.click(screen.getByRole('button', { name: 'Check now' }));
  await card('Set-up check').findByText('Merchant id and secret key');
  const row = (title: string) => within(card('Set-up check').getByText(title).closest('li') as HTMLElement);
  return { ...view, setupCheck, row };
}

describe('the check of the set-up', () => {
  it('asks only when it is asked for, and says that everything is in order', async () => {
    const { setupCheck, row } = await check(aSetup());
    expect(setupCheck).toHaveBeenCalledTimes(1);
    expect(setupCheck).toHaveBeenCalledWith(1);
    expect(screen.getByText('Everything is in order.')).toBeTruthy();
    expect(row('Merchant id and secret key').getByText('Signature accepted')).toBeTruthy();
    expect(row('Clock').getByText('0,4 s apart')).toBeTruthy();
    expect(row('Klarna').getByText(/50.€: offered · 500.€: offered · 5.000.€: not offered/)).toBeTruthy();
    expect(row('Callback address').getByText('https://shop.example.com/paytrail')).toBeTruthy();
    expect(row('Newest report').getByText(/known up to 21\.11\.2026/)).toBeTruthy();
    expect(card('Set-up check').getAllByRole('button')).toHaveLength(1);
    expect(await violations()).toEqual([]);
  });

  it('tells a wrong secret from a wrong clock, and leads to where it is mended', async () => {
    const { row } = await check(
      with_([{ what: 'credentials', state: 'bad', why: why('unauthorized') }], { credentials: aReport({ signature: 'unauthorized', klarna: [] }), wrong: 'idOrSecret' }),
    );
    expect(screen.getByText('1 thing is to be done.')).toBeTruthy();
    const credentials = row('Merchant id and secret key');
    expect(credentials.getByText('Paytrail did not accept the signature')).toBeTruthy();
    expect(credentials.getByText(/Merchant id or secret key is wrong/)).toBeTruthy();
    await fireEvent.click(credentials.getByRole('button', { name: 'To the secret key' }));
    expect(document.activeElement?.getAttribute('data-section')).toBe('secret');
  });

  it('says whose secret it is, where another shop of this file tells', async () => {
    const { row } = await check(
      with_([{ what: 'credentials', state: 'bad', why: why('secretSwapped', { name: 'Testikauppa' }) }], { credentials: aReport({ signature: 'unauthorized', klarna: [] }) }),
    );
    expect(row('Merchant id and secret key').getByText(/secret key of Testikauppa fits this merchant id/)).toBeTruthy();
  });

  it('gives each open part its next step', async () => {
    const openPlace = vi.fn(async () => null);
    const { row } = await check(
      with_([
        { what: 'klarna', state: 'todo', why: why('klarnaNotOffered') },
        { what: 'callback', state: 'todo', why: why('callbackMissing') },
        { what: 'lastReport', state: 'todo', why: why('reportOld', { days: '40' }) },
        { what: 'keychain', state: 'bad', why: why('keychainLocked') },
      ]),
      { openPlace },
    );
    expect(screen.getByText('4 things are to be done.')).toBeTruthy();
    expect(row('Newest report').getByText('The newest report is 40 days old')).toBeTruthy();
    expect(row('Newest report').getByRole('button', { name: 'Import a report…' })).toBeTruthy();
    expect(row('Keychain').getByRole('button', { name: 'To the secret key' })).toBeTruthy();
    await fireEvent.click(row('Klarna').getByRole('button', { name: 'Open the Merchant Panel' }));
    expect(openPlace).toHaveBeenCalledWith('merchantPanelMethods');
    await fireEvent.click(row('Callback address').getByRole('button', { name: 'To the address' }));
    expect(document.activeElement?.getAttribute('data-section')).toBe('callback');
    expect(await violations()).toEqual([]);
  });

  it.each([
    ['tooManyRequests', 'Paytrail is busy and asks to wait'],
    ['serverError', 'Paytrail has trouble of its own'],
  ] as const)('says of %s that id and secret key were not judged, and checks again', async (signature, words) => {
    const { row, setupCheck } = await check(
      with_([{ what: 'credentials', state: 'notKnown', why: why(signature) }], { credentials: aReport({ signature, klarna: [] }) }),
    );
    const credentials = row('Merchant id and secret key');
    expect(credentials.getByText(words)).toBeTruthy();
    expect(credentials.getByText(/Merchant id and secret key were not judged: they may be right\. Check again/)).toBeTruthy();
    expect(credentials.getByRole('img', { name: 'Not checked' })).toBeTruthy();
    expect(credentials.queryByRole('button', { name: 'To the secret key' })).toBeNull();
    await fireEvent.click(credentials.getByRole('button', { name: 'Check again' }));
    await waitFor(() => expect(setupCheck).toHaveBeenCalledTimes(2));
  });

  it('leads to no secret key where the network is in the way, and to the panel only where Klarna was asked about', async () => {
    const { row } = await check(
      with_(
        [
          { what: 'credentials', state: 'bad', why: why('dns') },
          { what: 'klarna', state: 'notKnown', why: why('klarnaNotKnown') },
        ],
        { credentials: aReport({ signature: 'dns', klarna: [] }), wrong: 'network' },
      ),
    );
    expect(row('Merchant id and secret key').getByRole('button', { name: 'Check again' })).toBeTruthy();
    expect(row('Klarna').queryByRole('button')).toBeNull();
  });

  it('names a pause, leads to the secret key that was refused, and resumes where Paytrail accepts it now', async () => {
    const refused = await check(
      with_([{ what: 'sending', state: 'bad', why: why('paused') }], { credentials: aReport({ signature: 'unauthorized', klarna: [] }), wrong: 'secret' }),
    );
    expect(refused.row('Sending').getByText(/^Sending is paused: Paytrail did not accept/)).toBeTruthy();
    expect(refused.row('Sending').getByRole('button', { name: 'To the secret key' })).toBeTruthy();
    refused.unmount();

    const sync = vi.fn(async () => null);
    const { row, setupCheck } = await check(with_([{ what: 'sending', state: 'bad', why: why('pausedThoughAccepted') }]), { sync });
    setupCheck.mockResolvedValue(aSetup());
    await fireEvent.click(row('Sending').getByRole('button', { name: 'Resume sending' }));
    expect(await card('Set-up check').findByText('Not paused')).toBeTruthy();
    expect(sync).toHaveBeenCalledWith(1);
  });

  it('says what is missing also where there is no secret to ask with', async () => {
    const { row } = await check(
      with_(
        [
          { what: 'credentials', state: 'bad', why: why('secretMissing') },
          { what: 'clock', state: 'todo', why: why('clockNotKnown') },
          { what: 'klarna', state: 'todo', why: why('klarnaNotKnown') },
        ],
        { credentials: null },
      ),
    );
    expect(row('Clock').getByText('The clock could not be compared')).toBeTruthy();
    expect(row('Klarna').getByText('It could not be asked whether Klarna is offered')).toBeTruthy();
  });

  it('says why it could not look', async () => {
    const failed = anError({ code: 'store', message: 'disk' });
    await open({ setupCheck: async () => Promise.reject(failed) });
    await fireEvent.click(screen.getByRole('button', { name: 'Check now' }));
    expect((await screen.findByRole('alert')).textContent).toContain('The data file can’t be used');
  });
});

describe('where the rest is done', () => {
  it('says of each place what it is for, and opens it in the browser', async () => {
    const { openPlace } = await open({ openPlace: vi.fn(async () => null) });
    const places = card('Where the rest is');
    expect(places.getByText(/good for 7 days/)).toBeTruthy();
    await fireEvent.click(places.getByRole('button', { name: 'Open the portal' }));
    await fireEvent.click(card('What your web shop does itself').getByRole('button', { name: 'Read about them' }));
    await waitFor(() => expect(openPlace.mock.calls).toEqual([['klarnaPortal'], ['klarnaBoosters']]));
  });
});
