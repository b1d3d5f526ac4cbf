/** Pictures that look like some: hills before a sky, as SVG, and what Chromium makes of that. */

import type { Page } from "./browser.ts";
import { random } from "./random.ts";

const HUES = [205, 20, 265, 160, 330, 40, 220, 190, 5];
const LAYERS = [0, 1, 2, 3, 4];

/** A picture of 1200 × 800; every number has its own. */
export function landscape(number: number): string {
  const { below } = random(number + 1);
  const next = () => below(1000) / 1000;
  const hue = HUES[number % HUES.length] ?? 0;
  const isNight = number % 4 === 3;
  const [x, y, radius] = [
    240 + 720 * next(),
    160 + 200 * next(),
    isNight ? 40 : 64,
  ];
  const stars = Array.from(
    { length: isNight ? 240 : 0 },
    () =>
      `<circle cx="${round(1200 * next())}" cy="${
        round(480 * next())
      }" r="1.5" fill="#fff" opacity="${next().toFixed(2)}"/>`,
  );
  const hills = LAYERS.map((layer) => {
    const lightness = isNight ? 20 - layer * 4 : 62 - layer * 12;
    const color = `hsl(${hue + 20 - layer * 6} ${
      34 - layer * 2
    }% ${lightness}%)`;
    return `<path d="${hill(layer, next)}" fill="${color}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="800" viewBox="0 0 1200 800">
<linearGradient id="sky" x2="0" y2="1"><stop stop-color="hsl(${hue} 60% ${
    isNight ? 8 : 46
  }%)"/><stop offset="0.75" stop-color="hsl(${hue + 40} 75% ${
    isNight ? 34 : 90
  }%)"/></linearGradient>
<radialGradient id="glow"><stop offset="0.16" stop-color="hsl(${
    hue + 30
  } 90% 92%)" stop-opacity="0.7"/><stop offset="1" stop-color="hsl(${
    hue + 30
  } 90% 92%)" stop-opacity="0"/></radialGradient>
<rect width="1200" height="800" fill="url(#sky)"/>
${stars.join("")}
<circle cx="${round(x)}" cy="${round(y)}" r="${6 * radius}" fill="url(#glow)"/>
<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="hsl(${
    hue + 35
  } 90% 95%)"/>
${hills.join("\n")}
</svg>
`;
}

const round = (value: number) => Math.round(value);

/** A line of hills, the nearer the smoother: a sum of waves. */
function hill(layer: number, next: () => number): string {
  const [base, height] = [400 + layer * 80, 84 - layer * 13];
  const waves = Array.from({ length: 7 }, (_, index) => ({
    height: height / (index + 1.2),
    frequency: (index + 1) * (3.6 + 2.6 * next()) / 1200,
    phase: 7 * next(),
  }));
  const points = Array.from({ length: 201 }, (_, index) => {
    const at = index * 6;
    const sum = waves.reduce(
      (sum, { height, frequency, phase }) =>
        sum + height * Math.abs(Math.sin(at * frequency + phase)),
      0,
    );
    return `${at} ${round(base - sum)}`;
  });
  return `M0 800L${points.join("L")}L1200 800Z`;
}

/** What Chromium makes of an SVG. */
export async function encodePicture(
  page: Page,
  svg: string,
  mediaType: "image/jpeg" | "image/webp",
): Promise<Uint8Array<ArrayBuffer>> {
  const url = await page.evaluate<string>(`(async () => {
    const image = new Image();
    image.src = "data:image/svg+xml," + ${
    JSON.stringify(encodeURIComponent(svg))
  };
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 900;
    canvas.height = 600;
    canvas.getContext("2d").drawImage(image, 0, 0, 900, 600);
    return canvas.toDataURL(${JSON.stringify(mediaType)}, 0.82);
  })()`);
  return Uint8Array.fromBase64(url.slice(url.indexOf(",") + 1));
}
