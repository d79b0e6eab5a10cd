/** A part of the page with a share in its state: what it shows is in the address, in both languages. */

import type { State } from './state';

export interface Piece {
  /** Its share in the state of the page. */
  readonly state: State;
  /** Come into a state; what cannot be had comes back, as the link names it. */
  open(state: State): Promise<string[]>;
  /** Say everything again in the language of the moment. */
  speak(): void | Promise<void>;
}
