/**
 * Styles of every page and of errors: what `deno task page` makes of `scripts/page/`.
 *
 * @module
 */

/** A style or a script that stands in a page. */
export interface Asset {
  readonly text: string;
  /** The SHA-256 of it in base64: what the policy names. */
  readonly hash: string;
}

export const STYLE: Asset = {
  text:
    ':root{color-scheme:light dark;--back: #fff;--front: #1b1f24;--quiet: #59636e;--line: #e4e7eb;--hover: #f3f5f7;--edge: #8a939d;--accent: #0b5cad;--accent-front: #fff}@media screen and (prefers-color-scheme:dark){:root{--back: #15181c;--front: #e6e9ed;--quiet: #a0a9b4;--line: #2b3037;--hover: #1f242a;--edge: #737d88;--accent: #86b7f5;--accent-front: #10243d}}*{box-sizing:border-box}html{background:var(--back);color:var(--front);-webkit-text-size-adjust:none;text-size-adjust:none}body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:72rem;overflow-wrap:anywhere;padding:1.25rem clamp(1rem,4vw,2.5rem)}h1{font-size:1.5rem;line-height:1.25;margin:0;text-wrap:balance}a{color:var(--accent)}button,input{accent-color:var(--accent);color:inherit;font:inherit}[type=checkbox]{height:1em;width:1em}button,input[type=search]{background:var(--back);border:1px solid var(--edge);border-radius:6px;min-height:2.125rem;padding:0 .75rem}button{cursor:pointer}:focus-visible{outline:2px solid var(--accent);outline-offset:2px}@media(hover:hover){button:hover{background:var(--hover)}}@media(pointer:coarse){button,input[type=search]{min-height:2.75rem}}svg{fill:none;height:1.25rem;stroke:var(--quiet);stroke-linecap:round;stroke-linejoin:round;stroke-width:1.5;vertical-align:-.3rem;width:1.25rem}header{align-items:center;display:flex;flex-wrap:wrap;gap:.5rem;justify-content:end;margin-bottom:1.25rem}header nav{flex:1 1 14rem}header ol{display:flex;flex-wrap:wrap;list-style:none;margin:0 0 0 -.375rem;padding:0}header li{color:var(--quiet)}header li:not(:last-child):after{content:"/";content:"/" / ""}header li>*{border-radius:6px;color:inherit;display:inline-block;padding:.25rem .375rem;text-decoration:none}header [aria-current]{color:var(--front)}.error{margin:12vh auto 0;max-width:38rem}',
  hash: "MQ3cPsub2YVC8zBD7ORPnY/kDVRX97DTsu5BuIs4ntI=",
};

export const ERROR_STYLE: Asset = {
  text:
    ".code{color:var(--accent);font-size:clamp(4rem,20vw,6.5rem);font-variant-numeric:tabular-nums;font-weight:700;letter-spacing:-.04em;line-height:1}.error p{margin-block:.5rem 0}.error .code{margin-block:0 .75rem}.error .asked{background:var(--hover);border-radius:8px;color:var(--quiet);font:.9375rem/1.5 ui-monospace,monospace;margin-top:1.25rem;padding:.625rem .875rem}.asked bdi{color:var(--front)}h2{font-size:1rem;line-height:1.25;margin:2rem 0 .25rem}.error ul{list-style:none;margin:0;padding:0}.error a{align-items:center;display:flex;gap:.625rem;min-height:2.75rem}.error section a{border-bottom:1px solid var(--line);color:inherit;text-decoration:none}.error section svg{color:var(--accent)}.error nav ul{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:2rem}.error nav a{border:1px solid var(--edge);border-radius:8px;color:inherit;padding:0 1rem 0 .75rem;text-decoration:none}.error nav li:first-child a{background:var(--accent);border-color:var(--accent);color:var(--accent-front)}.error svg{flex:none;stroke:currentColor;stroke-width:1.75}@media(hover:hover){.error section a:hover{background:var(--hover)}.error section a:hover bdi,.error nav a:hover bdi{text-decoration:underline}}@media print{.error nav{display:none}}",
  hash: "gsXKxS3IRKe+BRddBprRBHEeaDYNY8sPc2KCRq+dgpw=",
};
