import { beforeAll, describe, expect, it } from 'vitest';
import type { Collection } from '../src/contract';
import { linesOf } from '../src/lines';
import {
  embedSnippet,
  fileName,
  indicatorDownloads,
  layerDownloads,
  snapshotAddress,
} from '../src/share/links';
import { COLUMN, MARGIN, mapOn, sheetOf } from '../src/share/sheet';
import { WORDS } from '../src/share/words';

const ROOT = 'https://example.org/gis/';

beforeAll(() => {
  Object.assign(globalThis, { document: { baseURI: `${ROOT}?lang=ru` } });
});

const rivers = { id: 'rivers', 'altai:kind': 'vector' } as Collection;
const heights = { id: 'elevation', 'altai:kind': 'raster' } as Collection;

describe('addresses', () => {
  it('asks for a snapshot of what it can show', () => {
    const hash = '#map=7/52/83&layers=krai,osm,rivers&ind=pop/period:2024&units=a,b&sel=x/y&lang=en';
    const asked = new URL(snapshotAddress(hash, 'Люди & реки'));
    expect(asked.origin + asked.pathname).toBe(`${ROOT}snapshot.html`);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      map: '7/52/83',
      layers: 'krai,rivers',
      ind: 'pop/period:2024',
      lang: 'en',
      title: 'Люди & реки',
    });
  });

  it('leaves out what is as it opens', () => {
    expect(snapshotAddress('', '')).toBe(`${ROOT}snapshot.html?`);
  });

  it('writes a frame whose text is no markup', () => {
    const snippet = embedSnippet('#map=7/52/83&lang=ru', '"><script>');
    expect(snippet).toContain(`src="${ROOT}?embed#map=7/52/83&amp;lang=ru"`);
    expect(snippet).toContain('title="&quot;>&lt;script>"');
  });

  it('gives files of a layer, of a part of it, and of a raster', () => {
    expect(layerDownloads(rivers, null).map(({ href }) => href)).toEqual([
      `${ROOT}collections/rivers/items?f=csv`,
      `${ROOT}collections/rivers/items?f=geojson`,
    ]);
    const [csv] = layerDownloads(rivers, [80, 50, 81.5, 53]);
    expect(new URL(csv?.href ?? '').searchParams.get('bbox')).toBe('80,50,81.5,53');
    expect(layerDownloads(heights, null)).toEqual([
      { text: 'GeoTIFF', href: `${ROOT}rasters/elevation/cog.tif` },
    ]);
  });

  it('gives the values of the year that is shown', () => {
    const [csv, geojson] = indicatorDownloads({ code: 'pop', per: 'area' }, 2023, null);
    expect(csv?.href).toBe(`${ROOT}indicators/pop/values?f=csv&period=2023&per=area`);
    expect(geojson?.href).toBe(`${ROOT}collections/ind_pop/items?f=geojson`);
  });

  it('makes a title the name of a file', () => {
    expect(fileName('Край: жители/км², 2024?', 'png', 'ru')).toBe('Край жители км², 2024.png');
    expect(fileName(' / ', 'png', 'en')).toBe('Map.png');
    expect(fileName('x'.repeat(300), 'html', 'ru')).toHaveLength(105);
  });
});

describe('sheets', () => {
  it('has the dots that were asked for', () => {
    for (const [size, dots] of [
      ['slide', [1600, 1200]],
      ['landscape', [1754, 1240]],
      ['portrait', [1240, 1754]],
    ] as const) {
      const sheet = sheetOf(size, { width: 1, height: 1 }, 3);
      expect([sheet.width * sheet.dots, sheet.height * sheet.dots].map(Math.round)).toEqual(dots);
    }
  });

  it('has room for all of the screen’s map', () => {
    const map = { width: 1440, height: 848 };
    const sheet = sheetOf('screen', map, 4);
    expect(mapOn(sheet, 4)).toEqual(map);
    expect(sheet.dots).toBe(2);
  });

  it('keeps a column for the legend where it is wide', () => {
    const wide = sheetOf('landscape', { width: 1, height: 1 }, 2);
    const high = sheetOf('portrait', { width: 1, height: 1 }, 2);
    expect(mapOn(wide, 2).width).toBe(Math.floor(wide.width - 2 * MARGIN - COLUMN));
    expect(mapOn(high, 2).width).toBe(Math.floor(high.width - 2 * MARGIN));
  });

  it('breaks lines between words, and no word', () => {
    const measure = (text: string) => text.length;
    expect(linesOf('aa bb cc dd', 5, measure)).toEqual(['aa bb', 'cc dd']);
    expect(linesOf('a longerword b', 5, measure)).toEqual(['a', 'longerword', 'b']);
  });
});

it('says everything in both languages', () => {
  expect(Object.keys(WORDS.en)).toEqual(Object.keys(WORDS.ru));
});
