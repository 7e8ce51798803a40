// Every changeset can be read, and names packages that we publish: otherwise `changeset version` would be the first to tell, at a release.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import readChangesets from '@changesets/read';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifests = readdirSync(`${root}packages`).map((name) => JSON.parse(readFileSync(`${root}packages/${name}/package.json`, 'utf8')));
const published = manifests.filter((manifest) => !manifest.private).map(({ name }) => name);

const found = await readChangesets(root);
const problems = found.flatMap(({ id, releases }) => [
  ...(releases.length === 0 ? [`.changeset/${id}.md names no package`] : []),
  ...releases
    .filter(({ name }) => !published.includes(name))
    .map(({ name }) => `.changeset/${id}.md names ${name}, which we don't publish`),
]);
for (const problem of problems) console.error(problem);
console.log(
  `${found.length} changesets: ${problems.length === 0 ? 'readable, of packages that we publish' : `${problems.length} problems`}`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
