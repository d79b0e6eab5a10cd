/** What is measured, as it comes: the server's events, listened to again whenever they break off. */

export type Line = 'live' | 'away';

const AGAIN_MS = 5000;
/** Many packets come at once: they are told of together. */
const CALM_MS = 600;
const EVENTS = ['observations', 'summary', 'reload'];

export class Live {
  private source: EventSource | null = null;
  private address = '';
  private again = 0;
  private calm = 0;

  constructor(
    private readonly news: () => void,
    private readonly line: (state: Line) => void,
  ) {}

  /** Listen to this address, and to no other. */
  listen(address: string): void {
    if (address === this.address && this.source) return;
    this.stop();
    this.address = address;
    const source = new EventSource(address);
    this.source = source;
    source.addEventListener('open', () => this.line('live'));
    source.addEventListener('error', () => {
      this.line('away');
      // the browser tries again by itself, unless the server has refused
      if (source.readyState !== EventSource.CLOSED) return;
      this.stop();
      this.again = window.setTimeout(() => {
        this.listen(address);
        this.news();
      }, AGAIN_MS);
    });
    for (const name of EVENTS) source.addEventListener(name, () => this.tell());
  }

  stop(): void {
    clearTimeout(this.again);
    clearTimeout(this.calm);
    this.calm = 0;
    this.source?.close();
    this.source = null;
  }

  private tell(): void {
    if (this.calm) return;
    this.calm = window.setTimeout(() => {
      this.calm = 0;
      this.news();
    }, CALM_MS);
  }
}
