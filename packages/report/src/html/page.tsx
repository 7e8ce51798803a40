import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { STYLE } from './style.ts';
import { unescaped } from './unescaped.ts';

/** A part of a page: its heading, and what stands below. */
export type Section = {
  /** What links point at: `#id`. */
  id: string;
  /** The text of its link. */
  label: string;
  /** Its heading. @defaultValue `label` */
  title?: string;
  /**
   * Without it, the section is left out together with its link. An element is content even if it renders nothing, so whoever finds out
   * on the way that there is nothing to show is a function that returns undefined, not a component.
   */
  content: VNode | false | undefined;
};

/** The whole file: style sheet, a link that skips to the first section, `header`, links to the sections, the sections. */
export function page(parts: { title: string; header: VNode; sections: readonly Section[] }): string {
  const { title, header } = parts;
  const sections = parts.sections.filter(({ content }) => content);
  const [first] = sections;
  return `<!doctype html>\n${renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <style {...unescaped(STYLE)} />
      </head>
      <body>
        {first && (
          <a class="skip" href={`#${first.id}`}>
            Skip to the {first.label.toLowerCase()}
          </a>
        )}
        {header}
        <nav aria-label="Sections">
          <ul>
            {sections.map(({ id, label }) => (
              <li>
                <a href={`#${id}`}>{label}</a>
              </li>
            ))}
          </ul>
        </nav>
        <main>
          {sections.map(({ id, label, title = label, content }) => (
            <section id={id} aria-labelledby={`${id}-title`}>
              <h2 id={`${id}-title`}>{title}</h2>
              {content}
            </section>
          ))}
        </main>
        <footer>Written by @rddpm/report. Everything on this page is in this one file.</footer>
      </body>
    </html>,
  )}\n`;
}
