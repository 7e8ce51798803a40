/** The colours of pages about results, as CSS variables: one set for light, one for dark. Plots use the same ones. */
export const PALETTE = `
:root {
  color-scheme: light dark;
  --page: #fdfdfc; --panel: #ffffff; --ink: #1b1e23; --quiet: #5d6470; --line: #dfe2e6; --band: #f4f5f6; --link: #0b5cad;
  --method-0: #0067a8; --method-1: #d1530a; --method-2: #00815d; --method-3: #b0468b; --method-4: #a37200; --method-5: #4a55c9;
  --baseline: #7a808a;
  --quarter-0: #1f9e89; --quarter-1: #26828e; --quarter-2: #3e4a89; --quarter-3: #440154;
  --seen: #8a4b00; --seen-page: #fdf0dc;
  --truth: #00e5ff; --found: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14161a; --panel: #1b1e23; --ink: #e7e9ec; --quiet: #9aa2ae; --line: #343941; --band: #22262c; --link: #7cbcff;
    --method-0: #53aef0; --method-1: #ff8f52; --method-2: #35cb9b; --method-3: #ec96cb; --method-4: #e8b53d; --method-5: #a1a9ff;
    --baseline: #939aa5;
    --quarter-0: #fde725; --quarter-1: #7ad151; --quarter-2: #22a884; --quarter-3: #5a8dd6;
    --seen: #ffc77d; --seen-page: #3b2a12;
  }
}
`;
