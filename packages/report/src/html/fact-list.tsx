/** A term, what it is here, and what it means if that isn't plain. */
export type Fact = readonly [term: string, text: string, meaning?: string];

/** Facts in columns. */
export function FactList({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(([term, text, meaning]) => (
        <div>
          <dt>{term}</dt>
          <dd>
            {text}
            {meaning && <span class="quiet"> {meaning}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
