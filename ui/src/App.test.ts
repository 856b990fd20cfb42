import { render, screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import App from './App.svelte';

describe('the first screen', () => {
  it('names the product and the version it was given', () => {
    render(App, { version: '9.8.7' });
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Hyvitys 9.8.7');
  });

  it('says which program does the work, so that nobody looks for buttons', () => {
    render(App, { version: '9.8.7' });
    expect(screen.getByRole('main').textContent).toContain('hyvitys-cli');
    expect(screen.queryByRole('button')).toBeNull();
  });
});
