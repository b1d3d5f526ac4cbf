/** Values that flags take. */
import type { FlagRow } from "../../lib/program/flag.ts";

/** A value for a flag by what follows it; others take any text. */
const SAMPLES: Readonly<Record<string, string>> = {
  ADDRESS: "127.0.0.1:81",
  VERSION: "HTTP/1.0",
  NUMBER: "5",
  "NAME VALUE": "X-A: b",
  "ORIGIN,…": "https://a.example",
  "USER:PASSWORD": "user:password",
  CIDR: "10.0.0.0/8",
  ".EXT=PROGRAM,…": ".py=python3 -u,.pl=perl",
  SECONDS: "0.5",
  BYTES: "10M",
  TIME: "2h",
  PORT: "81",
  FORMAT: "json",
  MODE: "plain",
  SHELL: "bash",
  GROUP: "cgi",
  WHEN: "never",
  HOST: "netlify",
};

/** Whether a flag takes no value. */
export function isSwitch({ values }: FlagRow): boolean {
  return values.length === 0;
}

/** A value that the flag takes. */
export function sampleOf({ values, closed, choices = [] }: FlagRow): string {
  const sample = SAMPLES[values.join(" ")] ?? "a";
  const isGood = closed !== true || choices.includes(sample);
  return isGood ? sample : choices[1] ?? "";
}
