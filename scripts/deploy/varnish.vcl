# Varnish (7.1 and later) in front of replicas of serve: /etc/varnish/default.vcl. A change is seen after
# one second. Add `-p http_gzip_support=off` to the command line of varnishd: else it asks for gzip
# whatever the client wants, undoes it, and makes strong entity tags weak, so that no download is resumed.
# Start the replicas with --trusted-proxy and the address of this machine.

vcl 4.1;

import directors;
import std;

backend replica1 {
    .host = "10.0.0.11:8000";
    .connect_timeout = 2s;
    # A script may take --cgi-timeout (30 s) to begin.
    .first_byte_timeout = 60s;
}

backend replica2 {
    .host = "10.0.0.12:8000";
    .connect_timeout = 2s;
    .first_byte_timeout = 60s;
}

sub vcl_init {
    new serve = directors.round_robin();
    serve.add_backend(replica1);
    serve.add_backend(replica2);
}

sub vcl_recv {
    set req.backend_hint = serve.backend();
    # What a client says of itself in these fields is anybody's invention.
    set req.http.X-Forwarded-For = client.ip;
    set req.http.X-Forwarded-Proto = "http";
    set req.http.X-Forwarded-Host = req.http.Host;
    unset req.http.X-Forwarded-Port;
    unset req.http.Forwarded;

    # Scripts get everything as it is; nothing of theirs is stored.
    if (req.url ~ "^/cgi-bin/") {
        return (pass);
    }
    # Varnish knows no multipart/byteranges (416, or 503 when passed): then it only passes bytes on.
    if (req.http.Range ~ ",") {
        return (pipe);
    }
    # Files do not depend on cookies; with one, Varnish would store nothing.
    unset req.http.Cookie;
    # Ranges are of the uncoded bytes, as the replicas have it.
    if (req.http.Range) {
        unset req.http.Accept-Encoding;
    }
    # A handful of copies of each file, not one for each browser. What refuses a coding stays as it is.
    if (req.http.Accept-Encoding !~ "q=0(\.0*)?\s*(,|$)") {
        if (req.http.Accept-Encoding ~ "\bbr\b") {
            set req.http.Accept-Encoding = "br";
        } else if (req.http.Accept-Encoding ~ "\bgzip\b") {
            set req.http.Accept-Encoding = "gzip";
        } else {
            unset req.http.Accept-Encoding;
        }
    }
}

sub vcl_miss {
    # A range of what is not stored goes to a replica as it is, with its If-Range: Varnish would
    # fetch the whole.
    if (req.http.Range) {
        return (pass);
    }
}

sub vcl_backend_fetch {
    # Another replica for each fetch, and for each retry.
    set bereq.backend = serve.backend();
}

sub vcl_backend_error {
    # The replica could not be reached, or broke the connection before its answer began.
    if (bereq.retries < 1 && (bereq.method == "GET" || bereq.method == "HEAD")) {
        return (retry);
    }
}

sub vcl_backend_response {
    # More than this would fill the storage (see -s): it goes through, and nothing of it is kept.
    if (std.integer(beresp.http.Content-Length, 0) > 20000000) {
        set beresp.uncacheable = true;
        set beresp.ttl = 120s;
        return (deliver);
    }
    # serve says `no-cache`: store, but ask each time. Varnish would store nothing. So it may use what
    # has an entity tag for a second, and keeps it to be revalidated by If-None-Match.
    if (!bereq.uncacheable && beresp.status == 200 &&
        beresp.http.Cache-Control == "no-cache" && beresp.http.ETag) {
        set beresp.ttl = 1s;
        set beresp.grace = 0s;
        set beresp.keep = 1h;
        return (deliver);
    }
}
