/** What the map shows of stations as a table: how each stands, or its value at the time that the map goes through. */

import type { Language, Value } from '../contract';
import { number } from '../format';
import type { Frames, Standings } from '../monitoring/contract';
import { standingsAddress } from '../monitoring/read';
import { heldText } from '../monitoring/sentence';
import { moment } from '../monitoring/times';
import { csv } from '../territory/figures';
import type { Column, Row, Sheet } from './rows';
import { WORDS } from './words';

/** What is observed on the map; `moving` where it goes through time. */
export interface Observed {
  title: string;
  standings: Standings;
  moving: { frames: Frames; at: number } | null;
}

const plain = (value: Value): string => String(value ?? '');

/** The file that the page made last, of a table that only the page has. */
let made = '';

export function observedSheet({ title, standings, moving }: Observed, language: Language): Sheet {
  const { unit_title: unit, digits, parameter } = standings;
  const t = WORDS[language];
  const name: Column = { title: t.name, text: plain, isFigure: false };
  const value: Column = {
    title: unit ? `${standings.title}, ${unit}` : standings.title,
    text: (each) => (typeof each === 'number' ? number(each, language, digits) : t.noData),
    isFigure: true,
  };
  const text = (heading: string): Column => ({ title: heading, text: plain, isFigure: false });
  const madeUp = (synthetic: boolean) => (synthetic ? t.synthetic : t.measured);
  const sheet = (columns: Column[], rows: Row[], file: string): Sheet => ({
    caption: title,
    columns,
    rows,
    of: rows.length,
    isOfView: false,
    csv: file,
  });
  const shown = moving ? moving.frames.stations : standings.stations;
  // Where all are of one kind the title says which.
  const isMixed = new Set(shown.map(({ synthetic }) => synthetic)).size > 1;
  const kind = (synthetic: boolean) => (isMixed ? [madeUp(synthetic)] : []);
  const ofSeries = isMixed ? [text(t.series)] : [];
  if (!moving) {
    const rows = standings.stations.map((row) => ({
      unit: row.station,
      cells: [
        row.name,
        row.value,
        moment(row.time, language),
        row.status_title,
        heldText(row, standings, language),
        ...kind(row.synthetic),
      ],
    }));
    const columns = [name, value, ...[t.time, t.standing, t.norm].map(text), ...ofSeries];
    return sheet(columns, rows, standingsAddress(parameter, 'csv', language));
  }
  const rows = moving.frames.stations.map((one) => ({
    unit: one.station,
    cells: [one.name, one.values[moving.at] ?? null, ...kind(one.synthetic)],
  }));
  rows.sort(
    (a, b) => Number(b.cells[1] ?? Number.NEGATIVE_INFINITY) - Number(a.cells[1] ?? Number.NEGATIVE_INFINITY),
  );
  const columns = [name, value, ...ofSeries];
  const lines = [
    ['station', ...columns.map((each) => each.title)],
    ...rows.map(({ unit: id, cells }) => [id, ...cells]),
  ];
  URL.revokeObjectURL(made);
  made = URL.createObjectURL(
    new Blob([`\ufeff${csv(lines as string[][])}`], { type: 'text/csv;charset=utf-8' }),
  );
  return sheet(columns, rows, made);
}
