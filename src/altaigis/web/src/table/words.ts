/** What the tables of the map say, in Russian and English. */

import type { Language } from '../contract';
import { count, number } from '../format';

const ru = {
  open: 'Таблица того, что на карте',
  title: 'Таблица',
  layer: 'Слой',
  name: 'Название',
  place: 'Место',
  class: 'Класс',
  noData: 'нет данных',
  time: 'Время',
  standing: 'Состояние',
  norm: 'Сравнение с нормой',
  series: 'Ряд',
  synthetic: 'синтетический',
  measured: 'измеренный',
  units: (title: string) => `${title}. Место — от наибольшего значения.`,
  inView: (title: string, n: number) =>
    `${title}: на видимой части карты ${count(n, 'ru', ['объект', 'объекта', 'объектов'])}`,
  firstOf: (shown: number, all: number) =>
    `Показаны первые ${number(shown, 'ru', 0)} из ${number(all, 'ru', 0)}: приблизьте карту или скачайте все.`,
  nothing: 'На видимой части карты ничего нет: сдвиньте или отдалите её.',
  noLayers: 'На карте нет слоёв с объектами: включите слой.',
  rows: (from: number, to: number, of: number) =>
    `Строки ${number(from, 'ru', 0)}–${number(to, 'ru', 0)} из ${number(of, 'ru', 0)}`,
  before: 'Назад',
  next: 'Дальше',
  csv: 'Скачать CSV',
  hint: 'Enter на названии открывает объект на карте, ↑ и ↓ ведут по строкам.',
  failed: 'Таблица не загрузилась.',
  retry: 'Повторить',
};

export type TableWords = typeof ru;

const en: TableWords = {
  open: 'Table of what the map shows',
  title: 'Table',
  layer: 'Layer',
  name: 'Name',
  place: 'Place',
  class: 'Class',
  noData: 'no data',
  time: 'Time',
  standing: 'Standing',
  norm: 'Held against the norm',
  series: 'Series',
  synthetic: 'synthetic',
  measured: 'measured',
  units: (title) => `${title}. Places count from the largest value.`,
  inView: (title, n) => `${title}: ${count(n, 'en', ['feature', 'features'])} in what is seen of the map`,
  firstOf: (shown, all) =>
    `The first ${number(shown, 'en', 0)} of ${number(all, 'en', 0)} are shown: zoom in, or download all.`,
  nothing: 'There is nothing in what is seen of the map: move it, or zoom out.',
  noLayers: 'No layer with features is on: switch one on.',
  rows: (from, to, of) => `Rows ${number(from, 'en', 0)}–${number(to, 'en', 0)} of ${number(of, 'en', 0)}`,
  before: 'Back',
  next: 'Next',
  csv: 'Download CSV',
  hint: 'Enter on a name opens it on the map, ↑ and ↓ lead through the rows.',
  failed: 'The table did not load.',
  retry: 'Try again',
};

export const WORDS: Record<Language, TableWords> = { ru, en };
