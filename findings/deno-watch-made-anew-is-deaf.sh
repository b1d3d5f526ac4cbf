#!/usr/bin/env bash
# Deno 2.9.6, Deno.watchFs of a folder that was removed and made anew under its name.
# Guess: after close() a new watcher of that name watches the new folder, and throws NotFound while there is none.
# Seen: a watcher that is opened directly after close(), while the loop over the old one has not ended, tells nothing for ever,
# and of a folder that is not there it is opened without an error. One that is opened after the end of that loop is right.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null 2>&1 || exit 2
deno=$folder/node_modules/deno/deno
[ -x "$deno" ] || deno=$folder/node_modules/.bin/deno
[ -x "$deno" ] || exit 2
cat > look.ts <<'TS'
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function listen(watcher: Deno.FsWatcher, told: () => void) {
  for await (const _ of watcher) told();
}
async function trial(isAwaited: boolean): Promise<string> {
  const path = `${Deno.makeTempDirSync({ dir: Deno.cwd() })}/watched`;
  Deno.mkdirSync(path);
  const old = Deno.watchFs(path);
  const ended = listen(old, () => {});
  await sleep(100);
  Deno.removeSync(path, { recursive: true });
  Deno.mkdirSync(path);
  await sleep(100);
  old.close();
  if (isAwaited) await ended;
  let count = 0;
  const watcher = Deno.watchFs(path);
  void listen(watcher, () => count++);
  await sleep(100);
  Deno.writeTextFileSync(`${path}/file`, "text");
  await sleep(1000);
  watcher.close();
  return count > 0 ? "told" : "deaf";
}
async function absent(): Promise<string> {
  const path = `${Deno.makeTempDirSync({ dir: Deno.cwd() })}/watched`;
  Deno.mkdirSync(path);
  const old = Deno.watchFs(path);
  void listen(old, () => {});
  await sleep(100);
  Deno.removeSync(path);
  old.close();
  try {
    Deno.watchFs(path).close();
    return "no error";
  } catch (error) {
    return (error as Error).name;
  }
}
console.log(`at once: ${await trial(false)}, after the loop: ${await trial(true)}, absent: ${await absent()}`);
TS
seen=$(timeout 60 "$deno" run --no-check --allow-read --allow-write look.ts) || exit 1
echo "$seen"
[ "$seen" = "at once: deaf, after the loop: told, absent: no error" ]
