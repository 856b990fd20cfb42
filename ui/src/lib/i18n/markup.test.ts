import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { problems } from '../../test/markup';

const files = Object.keys(import.meta.glob('/src/**/*.svelte'));

describe('the rule itself', () => {
  it('finds text that is written into the markup', () => {
    expect(problems('<p>Paid</p>')).toEqual(['text “Paid”']);
    expect(problems("<p>{ok ? 'Paid' : 'Not paid'}</p>")).toEqual(['text “Paid”', 'text “Not paid”']);
    expect(problems('<p>{`Paid ${sum}`}</p>')).toEqual(['text “Paid ”']);
    expect(problems('{#if a}<b>Yes</b>{/if}')).toEqual(['text “Yes”']);
  });

  it('finds it in attributes that are read or seen', () => {
    expect(problems('<button title="Close">×</button>')).toEqual(['title “Close”']);
    expect(problems('<TextInput label="Name" placeholder={\'Aino\'} />')).toEqual([
      'label “Name”',
      'placeholder “Aino”',
    ]);
    expect(problems('<i aria-label="Order {n}"></i>')).toEqual(['aria-label “Order ”']);
  });

  it('finds styles that the content policy would drop', () => {
    expect(problems('<i style="color: red"></i>')).toEqual(['a style attribute']);
    expect(problems('<i style:color={red} class="a"></i>')).toEqual([]);
  });

  it('lets names and signs stand', () => {
    expect(
      problems('<b>LIVE</b> Hyvitys × 1 234,50 € <kbd>Ctrl</kbd> {t("a.b")} <i title={name} class="row"></i>'),
    ).toEqual([]);
  });
});

describe('no component writes its text itself', () => {
  it('looks at every one', () => {
    expect(files.length).toBeGreaterThan(40);
  });

  it.each(files)('%s', (file) => {
    expect(problems(readFileSync(`.${file}`, 'utf8'))).toEqual([]);
  });
});
