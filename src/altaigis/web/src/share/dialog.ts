/** The dialog of all ways to take the map along. */

import './share.css';
import { h } from '../dom';
import type { Bounds } from '../map/view';
import { save } from '../station/picture';
import {
  type Download,
  embedSnippet,
  fileName,
  indicatorDownloads,
  layerDownloads,
  snapshotAddress,
} from './links';
import { picture } from './picture';
import type { Print } from './print';
import type { Scene } from './scene';
import { type Paper, type ShareWords, type Size, WORDS } from './words';

/** How long a button says that something has been done. */
const SAID_MS = 2000;

export function openDialog(scene: Scene, print: Print): void {
  const { language } = scene.desk;
  const t = WORDS[language];
  const title = h('input', { type: 'text', id: 'share-title', maxlength: 200, 'data-testid': 'share-title' });
  title.value = scene.title;
  const close = h(
    'button',
    { type: 'button', class: 'share-close', 'aria-label': t.close, title: t.close },
    '×',
  );
  const dialog = h(
    'dialog',
    { class: 'share-dialog', 'data-testid': 'share-dialog', 'aria-labelledby': 'share-heading' },
    h('header', {}, h('h2', { id: 'share-heading' }, t.share), close),
    h(
      'div',
      { class: 'share-body' },
      part(t.link, copied(location.href, 'share-link', t)),
      h('section', {}, h('label', { for: 'share-title' }, h('h3', {}, t.title)), title),
      part(t.picture, ...pictures(scene, title, t)),
      part(t.print, ...papers(t, (paper) => leave(() => print.print(title.value, paper)))),
      part(t.file, h('p', {}, t.fileAbout), file(title, t)),
      part(t.data, data(scene, t)),
      part(t.embed, h('p', {}, t.embedAbout), ...snippet(title, t)),
    ),
  );
  const leave = (then: () => Promise<void>) => {
    dialog.close();
    void then();
  };
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  // Keys typed here are not the map's.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

const part = (title: string, ...content: (Node | null)[]): HTMLElement =>
  h('section', {}, h('h3', {}, title), ...content);

/** A text that is there to be copied. */
function copied(text: string, testid: string, t: ShareWords): HTMLElement {
  const input = h('input', { type: 'text', readonly: true, 'aria-label': t.link, 'data-testid': testid });
  input.value = text;
  input.addEventListener('focus', () => input.select());
  return h('div', { class: 'share-row' }, input, copyButton(input, testid, t));
}

function copyButton(
  source: HTMLInputElement | HTMLTextAreaElement,
  testid: string,
  t: ShareWords,
): HTMLButtonElement {
  const button = h(
    'button',
    { type: 'button', 'data-testid': `${testid}-copy`, 'aria-live': 'polite' },
    t.copy,
  );
  button.addEventListener('click', async () => {
    source.select();
    if (!(await isCopied(source.value))) return;
    button.textContent = t.copied;
    setTimeout(() => {
      button.textContent = t.copy;
    }, SAID_MS);
  });
  return button;
}

/** Without a secure address there is no clipboard, and what is selected is copied the old way. */
async function isCopied(text: string): Promise<boolean> {
  if (!navigator.clipboard) return document.execCommand('copy');
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}

function choice<T extends string>(
  label: string,
  options: Record<T, string>,
  testid: string,
): [HTMLElement, () => T] {
  const select = h(
    'select',
    { 'aria-label': label, 'data-testid': testid },
    ...Object.entries<string>(options).map(([value, text]) => h('option', { value }, text)),
  );
  return [select, () => select.value as T];
}

function pictures(scene: Scene, title: HTMLInputElement, t: ShareWords): HTMLElement[] {
  const [select, size] = choice<Size>(t.size, t.sizes, 'share-size');
  const failed = h('p', { class: 'share-failed', role: 'alert' });
  const button = h('button', { type: 'button', 'data-testid': 'share-png' }, t.savePicture);
  button.addEventListener('click', async () => {
    button.disabled = true;
    button.textContent = t.drawing;
    failed.textContent = '';
    try {
      save(await picture(scene, title.value, size()), fileName(title.value, 'png', scene.desk.language));
    } catch {
      failed.textContent = t.pictureFailed;
    }
    button.disabled = false;
    button.textContent = t.savePicture;
  });
  return [h('div', { class: 'share-row' }, select, button), failed];
}

function papers(t: ShareWords, print: (paper: Paper) => void): HTMLElement[] {
  const [select, paper] = choice<Paper>(t.paper, t.papers, 'share-paper');
  const click = () => print(paper());
  const button = h('button', { type: 'button', 'data-testid': 'share-print', click }, t.printNow);
  return [h('div', { class: 'share-row' }, select, button)];
}

function file(title: HTMLInputElement, t: ShareWords): HTMLElement {
  const link = h('a', { class: 'share-button', 'data-testid': 'share-html', download: true }, t.saveFile);
  const follow = () => {
    link.href = snapshotAddress(location.hash, title.value);
  };
  title.addEventListener('input', follow);
  follow();
  return link;
}

function data(scene: Scene, t: ShareWords): HTMLElement {
  const rows = h('tbody', {});
  const { view } = scene.desk;
  const seen = view.leaflet.getBounds();
  const box: Bounds = [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()].map(
    (degrees) => Math.round(degrees * 1e4) / 1e4,
  ) as Bounds;
  const fill = (inView: boolean) => {
    const wanted = inView ? box : null;
    const { indicator } = scene;
    rows.replaceChildren(
      ...(indicator
        ? [
            row(
              indicator.numbers.title,
              indicatorDownloads(indicator.choice, indicator.numbers.classes.period, wanted),
            ),
          ]
        : []),
      ...scene.collections.map((collection) => row(collection.title, layerDownloads(collection, wanted))),
    );
  };
  const [select, which] = choice(t.part, { whole: t.whole, view: t.inView }, 'share-part');
  select.addEventListener('change', () => fill(which() === 'view'));
  fill(false);
  return h('div', { 'data-testid': 'share-data' }, select, h('table', {}, rows));
}

const row = (title: string, downloads: Download[]): HTMLElement =>
  h(
    'tr',
    {},
    h('th', { scope: 'row' }, title),
    ...downloads.map(({ text, href }) =>
      h('td', {}, h('a', { href, download: true, 'aria-label': `${title}: ${text}` }, text)),
    ),
  );

function snippet(title: HTMLInputElement, t: ShareWords): HTMLElement[] {
  const area = h('textarea', {
    readonly: true,
    rows: 3,
    'aria-label': t.embed,
    'data-testid': 'share-embed',
  });
  const follow = () => {
    area.value = embedSnippet(location.hash, title.value);
  };
  title.addEventListener('input', follow);
  follow();
  area.addEventListener('focus', () => area.select());
  return [area, copyButton(area, 'share-embed', t)];
}
