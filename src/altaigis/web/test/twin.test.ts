import { describe, expect, it } from 'vitest';
import { formatState, readState } from '../src/state';
import { formatTwin, moved, neighbour, parseTwin } from '../src/twin/choice';

describe('the second map in a link', () => {
  it.each(['side/wage_total', 'swipe/wage_total/period:2023/method:jenks', 'swipe:40/share_65plus'])(
    'reads back %s',
    (text) => {
      const twin = parseTwin(text);
      expect(twin && formatTwin(twin)).toBe(text);
    },
  );

  it.each(['', 'side', 'side/', 'wage_total', 'swipe:101/wage_total', 'side/<b>', 'side/wage_total/symbols'])(
    'refuses %j',
    (text) => expect(parseTwin(text)).toBeUndefined(),
  );

  it('leaves the divider out where it stands in the middle', () =>
    expect(formatTwin({ form: 'swipe', at: 50, choice: { code: 'a' } })).toBe('swipe/a'));

  it('stands in the address beside the years and the table', () => {
    const hash = '#twin=side/wage_total&years=2020,2024&table=districts';
    expect(formatState(readState(hash).state)).toBe(hash);
    expect(readState('#table=<b>&years=two').unread).toEqual(['table=<b>', 'years=two']);
  });
});

describe('the divider', () => {
  it.each([
    [50, 'ArrowRight', 52],
    [50, 'ArrowLeft', 48],
    [95, 'PageDown', 100],
    [1, 'ArrowLeft', 0],
    [50, 'End', 100],
    [50, 'Home', 0],
    [50, 'Enter', undefined],
  ])('at %i goes with %s to %s', (at, key, to) => expect(moved(at, key)).toBe(to));
});

describe('what is offered first', () => {
  const codes = ['area', 'wage'];

  it('is the year before, told in the same way', () => {
    const choice = { code: 'wage', per: 'area', symbols: true };
    expect(neighbour(choice, [2022, 2023, 2024], codes)).toEqual({ code: 'wage', per: 'area', period: 2023 });
    expect(neighbour({ ...choice, period: 2022 }, [2022, 2023], codes).period).toBe(2023);
  });

  it('is another indicator where there is one year', () =>
    expect(neighbour({ code: 'wage' }, [2024], codes)).toEqual({ code: 'area' }));
});
