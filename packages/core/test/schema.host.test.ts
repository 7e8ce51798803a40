import { ConfigError, FormatError } from '@rddpm/core';
import { configSchema, merged, parsed, parseJson } from '@rddpm/core/schema';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';

const point = z.strictObject({ x: z.number(), y: z._default(z.number(), 1) });

describe('parsed', () => {
  test('fills in defaults', () => {
    expect(parsed('fit: centre', point, { x: 2 })).toEqual({ x: 2, y: 1 });
  });

  test('names every wrong field, in English, after where it was met', () => {
    const parse = () => parsed('fit: centre', point, { x: 'two', y: null, z: 3 });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(/^fit: centre: /);
    expect(parse).toThrow(/expected number, received string\n.*at x/);
    expect(parse).toThrow(/expected number, received null\n.*at y/);
    expect(parse).toThrow(/Unrecognized key: "z"/);
  });
});

describe('parseJson', () => {
  test('reads a text, with defaults', () => {
    expect(parseJson(point, '{"x": 2}', 'a.json')).toEqual({ x: 2, y: 1 });
  });

  test('names the file, and the field where there is one', () => {
    for (const text of ['{', '', '{"y": 2}']) expect(() => parseJson(point, text, 'a.json')).toThrow(FormatError);
    expect(() => parseJson(point, '{', 'a.json')).toThrow('a.json is not JSON');
    expect(() => parseJson(point, '{"y": 2}', 'a.json')).toThrow(/^a\.json is not what it should be:\n.*received undefined\n.*at x/s);
  });
});

describe('configSchema', () => {
  const shape = z.strictObject({
    steps: z._default(z.int(), 10),
    rate: z._default(z.strictObject({ from: z._default(z.number(), 1), to: z._default(z.number(), 0) }), { from: 1, to: 0 }),
  });
  const schema = configSchema(shape, {
    name: 'walk',
    affects: (field) => (field === 'steps' ? 'continuation' : 'fit'),
    check: ({ rate }) => {
      if (rate.to > rate.from) throw new ConfigError(`walk: it must not speed up`);
    },
  });

  test('nothing is the defaults', () => {
    const defaults = { steps: 10, rate: { from: 1, to: 0 } };
    expect([schema.parse(undefined), schema.parse({})]).toEqual([defaults, defaults]);
  });

  test('what is left out is as before, at every depth, and before stays as it was', () => {
    const before = schema.parse({ steps: 5, rate: { from: 3 } });
    expect(schema.parse({ rate: { to: 2 } }, before)).toEqual({ steps: 5, rate: { from: 3, to: 2 } });
    expect(schema.parse({ steps: undefined }, before)).toEqual(before);
    expect(before).toEqual({ steps: 5, rate: { from: 3, to: 0 } });
  });

  test('a method may say itself what is parsed', () => {
    const doubling = configSchema(shape, { name: 'double', merge: (_, before) => ({ steps: 2 * (before?.steps ?? 1) }) });
    expect(doubling.parse({}, doubling.parse({})).steps).toBe(4);
  });

  test('what does not go together is refused, whether given or left from before', () => {
    expect(() => schema.parse({ rate: { to: 2 } })).toThrow('walk: it must not speed up');
    expect(() => schema.parse({ rate: { from: 1 } }, schema.parse({ rate: { from: 3, to: 2 } }))).toThrow('walk: it must not speed up');
  });

  test('refuses by name what is no object, is unknown or is of another type', () => {
    for (const value of [7, 'fast', null, []]) expect(() => schema.parse(value)).toThrow(ConfigError);
    expect(() => schema.parse([1])).toThrow('walk: its config is [1]; it must be an object');
    expect(() => schema.parse({ rate: { form: 1 } })).toThrow(/^walk: .*"form"\n.*at rate/);
    expect(() => schema.parse({ steps: 1.5 })).toThrow(/^walk: .*expected int.*\n.*at steps/);
  });

  test('says what a change of a field calls for: a new fit, unless it is told otherwise', () => {
    expect([schema.affects('steps'), schema.affects('rate.to')]).toEqual(['continuation', 'fit']);
    expect(configSchema(shape, { name: 'walk' }).affects('steps')).toBe('fit');
  });

  test('its JSON schema is of what may be given: with defaults nothing is required', () => {
    expect(schema.json).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: { steps: { type: 'integer', default: 10 }, rate: { properties: { to: { type: 'number', default: 0 } } } },
    });
    expect(schema.json).not.toHaveProperty('required');
  });

  test('fields that JSON schema has no words for may hold anything', () => {
    const odd = configSchema(z.strictObject({ any: z.pipe(z.unknown(), z.transform(String)), when: z.date() }), { name: 'odd' });
    expect(odd.json.properties).toEqual({ any: {}, when: {} });
  });
});

describe('merged', () => {
  test('replaces fields at every depth, and lists whole', () => {
    const before = { a: 1, b: { c: [1, 2], d: { e: 3, f: 4 } } };
    expect(merged(before, { b: { c: [5], d: { e: 6 } }, g: 7 })).toEqual({ a: 1, b: { c: [5], d: { e: 6, f: 4 } }, g: 7 });
  });

  test('undefined changes nothing; null is a value', () => {
    expect(merged({ a: 1, b: { c: 2 } }, { a: undefined, b: { c: null } })).toEqual({ a: 1, b: { c: null } });
    expect(merged({ a: 1 }, undefined)).toEqual({ a: 1 });
    expect([merged(undefined, { a: 1 }), merged(null, { a: 1 }), merged({ a: 1 }, null)]).toEqual([{ a: 1 }, { a: 1 }, null]);
  });

  test('what has another name is replaced whole; of the same name, or of none, it is changed', () => {
    const before = { loss: { name: 'huber', delta: 0.5 } };
    expect(merged(before, { loss: { name: 'lts' } })).toEqual({ loss: { name: 'lts' } });
    expect(merged(before, { loss: { name: 'huber', scale: 1 } })).toEqual({ loss: { name: 'huber', delta: 0.5, scale: 1 } });
    expect(merged(before, { loss: { delta: 0.1 } })).toEqual({ loss: { name: 'huber', delta: 0.1 } });
  });
});
