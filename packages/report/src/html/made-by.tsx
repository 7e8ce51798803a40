/** The command that a page was made by. */
export function MadeBy({ command }: { readonly command: string }) {
  return (
    <>
      <p class="command-label" id="command-label">
        Made by
      </p>
      <section class="command" aria-labelledby="command-label" tabindex={0}>
        <pre>
          <code>{command}</code>
        </pre>
      </section>
    </>
  );
}
