/** How large the marks of a crowd are. */

/** From this zoom on, marks have their full size; the farther off, the smaller. */
const NEAR_ZOOM = 9;
const SMALLEST = 0.45;

/** The part of its size that a mark is drawn in: a crowd seen from afar would be one blot. */
export const markScale = (zoom: number): number =>
  Math.min(1, Math.max(SMALLEST, 1 - (NEAR_ZOOM - zoom) * 0.14));
