/** What of a site has changed, on the disk and every runtime. */

import { assert, assertEquals } from "@std/assert";
import { RUNTIMES, temporaryDirectory } from "../support/program.ts";
import {
  namesIn,
  type WatchedSite,
  watchedSite,
} from "../support/watched_site.ts";

const noLinux = Deno.build.os !== "linux";

interface Places {
  /** The root, a directory. */
  readonly root: string;
  /** Beside the root. */
  readonly outside: string;
}

interface Row {
  readonly name: string;
  readonly act: (places: Places) => void;
  /** What must be told; where it is not all, more may be. */
  readonly told: readonly string[];
  readonly isAll?: boolean;
}

const write = (path: string, text = crypto.randomUUID()) =>
  Deno.writeTextFileSync(path, text);

function sh(script: string, cwd: string): void {
  const { success, stderr } = new Deno.Command("sh", {
    args: ["-ec", script],
    cwd,
  }).outputSync();
  assert(success, new TextDecoder().decode(stderr));
}

/** One after the other, in the same site. */
const ROWS: readonly Row[] = [
  {
    name: "a file is written in place",
    act: ({ root }) => write(`${root}/a.html`),
    told: ["there a.html"],
    isAll: true,
  },
  {
    name: "a new file in a folder that was there",
    act: ({ root }) => write(`${root}/d/new.css`),
    told: ["there d/new.css"],
    isAll: true,
  },
  {
    name: "a file of the same size and time takes the place of another",
    act: ({ root }) =>
      sh(
        "printf 123 >x~; printf 456 >y~; touch -d @1 x~ y~; mv x~ t; mv y~ y",
        root,
      ),
    told: ["there t", "there y"],
    isAll: true,
  },
  {
    name: "the same again: only the file is another",
    act: ({ root }) => Deno.renameSync(`${root}/y`, `${root}/t`),
    told: ["there t", "gone y"],
    isAll: true,
  },
  {
    name: "sed -i",
    act: ({ root }) => sh("sed -i s/^/c/ d/b", root),
    told: ["there d/b"],
    isAll: true,
  },
  {
    name:
      "nothing has changed: read, chmod, hidden names, and what editors leave; what follows is told alone",
    act: ({ root }) => {
      sh(
        "cat a.html; chmod 600 a.html; touch -a a.html; touch .hidden .git/x .a.html.swp 4913 sedAb3dEf a.html~ '#a.html#' .serve-incoming-1; rm a.html~",
        root,
      );
      write(`${root}/d/last`);
    },
    told: ["there d/last"],
    isAll: true,
  },
  {
    name: "folders in folders that are made at once, with a file in the last",
    act: ({ root }) => sh("mkdir -p m/n/o; echo >m/n/o/p.html", root),
    told: ["there m", "there m/n", "there m/n/o", "there m/n/o/p.html"],
    isAll: true,
  },
  {
    name: "later in such a folder",
    act: ({ root }) => write(`${root}/m/n/o/p.html`),
    told: ["there m/n/o/p.html"],
    isAll: true,
  },
  {
    name: "a folder is removed and made anew, with the same names in it",
    act: ({ root }) =>
      sh("rm -r m; mkdir -p m/n/o; echo new >m/n/o/p.html", root),
    told: ["there m/n/o/p.html"],
    isAll: true,
  },
  {
    name: "later in it",
    act: ({ root }) => write(`${root}/m/n/o/p.html`),
    told: ["there m/n/o/p.html"],
    isAll: true,
  },
  {
    name: "a folder is moved in",
    act: ({ root, outside }) =>
      Deno.renameSync(`${outside}/folder`, `${root}/in`),
    told: ["there in", "there in/sub", "there in/sub/f"],
    isAll: true,
  },
  {
    name: "later in it",
    act: ({ root }) => write(`${root}/in/sub/f`),
    told: ["there in/sub/f"],
    isAll: true,
  },
  {
    name: "a folder gets another name",
    act: ({ root }) => Deno.renameSync(`${root}/in`, `${root}/named`),
    told: [
      "gone in",
      "gone in/sub",
      "gone in/sub/f",
      "there named",
      "there named/sub",
      "there named/sub/f",
    ],
    isAll: true,
  },
  {
    name: "later in it",
    act: ({ root }) => write(`${root}/named/sub/f`),
    told: ["there named/sub/f"],
    isAll: true,
  },
  {
    name: "a folder is moved out",
    act: ({ root, outside }) =>
      Deno.renameSync(`${root}/named`, `${outside}/folder`),
    told: ["gone named", "gone named/sub", "gone named/sub/f"],
    isAll: true,
  },
  {
    name: "it is written to outside: only what follows is told",
    act: ({ root, outside }) => {
      write(`${outside}/folder/sub/f`);
      write(`${root}/d/last`);
    },
    told: ["there d/last"],
    isAll: true,
  },
  {
    name: "a link to a folder of the site, and one to that",
    act: ({ root }) => sh("ln -s d link; ln -s link twice", root),
    told: ["there link", "there twice"],
    isAll: true,
  },
  {
    name: "a file in that folder has all of these names",
    act: ({ root }) => write(`${root}/d/b`),
    told: ["there d/b", "there link/b", "there twice/b"],
    isAll: true,
  },
  {
    name: "the link is re-pointed",
    act: ({ root }) => sh("ln -sfn m link", root),
    told: ["there link", "there twice"],
  },
  {
    name: "a file where it leads to now",
    act: ({ root }) => write(`${root}/m/n/o/p.html`),
    told: [
      "there m/n/o/p.html",
      "there link/n/o/p.html",
      "there twice/n/o/p.html",
    ],
    isAll: true,
  },
  {
    name: "links out of the site, to a folder and to a file",
    act: ({ root, outside }) =>
      sh(`ln -s ${outside} out; ln -s ${outside}/page.html page.html`, root),
    told: ["there out", "there page.html"],
  },
  {
    name: "what the first leads to",
    act: ({ outside }) => write(`${outside}/folder/sub/f`),
    told: ["there out/folder/sub/f"],
    isAll: true,
  },
  {
    name: "what both lead to, saved by a rename",
    act: ({ outside }) =>
      sh("echo new >temporary~; mv temporary~ page.html", outside),
    told: ["there out/page.html", "there page.html"],
    isAll: true,
  },
  {
    name: "the root is removed and made anew",
    act: ({ root }) => {
      sh(
        "rm -r ../root; mkdir ../root; cd ../root; mkdir d; echo >d/b",
        root,
      );
      write(`${root}/a.html`);
    },
    told: ["there a.html", "there d/b", "gone m", "gone link"],
  },
  {
    name: "later in it",
    act: ({ root }) => write(`${root}/d/b`),
    told: ["there d/b"],
    isAll: true,
  },
];

