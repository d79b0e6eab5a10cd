/** A passport or a comparison on paper: below the map where there is room, else on one sheet of its own. */

/** Of a sheet of A4 within its margins, CSS pixels; and what the title above and the sources below take of it. */
const SHEET = { width: 716, height: 1040 };
const WORDS = 130;
/** Smaller letters are not read with ease, percent. */
const LEAST = 70;

interface Room {
  width: number;
  height: number;
}

/** The drawer, if it shows what is printed with the map. */
export const told = (): HTMLElement | null =>
  document.querySelector<HTMLElement>('.drawer:not([hidden]):has(.passport, .comparing)');

/** Make all of an element small enough for a room; it stays as wide as that, so that its lines become longer. Whether
 * it fits, `least` percent of its size at least. */
export function fits(element: HTMLElement, { width, height }: Room, least: number): boolean {
  const { style } = element;
  for (let percent = 100; percent >= least; percent -= 4) {
    style.zoom = String(percent / 100);
    style.width = `${(100 * width) / percent}px`;
    // a table may need more than the whole width
    if (element.scrollWidth <= element.clientWidth + 1 && element.getBoundingClientRect().height <= height)
      return true;
  }
  return false;
}

/** Put a drawer below a map of a height that is printed; what is called for puts it back. */
export function below(map: number, key: HTMLElement, drawer: HTMLElement): () => void {
  const place = document.createComment('drawer');
  const body = drawer.querySelector('.drawer-body');
  const { scrollTop = 0 } = body ?? {};
  drawer.before(place);
  key.after(drawer);
  const { width, height } = SHEET;
  if (!fits(drawer, { width, height: height - map - WORDS }, LEAST)) {
    drawer.classList.add('on-its-own');
    fits(drawer, { width, height: height - WORDS }, 30);
  }
  return () => {
    drawer.style.zoom = '';
    drawer.style.width = '';
    drawer.classList.remove('on-its-own');
    place.replaceWith(drawer);
    body?.scrollTo({ top: scrollTop, behavior: 'instant' });
  };
}
