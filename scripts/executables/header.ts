/**
 * What an executable is, by its first bytes: enough to know that a file is for the system
 * that its name promises, without running it.
 *
 * @module
 */

/** The kind of an executable. */
export interface Header {
  /** The format: of Linux, macOS, Windows. */
  readonly format: "ELF" | "Mach-O" | "PE";
  /** The processor. */
  readonly machine: "x64" | "arm64";
}

/** How many bytes are looked at. */
export const HEADER_BYTES = 4096;

const ELF_MAGIC = 0x7f45_4c46;
const ELF_MACHINES = new Map<number, Header["machine"]>([
  [0x3e, "x64"],
  [0xb7, "arm64"],
]);
const MACH_O_MAGIC = 0xfeed_facf;
const MACH_O_MACHINES = new Map<number, Header["machine"]>([
  [0x0100_0007, "x64"],
  [0x0100_000c, "arm64"],
]);
const MACH_O_EXECUTABLE = 2;
const MACH_O_SIGNATURE = 0x1d;
const DOS_MAGIC = 0x4d5a;
const PE_MAGIC = 0x5045_0000;
const PE_MACHINES = new Map<number, Header["machine"]>([
  [0x8664, "x64"],
  [0xaa64, "arm64"],
]);

/**
 * Reads the beginning of an executable of 64 bits.
 *
 * @param bytes The first bytes of the file.
 * @returns What it is; `undefined` when it is none that is known here.
 */
export function readHeader(bytes: Uint8Array): Header | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 64) return undefined;
  if (view.getUint32(0) === ELF_MAGIC && view.getUint8(4) === 2) {
    return header("ELF", ELF_MACHINES.get(view.getUint16(18, true)));
  }
  if (isMachO(view)) {
    return header("Mach-O", MACH_O_MACHINES.get(view.getUint32(4, true)));
  }
  const at = view.getUint32(60, true);
  if (view.getUint16(0) !== DOS_MAGIC || at + 6 > view.byteLength) {
    return undefined;
  }
  if (view.getUint32(at) !== PE_MAGIC) return undefined;
  return header("PE", PE_MACHINES.get(view.getUint16(at + 4, true)));
}

/**
 * Whether a Mach-O executable has a signature: macOS on arm64 runs nothing without one.
 *
 * @param bytes The first bytes of the file.
 * @returns Whether one of its load commands is a signature.
 */
export function isSigned(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 64 || !isMachO(view)) return false;
  const commands = view.getUint32(16, true);
  let at = 32;
  for (let index = 0; index < commands; index++) {
    if (at + 8 > view.byteLength) return false;
    if (view.getUint32(at, true) === MACH_O_SIGNATURE) return true;
    at += Math.max(8, view.getUint32(at + 4, true));
  }
  return false;
}

function isMachO(view: DataView): boolean {
  return view.getUint32(0, true) === MACH_O_MAGIC &&
    view.getUint32(12, true) === MACH_O_EXECUTABLE;
}

function header(
  format: Header["format"],
  machine: Header["machine"] | undefined,
): Header | undefined {
  return machine === undefined ? undefined : { format, machine };
}
