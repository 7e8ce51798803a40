import { ConfigError } from '@rddpm/core';
import { expect, test } from 'vitest';
import { parseSelection } from '../src/index.ts';

test('a selection that is unknown or out of range is refused by field', () => {
  const refused = (config: unknown) => expect(() => parseSelection(config, '--selection'));
  refused({ name: 'concentrate' }).toThrow(ConfigError);
  refused({ name: 'concentrate' }).toThrow(/--selection: .*expected "concentrated"/);
  refused({ name: 'concentrated', keep: 1.5 }).toThrow(/keep/);
  refused({ name: 'concentrated', every: 0 }).toThrow(/every/);
  refused({ name: 'concentrated', often: 1 }).toThrow(/often/);
});
