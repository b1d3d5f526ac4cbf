/**
 * Node.js as a runtime.
 *
 * @module
 */

import * as fs from "node:fs";
import process from "node:process";
import { CODINGS } from "../ports/content.ts";
import type { Runtime } from "../ports/runtime.ts";
import { createCoder } from "./encoder.ts";
import { readablePieces } from "./file_stream.ts";
import {
  codingParallelism,
  createNodeDisk,
  nextTurn,
  nodePorts,
  operatingSystem,
  targetName,
} from "./node_ports.ts";
import { nodeProcesses } from "./node_processes.ts";
import { listen } from "./node_server.ts";
import { orUndefined } from "./system.ts";
import { createUnreadStreams } from "./unread.ts";

export function nodeRuntime(): Runtime {
  const os = operatingSystem();
  const { watch } = createUnreadStreams();
  const files = createNodeDisk(
    os,
    (file, pieces) => readablePieces(file, pieces, watch),
  );
  const { node, zstd } = process.versions;
  // Node.js has it from 22.15 on.
  const codings = zstd === undefined
    ? CODINGS.filter((coding) => coding !== "zstd")
    : CODINGS;
  return {
    ...nodePorts(os),
    version: `Node.js/${node}`,
    target: targetName(process, cLibrary()),
    files,
    coder: createCoder({
      codings,
      parallelism: codingParallelism(),
      nextTurn,
      watchUnread: watch,
    }),
    processes: nodeProcesses(os, (name) => process.env[name]),
    sharingHindrance: () => sharingHindrance(process.platform, node),
    listen,
  };
}

/** For which C library it was built, only its memory tells. */
function cLibrary(): "" | "-musl" {
  const maps = orUndefined(() => fs.readFileSync("/proc/self/maps", "latin1"));
  return maps?.includes("/ld-musl-") === true ? "-musl" : "";
}

/** Why threads cannot share a port: `reusePort` came with Node.js 22.12 and 23.1. */
export function sharingHindrance(
  platform: string,
  version: string,
): string | undefined {
  if (platform !== "linux") return "only Linux can share a port";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isThere = major > 23 || major === 23 && minor >= 1 ||
    major === 22 && minor >= 12;
  return isThere ? undefined : "threads can share a port from Node.js 22.12 on";
}
