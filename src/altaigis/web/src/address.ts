/** The address bar: it always says what is seen, and the page follows it when somebody changes it. */

import { formatState, type Reading, readState, type State } from './state';

export class Address {
  constructor(
    private readonly state: () => State,
    private readonly open: (state: State, unread: readonly string[]) => Promise<void>,
  ) {}

  read(): Reading {
    return readState(location.hash);
  }

  write(): void {
    const url = new URL(location.href);
    // The language has moved into the hash; `?lang=` would win over a later choice.
    url.searchParams.delete('lang');
    url.hash = formatState(this.state());
    history.replaceState(null, '', url);
  }

  follow(): void {
    window.addEventListener('hashchange', () => {
      const { state, unread } = this.read();
      void this.open(state, unread);
    });
  }
}
