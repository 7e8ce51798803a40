import { ConfigError, FormatError } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { type DatasetLayout, type FileSource, openDataset, type Sample } from '../src/index.ts';
import { memorySource } from './memory-source.ts';

/** Files with an ending are its samples; how sure it is depends on how many of them there are. */
function toy(name: string, ending: string): DatasetLayout {
  const own = (paths: readonly string[]) => paths.filter((path) => path.endsWith(ending));
  return {
    name,
    recognises: (paths) => (paths.length === 0 ? 0 : own(paths).length / paths.length),
    async read(source) {
      const samples = own(await source.list()).map((path): Sample => ({ id: path, path, kind: 'good' }));
      if (samples.length === 0) throw new FormatError(`${name}: no ${ending} in ${source.name}`);
      return { samples, problems: [{ severity: 'warning', path: '', message: `read as ${name}` }] };
    },
    truth: async () => undefined,
  };
}
const png = toy('png', '.png');
const jpg = toy('jpg', '.jpg');
const holding = (...paths: string[]): FileSource => ({
  ...memorySource(Object.fromEntries(paths.map((path) => [path, null])), 'parts'),
  read: (path) => Promise.reject(new FormatError(`${path.slice(0, -1)} is locked`)),
});

describe('the layout', () => {
  test('is the one that recognises the names best; its samples and problems are handed on', async () => {
    const source = holding('a.png', 'b.jpg', 'c.jpg');
    for (const layouts of [
      [png, jpg],
      [jpg, png],
    ]) {
      const opened = await openDataset(source, { layouts });
      expect(opened.layout).toBe(jpg);
      expect(opened.samples.map(({ path }) => path)).toEqual(['b.jpg', 'c.jpg']);
      expect(opened.problems).toEqual([{ severity: 'warning', path: '', message: 'read as jpg' }]);
    }
  });

  test('is the named one, however badly it fits', async () => {
    const opened = await openDataset(holding('a.png', 'b.jpg', 'c.jpg'), { layouts: [png, jpg], layout: 'png' });
    expect(opened.layout).toBe(png);
    expect(opened.samples).toHaveLength(1);
  });

  test('may not be one that nobody knows', async () => {
    const opening = openDataset(holding('a.png'), { layouts: [png, jpg], layout: 'tiff' });
    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow("openDataset: layout is 'tiff'; it must be one of png, jpg");
  });
});

test('what the layout leaves out is handed on, and nothing where it says nothing', async () => {
  const leftOut = [{ reason: 'hidden', paths: ['.a'] }];
  const telling: DatasetLayout = { ...png, read: async (source) => ({ ...(await png.read(source)), leftOut }) };
  expect((await openDataset(holding('a.png'), { layouts: [telling] })).leftOut).toEqual(leftOut);
  expect((await openDataset(holding('a.png'), { layouts: [png] })).leftOut).toEqual([]);
});

test('folders that could not be opened, and images of one name, are errors whatever the layout says', async () => {
  const { problems } = await openDataset(holding('a.png', 'A.png', 'shut/', '.cache/'), { layouts: [png] });
  expect(problems.map(({ severity, path, message }) => `${severity} ${path} ${message.split(';')[0]}`)).toEqual([
    'warning  read as png',
    "error shut/ can't be opened: shut is locked",
    'error a.png and A.png are called a.png and A.png',
  ]);
});

describe('throws FormatError', () => {
  const refuses = async (opening: Promise<unknown>, message: string) => {
    await expect(opening).rejects.toThrow(FormatError);
    await expect(opening).rejects.toThrow(message);
  };

  test('when two layouts recognise the files equally', () =>
    refuses(
      openDataset(holding('a.png', 'b.jpg', 'c.gif'), { layouts: [png, jpg, toy('gif', '.GIF')] }),
      'openDataset: parts may have any of the layouts png, jpg; name one of them',
    ));

  test('when none recognises them, saying which were tried and what is there', async () => {
    const layouts = [png, jpg];
    const tried = 'openDataset: parts has none of the layouts png, jpg; it holds';
    await refuses(openDataset(holding('1.gif', '2.gif', '3.gif', '4.gif'), { layouts }), `${tried} 4 files, such as 1.gif, 2.gif, 3.gif`);
    await refuses(openDataset(holding(), { layouts }), `${tried} 0 files`);
  });

  test('naming what could not be opened, where the rest is of no use', async () => {
    await refuses(openDataset(holding('shut/'), { layouts: [png] }), "png: no .png in parts\n  shut/ can't be opened: shut is locked");
    await refuses(openDataset(holding('shut/'), { layouts: [png, jpg] }), "shut/ can't be opened: shut is locked");
  });

  test('when the only layout, or the named one, says itself what it misses', async () => {
    await refuses(openDataset(holding('1.gif'), { layouts: [png] }), 'png: no .png in parts');
    await refuses(openDataset(holding('1.gif'), { layouts: [png, jpg], layout: 'jpg' }), 'jpg: no .jpg in parts');
  });
});
