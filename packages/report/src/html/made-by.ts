import { html, type Markup } from './markup.ts';

/** The command that a page was made by. */
export function madeBy(command: string): Markup {
  return html`<p class="command-label" id="command-label">Made by</p><pre class="command" role="region" aria-labelledby="command-label" tabindex="0"><code>${command}</code></pre>`;
}
