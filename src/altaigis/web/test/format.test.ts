import { describe, expect, it } from 'vitest';
import { count, date, number, plural } from '../src/format';

const FORMS = ['житель', 'жителя', 'жителей'];

describe('plural', () => {
  it.each([
    [1, 'житель'],
    [2, 'жителя'],
    [5, 'жителей'],
    [11, 'жителей'],
    [21, 'житель'],
    [112, 'жителей'],
    [20911, 'жителей'],
    [630873, 'жителя'],
  ])('%i in Russian is %s', (n, form) => expect(plural(n, 'ru', FORMS)).toBe(form));

  it('has two forms in English', () => {
    expect(plural(1, 'en', ['unit', 'units'])).toBe('unit');
    expect(plural(0, 'en', ['unit', 'units'])).toBe('units');
  });
});

describe('number', () => {
  it('groups and separates as the language does', () => {
    expect(number(20911, 'ru', 0)).toBe('20\u00a0911');
    expect(number(20911, 'en', 0)).toBe('20,911');
    expect(number(10.46, 'ru', 1)).toBe('10,5');
    expect(number(10.46, 'en', 1)).toBe('10.5');
  });

  it('writes a true minus', () => expect(number(-17.6, 'ru')).toBe('−17,6'));

  it('holds a number and its noun together', () => expect(count(3, 'ru', FORMS)).toBe('3\u00a0жителя'));
});

describe('date', () => {
  it('says a day in words', () => {
    expect(date('1999-12-04', 'ru')).toBe('4 декабря 1999 г.');
    expect(date('1999-12-04', 'en')).toBe('4 December 1999');
  });

  it('shows a moment in the time of Barnaul', () =>
    expect(date('2024-01-01T20:30:00Z', 'en')).toMatch(/2 January 2024.*03:30/));

  it.each(['2020', 'с 1926 года', '2020-99-99'])('leaves %s alone', (text) =>
    expect(date(text, 'ru')).toBe(text),
  );
});
