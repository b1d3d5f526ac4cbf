/** Which processes there are, by what stands in their command line (Linux). */

/** The ids of the processes whose command line has a text. */
export function processesWith(text: string): number[] {
  return [...Deno.readDirSync("/proc")]
    .filter(({ name }) => /^\d+$/.test(name))
    .filter(({ name }) => commandLine(name).includes(text))
    .map(({ name }) => Number(name));
}

function commandLine(id: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${id}/cmdline`);
  } catch {
    return ""; // it has ended
  }
}

/** The children of a process, those among them that are dead and not reaped, too. */
export function childrenOf(parent: number): number[] {
  return [...Deno.readDirSync("/proc")]
    .map(({ name }) => Number(name))
    .filter((id) => parentOf(id) === parent);
}

function parentOf(id: number): number {
  if (Number.isNaN(id)) return NaN;
  try {
    return statOf(id)[1] ?? NaN;
  } catch {
    return NaN;
  }
}

/** What stands behind the name of a process (proc(5)): its state is the first. */
function statOf(id: number): number[] {
  const stat = Deno.readTextFileSync(`/proc/${id}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
}

/** How long processors have worked for a process so far, in milliseconds; Linux counts in hundredths of a second. */
export function processorTime(id: number): number {
  const stat = statOf(id);
  return 10 * ((stat[11] ?? 0) + (stat[12] ?? 0));
}

/** The memory of a process, at its highest so far, in bytes. */
export function peakMemory(id: number): number {
  const status = Deno.readTextFileSync(`/proc/${id}/status`);
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

/** How many sockets a process has open. */
export function socketsOf(id: number): number {
  const isSocket = (name: string) => {
    try {
      return Deno.readLinkSync(`/proc/${id}/fd/${name}`).startsWith("socket:");
    } catch {
      return false; // it was closed meanwhile
    }
  };
  return [...Deno.readDirSync(`/proc/${id}/fd`)]
    .filter(({ name }) => isSocket(name)).length;
}
