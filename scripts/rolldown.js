/**
 * How `deno task npm` bundles the program: one file for all that every start needs, and chunks for what is
 * loaded by `import()`. Packages stay what they are, and the chunks stand beside the program: modules of
 * `lib/program/` and `lib/runtime/` find the package's root from there.
 *
 * @module
 */

export default {
  input: { entry: "lib/program/entry.js", worker: "lib/program/worker.js" },
  platform: "node",
  external: /^[^./]/,
  output: {
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].chunk.js",
    comments: false,
    codeSplitting: {
      groups: [{
        name: "start",
        tags: ["$initial"],
        // The program waits while it loads chunks, and those need the start: it must not wait for itself.
        test: /^(?!.*\/program\/(?:entry|worker)\.js$)/,
      }],
    },
  },
};
