/** Programs that send files: curl, wget, lftp, Python; and what each shows of a refusal. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { findProgram } from "../support/browser.ts";
import { RUNTIMES, start, temporaryDirectory } from "../support/program.ts";

const CURL = findProgram("curl");
const WGET = findProgram("wget");
const LFTP = findProgram("lftp");
const PYTHON = findProgram("python3");

async function run(
  program: string | undefined,
  ...args: string[]
): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program ?? "", { args })
    .output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

/** Chunks of unknown length. */
const URLLIB = `
import sys, urllib.request
def chunks():
    for _ in range(40):
        yield b"x" * 50000
request = urllib.request.Request(sys.argv[1], data=chunks(), method="PUT")
with urllib.request.urlopen(request) as response:
    print(response.status, response.headers["Location"])
`;

for (const runtime of RUNTIMES) {
  Deno.test({
    name:
      `${runtime}: curl -T, -F and -C, wget --method=PUT, lftp put, urllib by chunks`,
    ignore: [CURL, WGET, LFTP, PYTHON].includes(undefined),
    fn: async () => {
      using served = temporaryDirectory();
      using own = temporaryDirectory();
      const { path } = served;
      const file = `${own.path}/file.bin`;
      const bytes = new Uint8Array(3_000_000).map((_, index) => index % 253);
      Deno.writeFileSync(file, bytes);
      const words = ["0", path, "--upload", "--upload-max=4M"];
      const permissions = [
        "--allow-net",
        "--allow-read=/",
        `--allow-write=${path}`,
      ];
      await using program = await start(runtime, words, undefined, permissions);
      const url = `http://127.0.0.1:${program.port}`;
      const same = (name: string) =>
        assertEquals(Deno.readFileSync(`${path}/${name}`), bytes, name);
      const curl = (...args: string[]) =>
        run(CURL, "-sS", "-w", " %{http_code}", "-m", "20", ...args);

      assertEquals(await curl("-T", file, `${url}/`), "/file.bin\n 201");
      same("file.bin");
      assertEquals(await curl("-T", file, `${url}/a/b/c`), "/a/b/c\n 201");
      same("a/b/c");
      assertEquals(
        await curl(
          "-F",
          `file=@${file}`,
          "-F",
          `g=@${file};filename=ü x`,
          `${url}/`,
        ),
        "/file%20%282%29.bin\n/%C3%BC%20x\n 201",
      );
      same("ü x");

      // The first 1,000 bytes are there.
      const part = `${own.path}/part`;
      Deno.writeFileSync(part, bytes.subarray(0, 1000));
      const range = "Content-Range: bytes 0-999/3000000";
      assertMatch(await curl("-T", part, "-H", range, `${url}/r`), / 202$/);
      assertEquals(
        await curl("-C", "1000", "-T", file, `${url}/r`),
        "/r\n 201",
      );
      same("r");

      // A refusal shows its status, and not that the connection was reset.
      const large = `${own.path}/large`;
      Deno.writeFileSync(large, new Uint8Array(40_000_000));
      assertMatch(await curl("-T", large, `${url}/x`), /too large[^]* 413$/);
      assertMatch(
        await curl("-T", large, "-H", "Expect:", `${url}/x`),
        / 413$/,
      );
      assertMatch(
        await curl("-T", large, "-H", "Expect:", `${url}/.x`),
        / 403$/,
      );

      await run(
        WGET,
        "-q",
        "-O-",
        "--method=PUT",
        `--body-file=${file}`,
        `${url}/w`,
      );
      same("w");
      const sent = await run(PYTHON, "-c", URLLIB, `${url}/chunks`);
      assertEquals(sent, "201 /chunks\n");
      assertEquals(Deno.statSync(`${path}/chunks`).size, 2_000_000);

      const lftp = (command: string) =>
        run(
          LFTP,
          "-c",
          `set net:max-retries 1; set net:timeout 5; set cmd:fail-exit true; open ${url}/; ${command}`,
        );
      await lftp(`put ${file} -o lftp.bin`);
      same("lftp.bin");
      // `put -c` sends the tail with a Range field: the file is unharmed.
      Deno.writeFileSync(`${path}/tail.bin`, bytes.subarray(0, 1000));
      const failed = await lftp(`put -c ${file} -o tail.bin`);
      assertMatch(failed, /400/);
      assertEquals(Deno.statSync(`${path}/tail.bin`).size, 1000);
      const names = [...Deno.readDirSync(path)].map(({ name }) => name);
      assert(!names.some((name) => name.startsWith(".")), names.join());
      assert(!names.includes("tail (2).bin"));
    },
  });
}
