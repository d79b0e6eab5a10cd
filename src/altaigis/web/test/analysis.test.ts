import { describe, expect, it } from 'vitest';
import { collect, fieldOf, type InputDescription, inputFields } from '../src/analysis/fields';
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
      ['several', 'indicator'],
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
