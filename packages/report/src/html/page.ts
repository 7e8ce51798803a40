import { html, type Markup, raw } from './markup.ts';
import { STYLE } from './style.ts';

/** A part of a page; one without content is left out, together with its link. */
export type Section = { id: string; label: string; content: Markup | false | undefined };

/** The whole file: style sheet, a link to skip to `main`'s first section, `header`, links to the sections, the sections. */
export function page(parts: { title: string; header: Markup; sections: readonly Section[] }): string {
  const { title, header } = parts;
  const sections = parts.sections.filter(({ content }) => content);
  const [first] = sections;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
${first && html`<a class="skip" href="#${first.id}">Skip to the ${first.label.toLowerCase()}</a>`}
${header}
<nav aria-label="Sections"><ul>${sections.map(({ id, label }) => html`<li><a href="#${id}">${label}</a></li>`)}</ul></nav>
<main>
${sections.map(({ content }) => content)}
</main>
<footer>Written by @rddpm/report. Everything on this page is in this one file.</footer>
</body>
</html>
`.markup;
}
