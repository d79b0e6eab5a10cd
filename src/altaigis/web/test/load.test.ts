/** What is loaded of indicators, once and ahead. */

import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as api from '../src/api';
import type { Choice } from '../src/thematic/choice';
import { Loader } from '../src/thematic/load';

vi.mock('../src/api', () => ({
  indicator: vi.fn(async () => ({ attribution: 'Rosstat' })),
  indicatorClasses: vi.fn(async (_: string, { period }: { period: number }) => ({ period, breaks: [] })),
  indicatorValues: vi.fn(async (_: string, { period }: { period: number }) => ({ period, values: [] })),
}));

const choice = (period: number): Choice => ({ code: 'wage_total', period }) as Choice;
const asked = () => vi.mocked(api.indicatorValues).mock.calls.map(([, query]) => query.period);

describe('a loader', () => {
  beforeEach(() => vi.clearAllMocks());

  it('asks once for what it was to have at hand', async () => {
    const loader = new Loader();
    loader.expect([choice(2022), choice(2024)], 'ru');
    await loader.load(choice(2024), 'ru');
    loader.expect([choice(2022), choice(2024)], 'ru');
    expect(asked()).toEqual([2022, 2024]);
  });

  it('keeps languages apart, and forgets what is not expected any more', async () => {
    const loader = new Loader();
    loader.expect([choice(2022)], 'ru');
    await loader.load(choice(2022), 'en');
    loader.expect([], 'ru');
    await loader.load(choice(2022), 'ru');
    expect(asked()).toEqual([2022, 2022, 2022]);
  });

  it('asks again for what could not be had', async () => {
    const loader = new Loader();
    vi.mocked(api.indicatorValues).mockRejectedValueOnce(new Error('away'));
    loader.expect([choice(2022)], 'ru');
    await expect(loader.load(choice(2022), 'ru')).rejects.toThrow('away');
    await loader.load(choice(2022), 'ru');
    expect(asked()).toEqual([2022, 2022]);
  });
});
