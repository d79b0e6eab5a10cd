import { describe, expect, it } from 'vitest';
import { collect, daysOf, fieldOf, type InputDescription, inputFields } from '../src/analysis/fields';
import { watch } from '../src/analysis/jobs';
import { ApiError } from '../src/api';
import type { Job } from '../src/contract';

const variable = {
  anyOf: [{ type: 'string' }, { type: 'object', properties: { indicator: { type: 'string' } } }],
};
const inputs: Record<string, InputDescription> = {
  units: {
    title: 'Units',
    minOccurs: 0,
    schema: { type: 'string', default: 'districts', 'x-role': 'polygons' },
  },
  variable: { title: 'Variable', minOccurs: 1, schema: variable },
  several: { title: 'Several', minOccurs: 1, schema: { type: 'array', items: variable } },
  neighbours: {
    title: 'Neighbours',
    minOccurs: 0,
    schema: {
      type: 'object',
      properties: {
        kind: {
          type: 'string',
          enum: ['queen', 'rook'],
          default: 'queen',
          'x-choices': { queen: 'border or corner' },
        },
        count: { type: 'integer', minimum: 1, maximum: 100, default: 5 },
      },
    },
  },
  odd: { title: 'Odd', minOccurs: 0, schema: { type: 'array', items: { type: 'number' } } },
};

describe('the form of an analysis', () => {
  const fields = inputFields(inputs);

  it('has a field for each input that has a simple form', () =>
    expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
      ['units', 'layer'],
      ['variable', 'indicator'],
      ['several', 'indicators'],
      ['neighbours', 'group'],
    ]));

  it('names choices, and keeps those without a name', () =>
    expect(fieldOf('kind', inputs.neighbours?.schema.properties?.kind ?? {})).toMatchObject({
      options: [
        ['queen', 'border or corner'],
        ['rook', 'rook'],
      ],
    }));

  it('sends what is not as usual', () =>
    expect(
      collect(fields, {
        units: 'districts',
        variable: { indicator: 'wage_total', period: 2024 },
        several: [],
        neighbours: { kind: 'queen', count: 7 },
      }),
    ).toEqual({ variable: { indicator: 'wage_total', period: 2024 }, neighbours: { count: 7 } }));
});

describe('fields that choose from names', () => {
  const observed = {
    title: 'Observations',
    type: 'object',
    properties: {
      parameter: { type: 'string', 'x-role': 'parameter' },
      datetime: { type: 'string', 'x-role': 'days' },
    },
    required: ['parameter'],
  };
  const field = {
    title: 'Field',
    type: 'object',
    properties: { field: { type: 'string', 'x-role': 'field' } },
  };

  it('have a form for each of several ways to say it', () => {
    const values = fieldOf('values', { oneOf: [observed, field] });
    expect(values).toMatchObject({
      kind: 'either',
      forms: [
        {
          title: 'Observations',
          fields: [
            { kind: 'name', role: 'parameter', required: true },
            { kind: 'days', required: false },
          ],
        },
        { title: 'Field', fields: [{ kind: 'name', role: 'field' }] },
      ],
    });
  });

  it('know parts of an index by their weights', () => {
    const part = { type: 'object', properties: { variable, weight: { type: 'number' } } };
    const weighed = { type: 'array', minItems: 2, items: { anyOf: [...variable.anyOf, part] } };
    expect(fieldOf('indicators', weighed)).toMatchObject({ kind: 'indicators', weighed: true, least: 2 });
    expect(fieldOf('indicators', { type: 'array', items: variable })).toMatchObject({ weighed: false });
  });

  it('tell nothing apart from what is usual, where nothing means something', () => {
    const within = { type: 'string', 'x-role': 'polygons', nullable: true, default: 'krai' };
    const cell = { type: 'number', nullable: true };
    const fields = inputFields({
      within: { title: '', minOccurs: 0, schema: within },
      cell: { title: '', minOccurs: 0, schema: cell },
    });
    expect(collect(fields, { within: null, cell: null })).toEqual({ within: null });
    expect(collect(fields, { within: 'krai', cell: 5 })).toEqual({ cell: 5 });
  });

  it.each([
    ['2023', '2023-01-01', '2023-12-31'],
    ['2024-02', '2024-02-01', '2024-02-29'],
    ['2023-07-15', '2023-07-15', '2023-07-15'],
    ['2023-07/2023-08-10', '2023-07-01', '2023-08-10'],
  ])('read %s as days', (text, first, last) => expect(daysOf(text)).toEqual([first, last]));
});

describe('a run that is watched', () => {
  const job = (status: Job['status']): Job => ({
    jobID: 'j',
    processID: 'p',
    status,
    message: '',
    links: [],
  });

  it('is told until it has ended, and a server that is away is waited for', async () => {
    const answers: (Job | ApiError)[] = [job('running'), new ApiError('away', null), job('successful')];
    const told: string[] = [];
    const ask = async () => {
      const answer = answers.shift();
      if (!answer || answer instanceof ApiError) throw answer;
      return answer;
    };
    const ended = await watch(ask, (now) => told.push(now.status), new AbortController().signal);
    expect(ended?.status).toBe('successful');
    expect(told).toEqual(['running', 'successful']);
  });

  it('fails where the server refuses', () =>
    expect(
      watch(
        () => Promise.reject(new ApiError('gone', 404)),
        () => undefined,
        new AbortController().signal,
      ),
    ).rejects.toThrow('gone'));
});
