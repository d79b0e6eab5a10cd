import { describe, expect, it } from 'vitest';
import { chooseLanguage, formatState, parseState, readState, type State } from '../src/state';

describe('the hash', () => {
  it.each<State>([
    {},
    { view: { zoom: 7.25, lat: 52.1234, lon: 83.5 }, lang: 'en' },
    { layers: ['districts', 'krai'], selection: { layer: 'districts', id: 'smolensky' } },
    { layers: [] },
    { opacity: { districts: 0.5, elevation: 0.85 } },
    { selection: { layer: 'monitoring_points', id: 'WMO 29/816&x=#1' } },
  ])('reads back what it wrote: %j', (state) => expect(parseState(formatState(state))).toEqual(state));

  it('stays readable', () =>
    expect(formatState({ view: { zoom: 7, lat: 52.5, lon: 83.2 }, layers: ['a', 'b'] })).toBe(
      '#map=7/52.5000/83.2000&layers=a,b',
    ));

  it.each([
    '#map=7/52',
    '#map=7/952/83',
    '#map=x/y/z',
    '#map=7//83',
    '#map=7/52/83/1',
    '#sel=districts',
    '#sel=/x',
    '#lang=de',
    '#opacity=districts:x',
    '#opacity=districts:120',
    '#colour=red',
  ])('leaves out what makes no sense, and names it: %s', (hash) =>
    expect(readState(hash)).toEqual({ state: {}, unread: [hash.slice(1)] }),
  );

  it('opens what it can', () =>
    expect(readState('#map=7/52&lang=en&was=old')).toEqual({
      state: { lang: 'en' },
      unread: ['map=7/52', 'was=old'],
    }));
});

describe('the language', () => {
  it('is the one in ?lang= before all others', () =>
    expect(chooseLanguage('?lang=en', { lang: 'ru' }, 'ru', ['ru'])).toBe('en'));
  it('is then the link’s', () => expect(chooseLanguage('', { lang: 'en' }, 'ru', ['ru'])).toBe('en'));
  it('is then the last choice', () => expect(chooseLanguage('?lang=de', {}, 'en', ['ru'])).toBe('en'));
  it('is then the browser’s first that we have', () =>
    expect(chooseLanguage('', {}, null, ['de-DE', 'en-GB', 'ru'])).toBe('en'));
  it('is Russian otherwise', () => expect(chooseLanguage('', {}, null, ['de'])).toBe('ru'));
});
