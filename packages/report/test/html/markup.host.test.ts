import { expect, test } from 'vitest';
import { html, raw } from '../../src/html/markup.ts';

test('escapes text and attribute values', () => {
  const name = `<img src=x onerror="alert('1')"> & co`;
  expect(html`<p title="${name}">${name}</p>`.markup).toBe(
    '<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; co">' +
      '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; co</p>',
  );
});

test('does not escape what the tag made, alone or in lists', () => {
  expect(html`<ul>${['a', '<b>'].map((text) => html`<li>${text}</li>`)}</ul>${raw('<hr>')}`.markup).toBe(
    '<ul><li>a</li><li>&lt;b&gt;</li></ul><hr>',
  );
});

test('null, undefined and false leave nothing, and 0 is written', () => {
  expect(html`[${null}${undefined}${false}${0}]`.markup).toBe('[0]');
});
