/** What the browser remembers of a reader's choices. Storage may be closed to the page: then nothing is kept. */

export type Choice = 'lang' | 'theme' | 'hints';

const key = (choice: Choice): string => `altaigis.${choice}`;

export function recall(choice: Choice): string | null {
  try {
    return localStorage.getItem(key(choice));
  } catch {
    return null;
  }
}

/** Whether it could be kept. */
export function remember(choice: Choice, value: string): boolean {
  try {
    localStorage.setItem(key(choice), value);
    return true;
  } catch {
    return false;
  }
}
