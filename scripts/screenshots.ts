/**
 * Makes the picture of the README: both that `tests/program/pages_pictures_test.ts` took, in one SVG
 * that shows what fits the colours of its reader. Markdown has no `<picture>`, and our own view of it
 * shows HTML as text.
 *
 * @module
 */

const SIZE = 'width="1920" height="1280"';

/** The element of a picture; an SVG in a page may load nothing, so that it has all bytes itself. */
function image(colorScheme: "light" | "dark"): string {
  const path = new URL(
    `../dist/screenshots/readme-${colorScheme}.webp`,
    import.meta.url,
  );
  const content = Deno.readFileSync(path).toBase64();
  return `<image class="${colorScheme}" ${SIZE} href="data:image/webp;base64,${content}"/>`;
}

const svg =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1920 1280" ${SIZE}>
<style>
.dark { display: none }
@media (prefers-color-scheme: dark) { .light { display: none } .dark { display: inline } }
</style>
${image("light")}
${image("dark")}
</svg>
`;
Deno.writeTextFileSync(new URL("screenshots/readme.svg", import.meta.url), svg);
