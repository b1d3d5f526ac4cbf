/** A real Prometheus, and the checker of its text format. */
import { findProgram } from "./browser.ts";
import { temporaryDirectory } from "./program.ts";
import { freePort, until } from "./wait.ts";

/** Debian has both in the package `prometheus`. */
export const PROMETHEUS = findProgram("prometheus");
export const PROMTOOL = findProgram("promtool");

/** What `promtool` has against a text; nothing where it has nothing. */
export async function lint(text: string): Promise<string> {
  const child = new Deno.Command(PROMTOOL ?? "promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return code === 0 ? "" : decoder.decode(stdout) + decoder.decode(stderr);
}

/** Prometheus, while it scrapes. */
export interface Prometheus extends AsyncDisposable {
  /** The numbers that an expression has, by the label `instance`. */
  readonly query: (expression: string) => Promise<Record<string, number>>;
}

interface Result {
  readonly data: {
    readonly result: ReadonlyArray<{
      readonly metric: { readonly instance?: string };
      readonly value: readonly [time: number, value: string];
    }>;
  };
}

/** Starts Prometheus with a configuration in which `TARGETS` stands for what it scrapes. */
export async function startPrometheus(
  configuration: string,
): Promise<Prometheus> {
  const directory = temporaryDirectory();
  const { path } = directory;
  const port = freePort();
  Deno.writeTextFileSync(`${path}/prometheus.yml`, configuration);
  const child = new Deno.Command(PROMETHEUS ?? "prometheus", {
    args: [
      `--config.file=${path}/prometheus.yml`,
      `--storage.tsdb.path=${path}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const url = `http://127.0.0.1:${port}/`;
  const isReady = async () => {
    try {
      const response = await fetch(`${url}-/ready`);
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  };
  await until(isReady, "Prometheus is ready");
  return {
    query: async (expression) => {
      const query = encodeURIComponent(expression);
      const response = await fetch(`${url}api/v1/query?query=${query}`);
      const { data }: Result = await response.json();
      return Object.fromEntries(
        data.result.map(({ metric, value }) => [
          metric.instance ?? "",
          Number(value[1]),
        ]),
      );
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.status;
      directory[Symbol.dispose]();
    },
  };
}
