import { PbfWriter } from 'pbf';
import { describe, expect, it } from 'vitest';
import { markScale } from '../src/map/crowd/size';
import { EMPTY, readTile, type Shape, shapesAt } from '../src/map/crowd/tile';

const [POINT, AREA] = [1, 3];
const zigzag = (value: number) => (value << 1) ^ (value >> 31);

/** A tile with one layer: a point at 100, 200 and a square of 1000 units with a hole. */
function tile(layer: string): ArrayBuffer {
  const moveTo = (x: number, y: number) => [(1 << 3) | 1, zigzag(x), zigzag(y)];
  const square = (x: number, y: number, side: number, clockwise: boolean) => {
    const steps = clockwise
      ? [
          [side, 0],
          [0, side],
          [-side, 0],
        ]
      : [
          [0, side],
          [side, 0],
          [0, -side],
        ];
    return [...moveTo(x, y), (3 << 3) | 2, ...steps.flat().map(zigzag), (1 << 3) | 7];
  };
  // Each ring begins where the pen was left: the outer one at 0, 1000.
  const hole = square(250, -750, 500, false);
  const features = [
    { kind: POINT, geometry: moveTo(100, 200), tags: [0, 0] },
    { kind: AREA, geometry: [...square(0, 0, 1000, true), ...hole], tags: [0, 1] },
  ];
  const pbf = new PbfWriter();
  pbf.writeMessage(
    3,
    (_: unknown, out: PbfWriter) => {
      out.writeVarintField(15, 2);
      out.writeStringField(1, layer);
      for (const { kind, geometry, tags } of features)
        out.writeMessage(
          2,
          (_none: unknown, feature: PbfWriter) => {
            feature.writePackedVarint(2, tags);
            feature.writeVarintField(3, kind);
            feature.writePackedVarint(4, geometry);
          },
          null,
        );
      out.writeStringField(3, 'place_id');
      for (const value of ['a', 'b'])
        out.writeMessage(4, (text: string, one: PbfWriter) => one.writeStringField(1, text), value);
      out.writeVarintField(5, 4096);
    },
    null,
  );
  return new Uint8Array(pbf.finish()).buffer;
}

describe('a tile', () => {
  it('gives the features of its layer, each with its identity', () => {
    const { extent, shapes } = readTile(tile('crowd'), 'crowd', 'place_id');
    expect(extent).toBe(4096);
    expect(shapes.map(({ kind, feature }) => [kind, feature.id])).toEqual([
      ['point', 'a'],
      ['area', 'b'],
    ]);
    expect(shapes[0]?.rings[0]?.[0]).toMatchObject({ x: 100, y: 200 });
  });

  it('is empty without bytes, and without the layer', () => {
    expect(readTile(new ArrayBuffer(0), 'crowd', 'place_id')).toBe(EMPTY);
    expect(readTile(tile('other'), 'crowd', 'place_id')).toBe(EMPTY);
  });
});

describe('what lies at a point', () => {
  const { shapes } = readTile(tile('crowd'), 'crowd', 'place_id');
  const at = (x: number, y: number, reach = 5) =>
    shapesAt(shapes, x, y, () => reach).map(({ feature }) => feature.id);

  it('is a point within reach, and the area below it; the last drawn comes first', () => {
    expect(at(103, 204)).toEqual(['b', 'a']);
    expect(at(106, 204)).toEqual(['b']);
  });

  it('is no area where that has a hole, nor beyond it', () => {
    expect(at(500, 500)).toEqual([]);
    expect(at(1001, 10)).toEqual([]);
    expect(at(900, 900)).toEqual(['b']);
  });

  it('is a line as far as its distance, and not beyond its ends', () => {
    const line: Shape = {
      kind: 'line',
      feature: { type: 'Feature', id: 'l', properties: {}, geometry: null },
      rings: [
        [
          { x: 0, y: 0 },
          { x: 100, y: 0 },
        ],
      ],
    };
    const hits = (x: number, y: number) => shapesAt([line], x, y, () => 4).length;
    expect([hits(50, 4), hits(50, 5), hits(103, 0), hits(105, 0)]).toEqual([1, 0, 1, 0]);
  });
});

describe('marks of a crowd', () => {
  it('are whole from near and smaller from afar, never gone', () => {
    expect(markScale(12)).toBe(1);
    expect(markScale(9)).toBe(1);
    expect(markScale(7)).toBeCloseTo(0.72);
    expect(markScale(2)).toBe(0.45);
  });
});
