/** What the real program agrees to in TLS 1.2 and before (RFC 9325 §3.1.1, §4.2). */

import { assertEquals } from "@std/assert";
import { EC, makeCertificate, RSA } from "../support/certificates.ts";
import { offer } from "../support/client_hello.ts";
import { start, SUBJECTS, temporaryDirectory } from "../support/program.ts";

const TLS_1_2 = 0x0303;

/** All suites of TLS 1.2 that have names start with one of these bytes (RFC 8447 §8). */
const ALL: readonly number[] = [0x00, 0xc0, 0xcc].flatMap((first) =>
  Array.from({ length: 256 }, (_, second) => first * 256 + second)
  // TLS_EMPTY_RENEGOTIATION_INFO_SCSV is no suite (RFC 5746 §3.3).
).filter((suite) => suite !== 0x00ff);

interface Row {
  readonly name: string;
  readonly suite: number;
  /** The certificates with which it is accepted. */
  readonly accepted: readonly ("RSA" | "ECDSA")[];
}

const ROWS: readonly Row[] = [
  { name: "ECDHE-ECDSA-AES128-GCM-SHA256", suite: 0xc02b, accepted: ["ECDSA"] },
  { name: "ECDHE-ECDSA-AES256-GCM-SHA384", suite: 0xc02c, accepted: ["ECDSA"] },
  { name: "ECDHE-ECDSA-CHACHA20-POLY1305", suite: 0xcca9, accepted: ["ECDSA"] },
  { name: "ECDHE-RSA-AES128-GCM-SHA256", suite: 0xc02f, accepted: ["RSA"] },
  { name: "ECDHE-RSA-AES256-GCM-SHA384", suite: 0xc030, accepted: ["RSA"] },
  { name: "ECDHE-RSA-CHACHA20-POLY1305", suite: 0xcca8, accepted: ["RSA"] },
  { name: "ECDHE-ECDSA-AES128-SHA (CBC)", suite: 0xc009, accepted: [] },
  { name: "ECDHE-ECDSA-AES256-SHA384 (CBC)", suite: 0xc024, accepted: [] },
  { name: "ECDHE-RSA-AES128-SHA (CBC)", suite: 0xc013, accepted: [] },
  { name: "ECDHE-RSA-AES256-SHA (CBC)", suite: 0xc014, accepted: [] },
  { name: "DHE-RSA-AES128-GCM-SHA256", suite: 0x009e, accepted: [] },
  { name: "AES128-GCM-SHA256 (RSA key exchange)", suite: 0x009c, accepted: [] },
  { name: "AES256-SHA (RSA key exchange, CBC)", suite: 0x0035, accepted: [] },
  { name: "DES-CBC3-SHA", suite: 0x000a, accepted: [] },
  { name: "RC4-SHA", suite: 0x0005, accepted: [] },
  { name: "NULL-SHA256", suite: 0x003b, accepted: [] },
];

const CERTIFICATES = { ECDSA: EC, RSA } as const;

/** All that a server agrees to: what it chooses is not offered again. */
async function acceptedSuites(port: number): Promise<number[]> {
  const accepted: number[] = [];
  for (;;) {
    const offered = ALL.filter((suite) => !accepted.includes(suite));
    const answer = await offer(port, TLS_1_2, offered);
    if (answer.kind === "refused") return accepted.sort((a, b) => a - b);
    accepted.push(answer.suite);
  }
}

for (const runtime of SUBJECTS) {
  for (const [kind, algorithm] of Object.entries(CERTIFICATES)) {
    Deno.test(`${runtime}: TLS 1.2 with forward secrecy and authenticated encryption only, nothing older, with a certificate of ${kind}`, async () => {
      using directory = temporaryDirectory();
      using keys = temporaryDirectory();
      const { cert, key } = await makeCertificate({ algorithm });
      const file = `${keys.path}/both.pem`;
      Deno.writeTextFileSync(file, cert + key);
      await using program = await start(runtime, [
        ..."0 -q -b 127.0.0.1 --tls-cert".split(" "),
        file,
        "-d",
        directory.path,
      ]);
      const { port } = program;
      for (const { name, suite, accepted } of ROWS) {
        const expected = accepted.some((one) => one === kind)
          ? { kind: "chosen", version: TLS_1_2, suite } as const
          : { kind: "refused" } as const;
        assertEquals(await offer(port, TLS_1_2, [suite]), expected, name);
      }
      const expected = ROWS.filter(({ accepted }) =>
        accepted.some((one) => one === kind)
      ).map(({ suite }) => suite).sort((a, b) => a - b);
      assertEquals(await acceptedSuites(port), expected);
      for (const version of [0x0300, 0x0301, 0x0302]) {
        const answer = await offer(port, version, ALL);
        assertEquals(answer, { kind: "refused" }, version.toString(16));
      }
    });
  }
}
