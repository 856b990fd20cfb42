import { describe, expect, it } from 'vitest';
import { arrangedAtFirst, readArrangement, withView } from './saved';

describe('the arrangement of the list', () => {
  it('is the first one where nothing, or nothing readable, was kept', () => {
    for (const kept of [undefined, null, 7, 'x', [], { hidden: 3, widths: [], sort: { id: 'method' }, views: {} }]) {
      const read = readArrangement(kept);
      expect(read.sort).toEqual({ id: 'created', dir: 'desc' });
      expect(read.views).toEqual([]);
      expect(read.hidden).toEqual(['method']);
    }
  });

  it('comes back as it was kept', () => {
    const kept = { hidden: ['refunded'], widths: { customer: 220 }, sort: { id: 'amount', dir: 'asc' }, views: [{ id: 'a', name: 'A', query: 'aino' }] };
    expect(readArrangement(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
  });

  it('leaves out what has the wrong shape and keeps the rest', () => {
    const read = readArrangement({ hidden: ['status', 4], widths: { a: 'wide', b: 90 }, views: [{ id: 'a' }, { id: 'b', name: 'B', query: '' }] });
    expect(read).toEqual({ ...arrangedAtFirst, hidden: ['status'], widths: { b: 90 }, views: [{ id: 'b', name: 'B', query: '' }] });
  });

  it('replaces a view of the same name, whatever its case', () => {
    const once = withView([], 'Big ones', 'amount:>500');
    expect(withView(once, ' big ones ', 'amount:>900').map(({ name, query }) => [name, query])).toEqual([['big ones', 'amount:>900']]);
  });
});
