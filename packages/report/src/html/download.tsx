/** A link that saves a text file, which is held by the page itself. */
export function Download({ name, type, text }: { readonly name: string; readonly type: string; readonly text: string }) {
  return (
    <a download={name} href={`data:${type};charset=utf-8,${encodeURIComponent(text)}`}>
      {name}
    </a>
  );
}
