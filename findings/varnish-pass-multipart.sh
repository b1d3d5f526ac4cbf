#!/usr/bin/env bash
# Varnish 7.1.1 (packages of Debian 12), return (pass).
# Guess: what is passed goes to the backend and back as it is, so that a request for two ranges gets the backend's 206 with
# multipart/byteranges.
# Seen: one range is passed as 206; for two, the same backend's right 206 becomes a 503 (Backend fetch failed), because it has
# no Content-Range: RFC 9110 section 15.3.7.2 forbids one beside multipart/byteranges.
set -u
command -v python3 >/dev/null && command -v gcc >/dev/null && command -v curl >/dev/null || exit 2
pids=
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'kill $pids 2>/dev/null; wait 2>/dev/null; rm -rf "$folder"' EXIT
for package in varnish=7.1.1-2+deb12u1 libvarnishapi3=7.1.1-2+deb12u1 libjemalloc2=5.3.0-1; do
  apt-get download -qq "$package" >/dev/null 2>&1 || exit 2
done
for package in *.deb; do dpkg -x "$package" . || exit 2; done
libraries=$(dirname "$(find "$folder/usr/lib" -name 'libvarnishapi.so*' | head -1)")
export LD_LIBRARY_PATH=$libraries:$libraries/varnish:$folder/usr/lib/varnish
varnishd=$folder/usr/sbin/varnishd
"$varnishd" -V 2>&1 | grep -q 'varnish-7\.1\.1 ' || exit 2
cat > backend.py <<'PY'
import http.server, sys
PARTS = "--b\r\nContent-Range: bytes 0-0/9\r\n\r\na\r\n--b\r\nContent-Range: bytes 4-4/9\r\n\r\ne\r\n--b--\r\n"
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *words): pass
    def do_GET(self):
        several = "," in self.headers.get("Range", "")
        body = (PARTS if several else "a").encode()
        self.send_response(206)
        if several: self.send_header("Content-Type", "multipart/byteranges; boundary=b")
        else: self.send_header("Content-Range", "bytes 0-0/9")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PY
python3 backend.py >backend 2>/dev/null & pids=$!
for _ in $(seq 100); do [ -s backend ] && break; sleep 0.1; done
cat > pass.vcl <<VCL
vcl 4.1;
backend default { .host = "127.0.0.1:$(cat backend)"; }
sub vcl_recv {
  return (pass);
}
VCL
"$varnishd" -F -j none -n "$folder/n" -T none -a "v=$folder/socket,mode=600" -f "$folder/pass.vcl" >log 2>&1 & pids="$pids $!"
status() { curl -s -m 10 -o /dev/null -w '%{http_code}' --unix-socket socket -r "$1" "http://a/$2"; }
for _ in $(seq 200); do [ "$(status 0-0 pass)" = 000 ] || break; sleep 0.1; done
seen="$(status 0-0 pass) $(status 0-0,4-4 pass)"
echo "$seen"
[ "$seen" = "206 503" ]
