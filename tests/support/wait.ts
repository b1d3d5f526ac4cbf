/** Waiting for a state, not for a time; and a port that somebody else will bind. */

/** Waits for a state, for ten seconds at most unless told otherwise. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what = String(holds),
  milliseconds = 10_000,
): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!await holds()) {
    if (Date.now() > end) throw new Error(`It never came to: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A port that is free on the loopback address, for programs that do not tell what they got for 0. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
