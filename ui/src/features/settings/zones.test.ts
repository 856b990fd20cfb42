import { describe, expect, it } from 'vitest';
import { allZones, foundZones, timeThere, zoneName } from './zones';

describe('time zones', () => {
  it('have the one that is set and Helsinki on top, each once', () => {
    const zones = allZones('America/New_York');
    expect(zones.slice(0, 2)).toEqual(['Europe/Helsinki', 'America/New_York']);
    expect(new Set(zones).size).toBe(zones.length);
    expect(zones.length).toBeGreaterThan(300);
  });

  it('are found without accents, case and underscores; what begins so comes first', () => {
    const zones = ['Europe/Stockholm', 'America/New_York', 'America/Sao_Paulo', 'Europe/Oslo'];
    expect(foundZones(zones, 'NEW y')).toEqual(['America/New_York']);
    expect(foundZones(zones, 'são')).toEqual(['America/Sao_Paulo']);
    expect(foundZones(zones, 'o')[0]).toBe('Europe/Oslo');
    expect(foundZones(zones, '')).toEqual(zones);
    expect(foundZones(zones, 'atlantis')).toEqual([]);
  });

  it('say their time of day', () => {
    const noon = Date.parse('2026-11-23T12:05:00Z');
    expect(timeThere(noon, 'Europe/Helsinki')).toBe('14.05');
    expect(timeThere(noon, 'Nowhere/Atlantis')).toBe('');
    expect(zoneName('America/New_York')).toBe('America/New York');
  });
});
