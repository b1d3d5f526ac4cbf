/** Waiting for a state, not for a time; and a port that somebody else will bind. */

/** How long a state is waited for, in milliseconds: one that comes late on a slow machine has come. */
export const PATIENCE_MS = 120_000;

/** Waits for a state; a shorter limit is for where to be in time is the matter. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what = String(holds),
  milliseconds: number = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!await holds()) {
    if (performance.now() > end) throw new Error(`It never came to: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A port that is free on the loopback address, for programs that do not tell what they got for 0. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
