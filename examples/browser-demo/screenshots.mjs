// Trains with the page's own defaults and takes the pictures of docs/images: `npm run docs:screenshots`, some minutes.
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { build, preview } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const VIEWS = {
  'demo-light': { width: 1280, height: 1000, colorScheme: 'light', top: '#results' },
  'demo-dark': { width: 1280, height: 1000, colorScheme: 'dark', top: '#results' },
  'demo-phone': { width: 360, height: 780, colorScheme: 'light', top: '.gallery' },
};

await build({ root, logLevel: 'error' });
const server = await preview({ root, logLevel: 'error', preview: { port: 0, host: '127.0.0.1' } });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  await page.goto(server.resolvedUrls.local[0]);
  await page.locator('.strip canvas').first().waitFor();
  const started = performance.now();
  const tell = (what) => console.log(`${what} after ${Math.round((performance.now() - started) / 1000)} s`);
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.locator('.previews').waitFor({ timeout: 600_000 });
  tell('first heat maps');
  await page.locator('main[data-phase="done"]').waitFor({ timeout: 1_500_000 });
  tell('done');
  await page.getByLabel('Huber').last().check();
  for (const [name, { width, height, colorScheme, top }] of Object.entries(VIEWS)) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(1000); // charts follow
    await page.evaluate(
      (top) => window.scrollTo(0, innerWidth < 600 ? document.querySelector(top).getBoundingClientRect().top + scrollY - 12 : 0),
      top,
    );
    const file = `${folder}${name}.png`;
    const { size } = await sharp(await page.screenshot())
      .png({ palette: true, quality: 90, effort: 10 })
      .toFile(file);
    console.log(`${name}.png: ${Math.round(size / 1000)} kB`);
    if (size > 200_000) throw new Error(`${file} is ${size} bytes; at most 200,000 are wanted`);
    await page.screenshot({ path: `/tmp/${name}-full.png`, fullPage: true });
  }
} finally {
  await browser.close();
  await server.close();
}
