#!/usr/bin/env bash
# Deno 2.9.6, Deno.serve with a certificate, answers of 1 KiB on one connection that is kept.
# Guess: accepted sockets have TCP_NODELAY, as they have without a certificate, so that an answer takes well below 10 ms.
# Seen: 40 ms and more. The head and the content are two writes, and without TCP_NODELAY the second waits until the client
# acknowledges the first, which it delays. It is the same with HTTP/2, and with every form of body that has a Content-Length.
# What fills a segment does not wait: through a network only answers of less than some 1,400 bytes do.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
command -v openssl >/dev/null || exit 2
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null 2>&1 || exit 2
deno=$folder/node_modules/deno/deno
[ -x "$deno" ] || deno=$folder/node_modules/.bin/deno
[ -x "$deno" ] || exit 2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
  -keyout key.pem -out cert.pem >/dev/null 2>&1 || exit 2
cat > ask.ts <<'TS'
const [cert, key] = ["cert.pem", "key.pem"].map((name) => Deno.readTextFileSync(name));
const answer = () => new Response(new Uint8Array(1024));
const at = { hostname: "localhost", port: 0, onListen() {} };
async function median(server: Deno.HttpServer<Deno.NetAddr>, connection: Deno.Conn): Promise<number> {
  const times: number[] = [];
  const buffer = new Uint8Array(65_536);
  for (let round = 0; round < 15; round++) {
    const start = performance.now();
    await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    for (let count = 0; count < 1024;) count += await connection.read(buffer) ?? Infinity;
    times.push(performance.now() - start);
  }
  connection.close();
  await server.shutdown();
  return times.sort((one, other) => one - other)[7];
}
const plain = Deno.serve(at, answer);
const plainTime = await median(plain, await Deno.connect(plain.addr));
const secure = Deno.serve({ ...at, cert, key }, answer);
const { port } = secure.addr;
const options = { hostname: "localhost", port, caCerts: [cert], alpnProtocols: ["http/1.1"] };
const secureTime = await median(secure, await Deno.connectTls(options));
const say = (time: number) => time < 10 ? "below 10 ms" : time < 35 ? "below 35 ms" : "35 ms and more";
console.log(`without a certificate: ${say(plainTime)}, with one: ${say(secureTime)}`);
TS
seen=$(timeout 60 "$deno" run --no-check --allow-read --allow-net ask.ts) || exit 1
echo "$seen"
[ "$seen" = "without a certificate: below 10 ms, with one: 35 ms and more" ]
