/** Points that fall on one place are moved apart, so that each can be seen and clicked. No DOM here. */

export interface Spot {
  x: number;
  y: number;
  /** How much room the mark takes, pixels. */
  radius: number;
}

const ROUNDS = 40;
/** Closer than this, pixels, two places are one. */
const SAME = 1;
/** Air between neighbours, as a share of their radii. */
const AIR = 1.2;

const apart = (a: Spot, b: Spot): number => (a.radius + b.radius) * AIR;

/** Where to draw each spot: where it is, or beside it where others are in the way. */
export function spread(spots: readonly Spot[]): Spot[] {
  const placed = spots.map((spot) => ({ ...spot }));
  for (const group of coincident(placed)) ring(group);
  // A sweep from the west: only those within reach of each other are compared.
  const reach = 2 * AIR * Math.max(0, ...placed.map(({ radius }) => radius));
  for (let round = 0; round < ROUNDS; round++) if (!pushApart(placed, reach)) break;
  return placed;
}

function coincident(spots: readonly Spot[]): Spot[][] {
  const groups = new Map<string, Spot[]>();
  for (const spot of spots) {
    const key = `${Math.round(spot.x / SAME)} ${Math.round(spot.y / SAME)}`;
    const group = groups.get(key);
    if (group) group.push(spot);
    else groups.set(key, [spot]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

/** Around the place itself, which stays free in the middle. */
function ring(group: Spot[]): void {
  const side = AIR * 2 * Math.max(...group.map(({ radius }) => radius));
  const radius = side / 2 / Math.sin(Math.PI / group.length);
  group.forEach((spot, i) => {
    // Two stand side by side, more begin at the top.
    const angle = (2 * Math.PI * i) / group.length - (group.length === 2 ? Math.PI : Math.PI / 2);
    spot.x += radius * Math.cos(angle);
    spot.y += radius * Math.sin(angle);
  });
}

/** One round of pushing; false when none was needed. */
function pushApart(spots: Spot[], reach: number): boolean {
  const row = [...spots].sort((a, b) => a.x - b.x);
  let pushed = false;
  row.forEach((a, i) => {
    for (const b of row.slice(i + 1)) {
      if (b.x - a.x > reach) break;
      const [dx, dy] = [b.x - a.x, b.y - a.y];
      const distance = Math.hypot(dx, dy);
      const lacking = apart(a, b) - distance;
      if (lacking < 0.1) continue;
      const [ux, uy] = distance > 0.01 ? [dx / distance, dy / distance] : [1, 0];
      a.x -= (ux * lacking) / 2;
      a.y -= (uy * lacking) / 2;
      b.x += (ux * lacking) / 2;
      b.y += (uy * lacking) / 2;
      pushed = true;
    }
  });
  return pushed;
}
