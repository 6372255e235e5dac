"""A peer for the tests of OutboundHTTP: HTTP, HTTPS and SMTP on loopback, with every bad habit on demand.

Prints one JSON line with its ports and the path of its certificate, serves until its standard input closes.
"""
import base64, collections, json, os, socket, ssl, subprocess, sys, tempfile, threading, urllib.parse

lock = threading.Lock()
connections = 0
counts = collections.Counter()
sent = collections.Counter()
mails = []


def http(sock):
    global connections
    with lock:
        connections += 1
        connection = connections
    file = sock.makefile("rb")
    request = 0
    while True:
        line = file.readline().decode().split()
        if len(line) < 3:
            return
        method, target, _ = line
        headers = {}
        while (field := file.readline().strip()):
            name, _, value = field.decode().partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while (size := int(file.readline().strip(), 16)):
                body += file.read(size)
                file.readline()
            file.readline()
        else:
            length = int(headers.get("content-length", 0))
            body = file.read(length)
            if len(body) < length:
                with lock:
                    counts["short body"] += 1
                return
        request += 1
        url = urllib.parse.urlsplit(target)
        query = dict(urllib.parse.parse_qsl(url.query))
        with lock:
            counts[url.path] += 1

        def answer(status, body, more=()):
            head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", f"X-Connection: {connection}",
                    f"X-Request: {request}", *more]
            sock.sendall(("\r\n".join(head) + "\r\n\r\n").encode() + (b"" if method == "HEAD" else body))

        if url.path == "/echo":
            answer(200, json.dumps({"method": method, "target": target, "headers": headers,
                                    "body": body.decode("latin1"), "connection": connection}).encode())
        elif url.path == "/length":
            answer(200, str(len(body)).encode())
        elif url.path == "/stats":
            with lock:
                answer(200, json.dumps({"counts": counts, "sent": sent, "connections": connections,
                                        "mails": mails}).encode())
        elif url.path == "/status":
            answer(int(query["code"]), b"no")
        elif url.path == "/silent":
            sock.recv(1)
            return
        elif url.path == "/big":
            answer(200, b"x" * int(query["bytes"]))
        elif url.path == "/endless":
            sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                sock.sendall(b"4000\r\n" + b"y" * 0x4000 + b"\r\n")
                with lock:
                    sent[query["id"]] += 0x4000
        elif url.path == "/heads":
            sock.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                sock.sendall(b"X-Filler: " + b"z" * 1000 + b"\r\n")
        elif url.path == "/begin":
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX-Kind: begun\r\n\r\n")
            sock.recv(1)
            return
        elif url.path == "/partial":
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
            return
        elif url.path == "/garbage":
            sock.sendall(b"\x00\x01 this is no HTTP\r\n\r\n")
            return
        elif url.path == "/drop":
            return
        elif url.path == "/drop-when-reused":
            if request > 1:
                return
            answer(200, b"first")
        elif url.path == "/redirect":
            answer(302, b"", [f"Location: {query['to']}"])
        elif url.path == "/continue":
            sock.sendall(b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n")
            answer(200, b"late", ["X-Late: yes"])
        else:
            answer(404, b"")


def smtp(sock, context):
    tls = False
    auth = None
    file = sock.makefile("rb")
    say = lambda text: sock.sendall(text.encode() + b"\r\n")
    say("220 peer ESMTP")
    sender, recipients = None, []
    while (line := file.readline().decode().rstrip()):
        verb = line.upper()
        if verb.startswith("EHLO"):
            say("250-peer")
            if context and not tls:
                say("250-STARTTLS")
            say("250-AUTH PLAIN")
            say("250 8BITMIME")
        elif verb == "STARTTLS" and context:
            say("220 go")
            sock = context.wrap_socket(sock, server_side=True)
            file = sock.makefile("rb")
            tls = True
        elif verb.startswith("AUTH PLAIN"):
            token = line[10:].strip()
            if not token:
                say("334 ")
                token = file.readline().decode().strip()
            auth = base64.b64decode(token).decode().split("\0")[1:]
            if auth[1] == "wrong":
                say("535 no")
            else:
                say("235 ok")
        elif verb.startswith("MAIL FROM"):
            sender, recipients = line[10:], []
            say("250 ok")
        elif verb.startswith("RCPT TO"):
            recipients.append(line[8:])
            say("550 no such user" if "nobody@" in line else "451 later" if "later@" in line else "250 ok")
        elif verb == "DATA":
            say("354 go")
            data = b""
            while (part := file.readline()) != b".\r\n":
                data += part[1:] if part.startswith(b".") else part
            if any("drop@" in r for r in recipients):
                sock.shutdown(socket.SHUT_RDWR)
                return
            if any("spam@" in r for r in recipients):
                say("554 spam")
                continue
            with lock:
                mails.append({"from": sender, "to": recipients, "data": data.decode(), "tls": tls, "auth": auth})
            say("250 taken")
        elif verb == "QUIT":
            say("221 bye")
            return
        else:
            say("502 what")


def serve(handler, context=None):
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)

    def one(sock):
        try:
            handler(context.wrap_socket(sock, server_side=True) if context else sock)
        except (OSError, ValueError):
            pass
        finally:
            sock.close()

    def accept():
        while True:
            sock, _ = listener.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=one, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


with tempfile.TemporaryDirectory() as folder:
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    closed = socket.create_server(("127.0.0.1", 0))
    refused = closed.getsockname()[1]
    closed.close()
    print(json.dumps({"http": serve(http), "https": serve(http, context), "smtp": serve(lambda s: smtp(s, None)),
                      "smtpTLS": serve(lambda s: smtp(s, context)), "refused": refused,
                      "certificate": certificate}), flush=True)
    sys.stdin.read()
