/**
 * The bill of materials in the format of CycloneDX 1.6: what is in an executable besides
 * this project. The same sources give the same bytes, so that there is no time in it.
 *
 * @module
 */

/** The part of `deno.lock` that is read here. */
export interface Lock {
  /** Versions by specifier, such as `npm:qr@0.7.0`. */
  readonly specifiers: Readonly<Record<string, string>>;
  /** Packages by name and version. */
  readonly npm: Readonly<Record<string, LockedPackage>>;
}

/** A package in `deno.lock`. */
export interface LockedPackage {
  /** Its digest, such as `sha512-…` in base64. */
  readonly integrity: string;
  /** Packages that it asks for, with a version where there are several. */
  readonly dependencies?: readonly string[];
}

/** A package that is part of the program. */
export interface Material {
  /** The name in the npm registry. */
  readonly name: string;
  /** The version. */
  readonly version: string;
  /** The digest of what the registry delivers, SHA-512 in hexadecimal digits. */
  readonly sha512: string;
  /** The licence, as the package itself names it. */
  readonly license?: string | undefined;
}

/** A runtime: the greater part of an executable. */
export interface Engine {
  /** Its name, such as `bun`. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** Its licence. */
  readonly license: string;
}

/**
 * The packages that are locked for some dependencies, and what those ask for.
 *
 * @param lock The lock file.
 * @param dependencies Exact versions by name.
 * @returns The packages, by name; the licence is not in the lock file.
 * @throws {TypeError} When the lock file does not know one.
 */
export function listMaterials(
  lock: Lock,
  dependencies: Readonly<Record<string, string>>,
): readonly Material[] {
  const found = new Map<string, Material>();
  const waiting = Object.entries(dependencies)
    .map(([name, version]) => `${name}@${version}`);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue;
    const locked = lock.npm[id];
    if (locked === undefined) {
      throw new TypeError(`Cannot list ${id}: it is not in the lock file`);
    }
    found.set(id, toMaterial(id, locked.integrity));
    waiting.push(
      ...(locked.dependencies ?? []).map((name) => lockedId(name, lock)),
    );
  }
  return [...found.keys()].sort().flatMap((id) => found.get(id) ?? []);
}

/** The lock file leaves the version out where there is only one. */
function lockedId(name: string, { npm }: Lock): string {
  if (name in npm) return name;
  const ids = Object.keys(npm).filter((id) => packageName(id) === name);
  return ids[0] ?? name;
}

function packageName(id: string): string {
  return id.slice(0, id.indexOf("@", 1));
}

function toMaterial(id: string, integrity: string): Material {
  const base64 = integrity.slice(integrity.indexOf("-") + 1);
  const sha512 = Uint8Array.fromBase64(base64).toHex();
  const name = packageName(id);
  return { name, version: id.slice(name.length + 1), sha512 };
}

/**
 * Writes the bill of materials.
 *
 * @param version The version of the program.
 * @param engine The runtime in the executable.
 * @param materials The packages in it.
 * @returns A document, to be written as JSON.
 */
export function billOfMaterials(
  version: string,
  engine: Engine,
  materials: readonly Material[],
): Record<string, unknown> {
  const program = component("application", { name: "serve", version });
  const runtime = component("platform", engine);
  const libraries = materials.map((material) => ({
    ...component("library", material),
    hashes: [{ alg: "SHA-512", content: material.sha512 }],
  }));
  const parts = [runtime, ...libraries];
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { ...program, licenses: licenses("MIT") } },
    components: parts,
    dependencies: [
      { ref: program["bom-ref"], dependsOn: parts.map((p) => p["bom-ref"]) },
    ],
  };
}

interface Component {
  readonly type: string;
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
}

function component(
  type: string,
  { name, version, license }: {
    name: string;
    version: string;
    license?: string | undefined;
  },
): Component {
  // A package URL writes the @ of a scope as %40.
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const base = { type, "bom-ref": purl, name, version, purl };
  return license === undefined ? base : {
    ...base,
    ...{ licenses: licenses(license) },
  };
}

function licenses(id: string): unknown {
  // An expression is valid for one licence, too.
  return [{ expression: id }];
}
