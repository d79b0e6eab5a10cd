/** What every part of the page works with: the map, the words of the moment, and the ways to tell of work and trouble. */

import { ApiError } from './api';
import type { Language } from './contract';
import { MESSAGES, type Messages } from './i18n';
import type { MapView } from './map/view';
import { Loading, Notices } from './notices';

export class Desk {
  readonly loading = new Loading();
  readonly notices = new Notices();

  constructor(
    readonly view: MapView,
    public language: Language,
  ) {}

  get t(): Messages {
    return MESSAGES[this.language];
  }

  /** Show that something is on its way. */
  during<T>(work: Promise<T>): Promise<T> {
    return this.loading.during(work, this.t.loading);
  }

  /** Whether the server answers with what nothing can be done without; if it does not, that is said. */
  async reaches(asked: Promise<unknown>, retry: () => void): Promise<boolean> {
    try {
      await this.during(asked);
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      this.notices.show('server', { what: this.t.serverAway, help: this.t.serverAwayHelp, retry }, this.t);
      return false;
    }
    this.notices.dismiss('server');
    return true;
  }

  /** Say which layers could not be had, why the first could not, and that the rest still works; none: all is well. */
  layersFailed(titles: readonly string[], cause: unknown, retry: () => void): void {
    if (titles.length === 0) {
      this.notices.dismiss('layers');
      return;
    }
    const what = this.t.layersFailed(titles);
    const help = this.t.layerFailedHelp(this.reason(cause));
    this.notices.show('layers', { what, help, retry }, this.t);
  }

  /** Say that a feature could not be had, and why. */
  featureFailed(cause: unknown): void {
    this.notices.show('feature', { what: this.t.featureFailed, help: this.reason(cause) }, this.t);
  }

  /** Why something could not be had. */
  reason(cause: unknown): string {
    const status = cause instanceof ApiError ? cause.status : null;
    if (status === null) return this.t.reasonAway;
    return status < 400 ? this.t.reasonUnread : this.t.reasonStatus(status);
  }
}
