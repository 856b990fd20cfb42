import { circle, rect } from './shapes';

/** One line or area of a glyph. `cut` is drawn in the colour under the glyph, everything else in its own. */
export interface GlyphPath {
  readonly d: string;
  readonly fill?: 'ink' | 'cut';
  readonly stroke?: 'ink' | 'cut';
  readonly width?: number;
  readonly dash?: string;
  readonly faint?: boolean;
}

const RETURN_ARROW = 'M7.2 4.8 4.6 7.2l2.6 2.4M4.8 7.2h4.3a2 2 0 0 1 0 4h-1';

/** The signs of the states: each has a shape of its own, so that colour is never needed to tell them apart. */
export const glyphs = {
  new: [{ d: circle(8, 8, 6.1), stroke: 'ink', width: 1.7, dash: '2.6 2.2' }],
  paid: [
    { d: circle(8, 8, 7.25), fill: 'ink' },
    { d: 'm4.7 8.3 2.3 2.3 4.3-4.8', stroke: 'cut', width: 1.9 },
  ],
  hold: [
    { d: circle(8, 8, 6.4), stroke: 'ink', width: 1.6 },
    { d: 'M8 8V3.7A4.3 4.3 0 1 1 3.7 8Z', fill: 'ink' },
  ],
  failed: [
    { d: rect(1, 1, 14, 14, 3), fill: 'ink' },
    { d: 'm5 5 6 6M11 5l-6 6', stroke: 'cut', width: 1.9 },
  ],
  requested: [
    { d: circle(8, 8, 6.9), stroke: 'ink', width: 1.4 },
    { d: 'M7.2 5 4.7 7.3l2.5 2.3M4.9 7.3h4.2a1.9 1.9 0 0 1 0 3.8h-.9', stroke: 'ink', width: 1.4 },
  ],
  approval: [
    { d: circle(8, 8, 6.9), stroke: 'ink', width: 1.4 },
    { d: circle(8, 6.5, 1.9), fill: 'ink' },
    { d: 'M4.6 11.8a3.6 3.6 0 0 1 6.8 0', fill: 'ink', stroke: 'ink', width: 0.8 },
  ],
  refunded: [
    { d: circle(8, 8, 7.4), fill: 'ink' },
    { d: RETURN_ARROW, stroke: 'cut', width: 1.6 },
  ],
  partial: [
    { d: circle(8, 8, 6.5), stroke: 'ink', width: 1.6 },
    { d: 'M8 1.5a6.5 6.5 0 0 0 0 13Z', fill: 'ink' },
  ],
  unknown: [
    { d: 'M8 .2 15.8 8 8 15.8.2 8Z', fill: 'ink' },
    { d: 'M6 6.2A2 2 0 1 1 9 7.95c-.7.4-1 .75-1 1.3', stroke: 'cut', width: 1.7 },
    { d: circle(8, 11.7, 1.05), fill: 'cut' },
  ],
  sending: [
    { d: circle(8, 8, 6.3), stroke: 'ink', width: 1.9, faint: true },
    { d: 'M8 1.7A6.3 6.3 0 0 1 14.3 8', stroke: 'ink', width: 1.9 },
  ],
  cancelled: [
    { d: circle(8, 8, 6.3), stroke: 'ink', width: 1.7 },
    { d: 'M3.7 12.3 12.3 3.7', stroke: 'ink', width: 1.7 },
  ],
  expired: [
    { d: 'M3 1.5h10M3 14.5h10', stroke: 'ink', width: 1.7 },
    { d: 'M4.3 1.5c0 3.6 3.7 4.2 3.7 6.5 0-2.3 3.7-2.9 3.7-6.5', stroke: 'ink', width: 1.4 },
    { d: 'M4.3 14.5C4.3 10.9 8 10.3 8 8c0 2.3 3.7 2.9 3.7 6.5Z', fill: 'ink', stroke: 'ink', width: 1.2 },
  ],
  gone: [
    { d: circle(8, 8, 6.3), stroke: 'ink', width: 1.5, dash: '1.2 2.8' },
    { d: 'M5 8h6', stroke: 'ink', width: 1.7 },
  ],
  other: [
    { d: circle(8, 8, 6.3), stroke: 'ink', width: 1.5 },
    { d: `${circle(5.2, 8, 0.9)}${circle(8, 8, 0.9)}${circle(10.8, 8, 0.9)}`, fill: 'ink' },
  ],
  warn: [
    { d: 'M8 1.2 15.3 14H.7Z', fill: 'ink', stroke: 'ink', width: 1 },
    { d: 'M8 5.8v3.7', stroke: 'cut', width: 1.8 },
    { d: circle(8, 12, 1), fill: 'cut' },
  ],
  error: [
    { d: 'M5 .9h6L15.1 5v6L11 15.1H5L.9 11V5Z', fill: 'ink' },
    { d: 'M8 4.4v4.3', stroke: 'cut', width: 1.9 },
    { d: circle(8, 11.5, 1.05), fill: 'cut' },
  ],
  dot: [{ d: circle(8, 8, 2.6), fill: 'ink' }],
  diamond: [{ d: 'M8 0 16 8 8 16 0 8Z', fill: 'ink' }],
} as const satisfies Readonly<Record<string, readonly GlyphPath[]>>;

/** The name of a glyph: every state, and the few signs that are none. */
export type GlyphName = keyof typeof glyphs;

/** A state that money can be in. Its word is the text `status.<kind>`. */
export type StatusKind = Exclude<GlyphName, 'warn' | 'error' | 'dot' | 'diamond'>;

/** An ink of the palette. */
export type Tone = 'moss' | 'ochre' | 'red' | 'blue' | 'plum' | 'brown' | 'accent' | 'ink3';
