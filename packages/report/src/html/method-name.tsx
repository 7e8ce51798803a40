import type { MethodStyle } from './method-style.ts';

/** A method's name behind a short piece of its line, for legends and headings. */
export function MethodName({ name, style }: { readonly name: string; readonly style: MethodStyle }) {
  return (
    <>
      <svg class="swatch" viewBox="0 0 22 8" aria-hidden="true">
        <line x1="0" y1="4" x2="22" y2="4" stroke={style.color} stroke-dasharray={style.dash} />
      </svg>
      {name}
    </>
  );
}
