import { describe, expect, it } from 'vitest';
import type { OperationKind, OperationRow, OperationState } from '../../lib/ipc';
import { setLocale } from '../../lib/i18n';
import { anOperation } from '../../test/fake-ipc';
import { happened, isContradicted, isOverridden, markedBy, nextOf, quoted, stateOf } from './words';

const states: OperationState[] = ['draft', 'queued', 'sending', 'accepted', 'done', 'failed', 'rejected', 'unknown'];
const kinds: OperationKind[] = ['refund', 'activate', 'cancel'];
const op = (part: Partial<OperationRow> = {}) => anOperation({ proof: null, ...part });

describe('the word of a state', () => {
  it('says that money went back only of what is done', () => {
    for (const [language, words] of [['en', /Refunded|Activated|Cancelled/], ['fi', /Palautettu|Aktivoitu|Peruutettu/], ['sv', /Återbetald|Aktiverad|Annullerad/]] as const) {
      void setLocale(language);
      for (const kind of kinds) {
        for (const state of states) expect(words.test(stateOf(op({ kind, state })).word), `${language} ${kind} ${state}`).toBe(state === 'done');
      }
    }
  });

  it('tells what was never sent from what failed', () => {
    expect(stateOf(op({ state: 'failed', reason: 'nothing_sent' })).word).toBe('Not sent');
    expect(stateOf(op({ state: 'failed', reason: 'refund_failed' })).word).toBe('Failed');
    expect(stateOf(op({ state: 'rejected', reason: 'refused' })).word).toBe('Refused');
  });
});

describe('why', () => {
  it('is said in words for every code, in the language of the window', () => {
    expect(happened(op({ state: 'unknown', reason: 'unclear', message: 'the connection was cut before an answer came' }))).toBe('The connection was cut before an answer came');
    void setLocale('fi');
    expect(happened(op({ state: 'unknown', reason: 'unclear', message: 'the connection was cut before an answer came' }))).toBe('Yhteys katkesi ennen vastausta');
    expect(happened(op({ state: 'failed', reason: 'twin_done' }))).toBe('Sama palautus maksettiin toisella yrityksellä');
  });

  it('quotes Paytrail, and not what this program wrote for itself', () => {
    expect(quoted(op({ state: 'rejected', reason: 'refused', message: 'Balance too low' }))).toBe('Balance too low');
    expect(quoted(op({ state: 'unknown', reason: 'unclear', message: 'the server reported an error of its own (it says: Boom)' }))).toBe('Boom');
    expect(quoted(op({ state: 'unknown', reason: 'unclear', message: 'no answer came in time' }))).toBe(null);
    expect(quoted(op({ state: 'done', reason: 'cancelled', message: 'the payment is cancelled and its hold released' }))).toBe(null);
  });
});

describe('the line of proof', () => {
  it('names the proof, and a person’s word as a person’s word', () => {
    expect(nextOf(op({ proof: 'callback' }))).toBe('Proof: callback');
    const marked = op({ proof: 'marked by Olli Heikkilä', reason: 'marked_moved' });
    expect([nextOf(marked), markedBy(marked)]).toEqual(['Proof: marked by Olli Heikkilä', 'Olli Heikkilä']);
    expect(nextOf(op({ state: 'failed', proof: 'marked by Olli Heikkilä', reason: 'marked_not_moved' }))).toBe('Proof: marked by Olli Heikkilä');
  });

  it('says what is next where nothing is proven', () => {
    expect(nextOf(op({ state: 'accepted' }))).toBe('Taken by Paytrail; followed until it settles');
    expect(nextOf(op({ state: 'accepted', email: 'a@b.fi' }))).toBe('Waits for the recipient of the email');
    expect(nextOf(op({ state: 'accepted', kind: 'cancel' }))).toBe('Followed until a look shows it');
    expect(nextOf(op({ state: 'rejected', reason: 'refused', message: 'Balance too low' }))).toBe('Balance too low. No money moved.');
  });

  it('tells pending at Paytrail, by shape, word and what to do, from what was only taken', () => {
    const [pending, taken] = [op({ state: 'accepted', reason: 'pending', pending: true }), op({ state: 'accepted', reason: 'requested' })];
    expect([stateOf(pending), stateOf(taken)]).toEqual([{ look: 'approval', word: 'Requested, pending' }, { look: 'requested', word: 'Refund requested' }]);
    expect(nextOf(pending)).toBe('Pending at Paytrail; may wait for approval in the Merchant Panel');
  });

  it('does not say that nothing moved where it moved elsewhere', () => {
    expect(nextOf(op({ state: 'failed', reason: 'twin_done', proof: 'x is done' }))).not.toContain('No money moved');
    expect(nextOf(op({ state: 'failed', kind: 'cancel', reason: 'was_captured' }))).not.toContain('Nothing was changed');
  });

  it('is loud where evidence overrode what was said, or two sources differ', () => {
    const overridden = op({ state: 'done', reason: 'evidence_overrides', proof: 'report' });
    expect([isOverridden(overridden), nextOf(overridden)]).toEqual([true, 'Evidence overrode what was said before: payment report']);
    const contradicted = op({ state: 'done', proof: 'signed answer', message: 'a report says otherwise: look at it in the Merchant Panel' });
    expect([isContradicted(contradicted), nextOf(contradicted)]).toEqual([true, 'Says otherwise elsewhere: look in the Merchant Panel']);
  });
});
