/** The words of a map without its server, in Russian and English. */

import type { Language } from '../contract';

interface OfflineWords {
  offline: (when: string) => string;
  offlineHelp: string;
}

export const WORDS: Record<Language, OfflineWords> = {
  ru: {
    offline: (when) => `Нет связи с сервером: показано то, что видели ${when}.`,
    offlineHelp: 'Виденные слои и места открываются; новое появится, когда связь вернётся.',
  },
  en: {
    offline: (when) => `The server is out of reach: this is what was seen on ${when}.`,
    offlineHelp: 'Layers and places that were seen open as before; the rest comes with the connection.',
  },
};
