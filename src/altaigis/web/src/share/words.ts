/** The words of sharing in Russian and English. */

import type { Language } from '../contract';

const ru = {
  share: 'Поделиться',
  title: 'Заголовок',
  link: 'Ссылка на эту карту',
  copy: 'Копировать',
  copied: 'Скопировано',
  picture: 'Картинка (PNG)',
  size: 'Размер',
  sizes: {
    screen: 'как на экране',
    slide: '1600 × 1200',
    landscape: 'А4, альбомный, 150 точек на дюйм',
    portrait: 'А4, книжный, 150 точек на дюйм',
  },
  savePicture: 'Сохранить PNG',
  drawing: 'Рисуется…',
  pictureFailed: 'Картинку сделать не удалось. Карта работает; попробуйте размер поменьше.',
  print: 'Печать',
  paper: 'Лист А4',
  papers: { landscape: 'альбомный', portrait: 'книжный' },
  printNow: 'Печатать',
  file: 'Карта в одном файле',
  fileAbout:
    'HTML, который открывается с диска или флешки без интернета и сервера: карта, легенда, сведения об объектах.',
  saveFile: 'Сохранить HTML',
  data: 'Данные на карте',
  part: 'Какие объекты',
  whole: 'весь слой',
  inView: 'только на экране',
  embed: 'Вставить на сайт',
  embedAbout: 'Карта с легендой и источниками, без панели.',
  openLiving: 'Открыть в AltaiGIS',
  sources: 'Источники',
  madeOn: (day: string) => `AltaiGIS, ${day}`,
  north: 'С',
  close: 'Закрыть',
};

export type ShareWords = typeof ru;
export type Size = keyof ShareWords['sizes'];
export type Paper = keyof ShareWords['papers'];

const en: ShareWords = {
  share: 'Share',
  title: 'Title',
  link: 'Link to this map',
  copy: 'Copy',
  copied: 'Copied',
  picture: 'Picture (PNG)',
  size: 'Size',
  sizes: {
    screen: 'as on the screen',
    slide: '1600 × 1200',
    landscape: 'A4 landscape, 150 dots per inch',
    portrait: 'A4 portrait, 150 dots per inch',
  },
  savePicture: 'Save PNG',
  drawing: 'Drawing…',
  pictureFailed: 'The picture could not be made. The map works; try a smaller size.',
  print: 'Print',
  paper: 'A4 sheet',
  papers: { landscape: 'landscape', portrait: 'portrait' },
  printNow: 'Print',
  file: 'The map in one file',
  fileAbout:
    'HTML that opens from a disk or a USB stick, without internet and server: map, legend, what is known of each feature.',
  saveFile: 'Save HTML',
  data: 'Data on the map',
  part: 'Which features',
  whole: 'the whole layer',
  inView: 'only what is in view',
  embed: 'Put it on a website',
  embedAbout: 'The map with legend and sources, without the panel.',
  openLiving: 'Open in AltaiGIS',
  sources: 'Sources',
  madeOn: (day) => `AltaiGIS, ${day}`,
  north: 'N',
  close: 'Close',
};

export const WORDS: Record<Language, ShareWords> = { ru, en };
