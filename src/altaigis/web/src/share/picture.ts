/** The map as a picture: with its title above, legend, scale and north on it, sources, date and link below. */

import { date } from '../format';
import { linesOf } from '../lines';
import { paint, type Surface } from './paint';
import type { Scene } from './scene';
import { footOf, HEAD, LINE, MARGIN, mapOn, type Sheet, sheetOf } from './sheet';
import { settled, stage } from './stage';
import { type Size, WORDS } from './words';

const FAMILY = '"Golos Text", system-ui, sans-serif';

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export async function picture(scene: Scene, title: string, size: Size): Promise<Blob> {
  const { view } = scene.desk;
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser draws no pictures');
  const { width, height } = view.leaflet.getContainer().getBoundingClientRect();
  const told = foot(scene, context, sheetOf(size, { width, height }, 1).width - 2 * MARGIN);
  const sheet = sheetOf(size, { width, height }, told.length);
  canvas.width = Math.round(sheet.width * sheet.dots);
  canvas.height = Math.round(sheet.height * sheet.dots);
  const back = size === 'screen' ? () => {} : stage(view, mapOn(sheet, told.length));
  try {
    await settled(view);
    compose({ context, dots: sheet.dots }, scene, sheet, title, told);
  } finally {
    back();
  }
  return new Promise((done, failed) => {
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error('the picture is empty'))), 'image/png');
  });
}

function foot(scene: Scene, context: CanvasRenderingContext2D, width: number): string[] {
  const t = WORDS[scene.desk.language];
  context.font = `11px ${FAMILY}`;
  const measure = (text: string) => context.measureText(text).width;
  const day = date(new Date().toISOString().slice(0, 10), scene.desk.language);
  return [
    ...linesOf(`${t.sources}: ${scene.sources.join(' · ')}`, width, measure),
    ...linesOf(`${t.madeOn(day)} · ${decodeURI(location.href)}`, width, measure).flatMap((line) =>
      pieces(line, width, measure),
    ),
  ];
}

/** An address has no spaces to be broken at. */
function pieces(line: string, width: number, measure: (text: string) => number): string[] {
  let end = line.length;
  while (end > 1 && measure(line.slice(0, end)) > width) end -= 1;
  return end === line.length ? [line] : [line.slice(0, end), ...pieces(line.slice(end), width, measure)];
}

function compose(surface: Surface, scene: Scene, sheet: Sheet, title: string, told: readonly string[]): void {
  const { context, dots } = surface;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name);
  const box = { left: MARGIN, top: HEAD, ...mapOn(sheet, told.length) };
  context.scale(dots, dots);
  context.fillStyle = colour('--paper');
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.fillStyle = colour('--ink');
  context.font = `600 18px ${FAMILY}`;
  context.fillText(title, MARGIN, 31, sheet.width - 2 * MARGIN);
  paintMap(surface, scene, box);
  paintLegend(surface, scene, sheet, box);
  paintScale(context, scene, box, colour);
  paintNorth(context, WORDS[scene.desk.language].north, box, colour);
  context.font = `11px ${FAMILY}`;
  context.fillStyle = colour('--quiet');
  const top = sheet.height - footOf(told.length) + 18;
  for (const [at, line] of told.entries()) context.fillText(line, MARGIN, top + at * LINE);
}

function paintMap(surface: Surface, scene: Scene, box: Box): void {
  const { context } = surface;
  const container = scene.desk.view.leaflet.getContainer();
  const { left, top } = container.getBoundingClientRect();
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  context.fillStyle = getComputedStyle(container).backgroundColor;
  context.fillRect(box.left, box.top, box.width, box.height);
  context.translate(box.left - left, box.top - top);
  const { tooltipPane, popupPane } = scene.desk.view.leaflet.getPanes();
  const panes = [...container.querySelectorAll('.leaflet-map-pane > .leaflet-pane')]
    .filter((pane) => pane !== tooltipPane && pane !== popupPane)
    .sort((a, b) => Number(getComputedStyle(a).zIndex) - Number(getComputedStyle(b).zIndex));
  for (const pane of panes) paint(surface, pane);
  context.restore();
}

/** Beside the map, or in its corner where the sheet is high; smaller where there is not as much room. */
function paintLegend(surface: Surface, scene: Scene, sheet: Sheet, box: Box): void {
  const { context } = surface;
  const key = scene.key();
  document.body.append(key);
  const { left, top, width, height } = key.getBoundingClientRect();
  const isBeside = sheet.width > sheet.height;
  const scale = Math.min(1, box.height / height / (isBeside ? 1 : 1.6));
  context.save();
  if (isBeside) context.translate(box.left + box.width + 12, box.top);
  else
    context.translate(box.left + box.width - width * scale - 12, box.top + box.height - height * scale - 12);
  context.scale(scale, scale);
  context.translate(-left, -top);
  paint(surface, key);
  context.restore();
  key.remove();
}

type Colours = (name: string) => string;

function paintScale(context: CanvasRenderingContext2D, scene: Scene, box: Box, colour: Colours): void {
  const line = scene.desk.view.leaflet
    .getContainer()
    .querySelector<HTMLElement>('.leaflet-control-scale-line');
  const width = line ? Number.parseFloat(line.style.width) : 0;
  if (!line || !width) return;
  const [left, foot] = [box.left + 12, box.top + box.height - 12];
  context.fillStyle = colour('--veil');
  context.fillRect(left - 4, foot - 22, width + 8, 26);
  context.strokeStyle = context.fillStyle = colour('--ink');
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left, foot - 6);
  context.lineTo(left, foot);
  context.lineTo(left + width, foot);
  context.lineTo(left + width, foot - 6);
  context.stroke();
  context.font = `12px ${FAMILY}`;
  context.fillText(line.textContent, left + 4, foot - 8);
}

function paintNorth(context: CanvasRenderingContext2D, letter: string, box: Box, colour: Colours): void {
  const [x, y] = [box.left + box.width - 26, box.top + 14];
  context.fillStyle = colour('--veil');
  context.beginPath();
  context.roundRect(x - 14, y - 6, 28, 48, 6);
  context.fill();
  context.fillStyle = colour('--ink');
  context.fill(new Path2D(`M${x} ${y}l7 20-7-5-7 5z`));
  context.font = `600 12px ${FAMILY}`;
  context.textAlign = 'center';
  context.fillText(letter, x, y + 36);
  context.textAlign = 'left';
}
