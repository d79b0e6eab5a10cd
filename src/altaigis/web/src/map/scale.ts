/** Leaflet's scale bar with the units written in the reader's language. */

import L from 'leaflet';

export class Scale extends L.Control.Scale {
  constructor(
    options: L.Control.ScaleOptions,
    private readonly units: { km: string; m: string },
  ) {
    super(options);
  }

  /** Leaflet's own method of this name writes "km" and "m" whatever the language. */
  protected _updateScale(line: HTMLElement, text: string, ratio: number): void {
    const { maxWidth = 100 } = this.options;
    line.style.width = `${Math.round(maxWidth * ratio)}px`;
    line.textContent = text.replace(/k?m$/, (unit) => (unit === 'km' ? this.units.km : this.units.m));
  }
}
