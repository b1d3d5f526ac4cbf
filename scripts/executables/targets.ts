/**
 * The systems that executables are made for, under the names that are part of the name of
 * a file and of what `--version` says.
 *
 * @module
 */

import type { Header } from "./header.ts";

/** A system. */
export interface Target {
  /** The name, such as `linux-x64`. */
  readonly name: string;
  /** What Bun calls it. */
  readonly bun: string;
  /** What Deno calls it; `undefined` where it has no runtime for it. */
  readonly deno: string | undefined;
  /** What its executables begin with. */
  readonly header: Header;
}

const ELF_X64: Header = { format: "ELF", machine: "x64" };
const ELF_ARM64: Header = { format: "ELF", machine: "arm64" };
const MACH_O_X64: Header = { format: "Mach-O", machine: "x64" };
const MACH_O_ARM64: Header = { format: "Mach-O", machine: "arm64" };
const PE_X64: Header = { format: "PE", machine: "x64" };
const PE_ARM64: Header = { format: "PE", machine: "arm64" };

/** Every system, those that both backends know first. */
export const TARGETS: readonly Target[] = [
  target("linux-x64", ELF_X64, "x86_64-unknown-linux-gnu"),
  target("linux-arm64", ELF_ARM64, "aarch64-unknown-linux-gnu"),
  target("macos-x64", MACH_O_X64, "x86_64-apple-darwin"),
  target("macos-arm64", MACH_O_ARM64, "aarch64-apple-darwin"),
  target("windows-x64", PE_X64, "x86_64-pc-windows-msvc"),
  target("windows-arm64", PE_ARM64, "aarch64-pc-windows-msvc"),
  target("linux-x64-musl", ELF_X64),
  target("linux-arm64-musl", ELF_ARM64),
];

function target(name: string, header: Header, deno?: string): Target {
  const bun = `bun-${name.replace("macos", "darwin")}`;
  return { name, bun, deno, header };
}

/**
 * The file of an executable.
 *
 * @param version The version of the program.
 * @param target The system it is for.
 * @returns The name of the file.
 */
export function executableName(version: string, target: Target): string {
  const extension = target.header.format === "PE" ? ".exe" : "";
  return `serve-${version}-${target.name}${extension}`;
}

/**
 * The system that this runs on.
 *
 * @returns Its target; `undefined` where there are no executables for it.
 */
export function hostTarget(): Target | undefined {
  return TARGETS.find(({ deno }) => deno === Deno.build.target);
}
