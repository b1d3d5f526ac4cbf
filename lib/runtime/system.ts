/**
 * The system that a runtime was made for, in the words of this project: those that are in
 * the names of its executables.
 *
 * @module
 */

/**
 * The target of Deno.
 *
 * @param build What Deno says of itself.
 * @param build.os The operating system.
 * @param build.arch The processor.
 * @returns The target, such as `linux-x64`.
 */
export function denoTarget({ os, arch }: { os: string; arch: string }): string {
  const system = os === "darwin" ? "macos" : os;
  const processor = arch === "x86_64" ? "x64" : "arm64";
  return `${system}-${processor}`;
}

/**
 * The target of Bun. Which library of C it was made for is known from where it comes from
 * alone, such as `https://…/bun-linux-x64-musl.zip`.
 *
 * @param process What Bun says of itself.
 * @param process.platform The operating system.
 * @param process.arch The processor.
 * @param process.release Where it comes from.
 * @returns The target, such as `linux-x64-musl`.
 */
export function bunTarget(
  { platform, arch, release }: {
    platform: string;
    arch: string;
    release: { sourceUrl?: string | undefined };
  },
): string {
  const system = platform === "darwin"
    ? "macos"
    : platform.replace("win32", "windows");
  const variant = /-(?:x64|aarch64|arm64)(-musl)?\.zip$/
    .exec(release.sourceUrl ?? "")?.[1] ?? "";
  return `${system}-${arch}${variant}`;
}