function makeSite(path: string): Places {
  const places = { root: `${path}/root`, outside: `${path}/outside` };
  const { root, outside } = places;
  sh(
    "mkdir -p root/d root/.git outside/folder/sub; echo >root/a.html; echo >root/d/b; echo >outside/folder/sub/f; echo >outside/page.html; ln -s root site",
    path,
  );
  assert(root !== outside);
  return places;
}

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: what changes on the disk is told`, async (test) => {
    using directory = temporaryDirectory();
    const path = Deno.realPathSync(directory.path);
    const places = makeSite(path);
    await using site = await watchedSite(runtime, {
      root: `${path}/site`,
      followSymlinks: true,
    });
    for (const { name, act, told, isAll = false } of ROWS) {
      await test.step(name, async () => {
        site.forget();
        act(places);
        await site.tells(...told);
        await site.quiet();
        const all = [...new Set(namesIn(site.told()))];
        if (isAll) assertEquals(all.toSorted(), told.toSorted());
      });
    }
    await test.step("the root leads elsewhere", async () => {
      sh("mkdir release; echo >release/f; ln -sfn release site", path);
      site.forget();
      await site.tells("any");
      write(`${path}/release/f`);
      await site.tells("there f");
    });
    await test.step({
      name: "the system has lost some",
      ignore: noLinux,
      fn: () => overflow(site, `${path}/release`),
    });
  });
}

/** The words that run others with a limit of watches (user_namespaces(7)). */
const FEW_WATCHES = [
  ...["unshare", "--user", "--map-root-user", "sh", "-c"],
  'echo 3 >/proc/sys/user/max_inotify_watches && exec "$@"',
  "sh",
];

const canLimit = await new Deno.Command("sh", {
  args: ["-c", '"$@" true', "sh", ...FEW_WATCHES],
  stderr: "null",
}).output().then(({ success }) => success);

for (const runtime of RUNTIMES) {
  Deno.test({
    name:
      `${runtime}: at the limit of watches people are told once, and changes are seen all the same (user namespaces)`,
    ignore: !canLimit,
    fn: async () => {
      using directory = temporaryDirectory();
      const root = Deno.realPathSync(directory.path);
      sh("mkdir -p a/b c/d e/f; echo >e/f/g", root);
      await using site = await watchedSite(runtime, { root }, FEW_WATCHES);
      const [line] = site.program.output().split("\n");
      assertEquals(
        line,
        JSON.stringify(
          "The system's limit of watches is reached (sysctl fs.inotify.max_user_watches=524288 raises it): changes are looked for every second",
        ),
      );
      write(`${root}/e/f/g`);
      await site.tells("there e/f/g");
      write(`${root}/a/b/new`);
      await site.tells("there a/b/new");
      assertEquals(site.program.output().split("limit of watches").length, 2);
    },
  });
}

/** More than the queue of the system holds (fs.inotify.max_queued_events). */
async function overflow(site: WatchedSite, root: string): Promise<void> {
  const { process } = site.program;
  const most = Number(
    Deno.readTextFileSync("/proc/sys/fs/inotify/max_queued_events"),
  );
  site.forget();
  process.kill("SIGSTOP");
  try {
    for (let count = 0; count < most; count += 4) {
      write(`${root}/many${count % 8}`);
      Deno.removeSync(`${root}/many${count % 8}`);
    }
    Deno.mkdirSync(`${root}/lost/deeper`, { recursive: true });
    write(`${root}/lost/deeper/f`);
  } finally {
    process.kill("SIGCONT");
  }
  await site.tells("there lost/deeper/f");
  site.forget();
  write(`${root}/lost/deeper/f`);
  await site.tells("there lost/deeper/f");
}
