"""The exported how-to site behind nginx and Apache with the rules that it brings, and behind a server without any."""
import contextlib
import http.client
import http.server
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import pytest

import lib

MEMORY = pathlib.Path("/dev/shm")
MODULES = pathlib.Path("/usr/lib/apache2/modules")
FOLDER = "/folder"  # the site need not be at the top
FORM = "find/?from=mutt&to=kmail&state=expired"

# What is asked, and where it ends: a page's path below /how-to/, None: the page for addresses that are not there.
LEADS = [
    ("", ""),
    ("de/", "de/"),
    ("encrypt/thunderbird/apple-mail/none/", "encrypt/thunderbird/apple-mail/none/"),
    ("encrypt/thunderbird/apple-mail/none", "encrypt/thunderbird/apple-mail/none/"),
    ("encrypt/thunderbird/apple-mail/none/index.html", "encrypt/thunderbird/apple-mail/none/index.html"),
    ("encrypt/thunderbird-153/apple-mail-16/none/", "encrypt/thunderbird/apple-mail/none/"),
    ("encrypt/thunderbird-153.7.0/apple-mail-16/none", "encrypt/thunderbird/apple-mail/none/"),
    ("encrypt/mutt/k-mail-5/ready/", "encrypt/mutt/any/ready/"),
    ("de/encrypt/thunderbird-153/apple-mail-16/none/", "de/encrypt/thunderbird/apple-mail/none/"),
    ("encrypt/nobody/nothing/none/", "encrypt/any/any/none/"),
    ("encrypt/nobody-7/thunderbird/none", "encrypt/any/thunderbird/none/"),
    ("encrypt/thunderbird/nothing/", "encrypt/thunderbird/any/"),
    ("encrypt/outlook-2/", "encrypt/outlook/"),
    ("encrypt/outlook-new/", "encrypt/outlook-new/"),
    ("program/thunderbird-153/", "program/thunderbird/"),
    ("de/program/nobody/", "de/program/any/"),
    (FORM, "encrypt/mutt/kmail/expired/"),
    (FORM.replace("find/", "find/index.html"), "encrypt/mutt/kmail/expired/"),
    ("de/" + FORM, "de/encrypt/mutt/kmail/expired/"),
    ("find/", "find/"),
    ("find/?from=//evil.example&to=kmail&state=none", "find/"),
    ("encrypt/mutt/kmail/perhaps/", None),
    ("nothing/at/all/", None),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def top(port, tmp_path_factory):
    """A folder to serve, with the site in a folder below."""
    memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2 << 30
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY))) if memory else tmp_path_factory.mktemp("site")
        folder.chmod(0o755)  # the web server may be somebody else
        home = lib.Home(tmp_path_factory.mktemp("home") / "home")
        home.json("howto", "export", folder / FOLDER[1:], "--base", f"http://127.0.0.1:{port}{FOLDER}", timeout=240)
        yield folder


def nginx_command(nginx, top, run, port):
    site = top / FOLDER[1:]
    config = run / "nginx.conf"
    temporary = "\n".join(f"{what}_temp_path {run}/{what};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config.write_text(f"""daemon off; worker_processes 1; pid {run}/pid; error_log {run}/errors;
events {{ worker_connections 64; }}
http {{ access_log off; {temporary}
types {{ text/html html; text/css css; text/javascript js; }}
server {{ listen 127.0.0.1:{port}; root {top}; include {site}/how-to/nginx.conf; }} }}
""")
    return [nginx, "-p", run, "-e", run / "errors", "-c", config]


def apache_command(apache, top, run, port):
    config = run / "apache.conf"
    loads = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so"
                      for name in ("mpm_event", "authz_core", "dir", "alias", "rewrite", "mime"))
    config.write_text(f"""ServerRoot {run}
{loads}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {run}/pid
ErrorLog {run}/errors
TypesConfig /etc/mime.types
DocumentRoot {top}
<Directory {top}>
AllowOverride FileInfo
Options FollowSymLinks
Require all granted
</Directory>
""")
    return [apache, "-X", "-f", config]


SERVERS = {"nginx": nginx_command, "apache2": apache_command}


@pytest.fixture(scope="module", params=SERVERS)
def server(request, top, port, tmp_path_factory):
    """A web server with the rules of the export; its port."""
    program = shutil.which(request.param, path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        pytest.skip(f"{request.param} is not installed")
    run = tmp_path_factory.mktemp(request.param)
    with subprocess.Popen(SERVERS[request.param](program, top, run, port), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            wait_for_port(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=20)


def wait_for_port(port, process):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, process.stdout.read().decode()
        time.sleep(0.05)
    pytest.fail("the web server does not listen")


def ask(port, path):
    """(status, type, Location, body)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Content-Type") or "", answer.getheader("Location"), body


def follow(port, path):
    """Where a browser ends; never on another host."""
    for _ in range(5):
        status, kind, location, body = ask(port, path)
        if location is None:
            return path, status, kind, body
        here = f"http://127.0.0.1:{port}"
        assert location.startswith("/") and not location.startswith("//") or location.startswith(here + "/"), location
        path = location.removeprefix(here)
    return pytest.fail(f"{path}: it goes round in circles")


@pytest.mark.parametrize(("asked", "ends"), LEADS)
def test_addresses(server, asked, ends):
    path, status, kind, body = follow(server, f"{FOLDER}/how-to/{asked}")
    assert kind.startswith("text/html")
    if ends is None:
        assert status == 404 and "There is no such page" in body
    else:
        assert (status, path.partition("?")[0]) == (200, f"{FOLDER}/how-to/{ends}")
        assert f'lang="{"de" if ends.startswith("de/") else "en"}"' in body


def test_the_page_for_missing_addresses_works_from_anywhere(server):
    body = follow(server, f"{FOLDER}/how-to/nothing/at/all/")[3]
    base = f"http://127.0.0.1:{server}{FOLDER}/how-to/"
    for path in ("style.css", "find.js", "encrypt/mutt/", "de/"):
        assert f'"{base}{path}"' in body
        assert follow(server, f"{FOLDER}/how-to/{path}")[1] == 200


def test_types(server):
    assert follow(server, f"{FOLDER}/how-to/style.css")[2].startswith("text/css")
    assert "javascript" in follow(server, f"{FOLDER}/how-to/find.js")[2]


def test_without_any_rules_the_lists_lead_on(top):
    """As on a host that takes files only: its 404.html is a page with ways to all others, without JavaScript."""
    class Plain(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(top))

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Plain) as plain:
        threading.Thread(target=plain.serve_forever, daemon=True).start()
        port = plain.server_address[1]
        assert follow(port, f"{FOLDER}/how-to/encrypt/mutt/kmail/none")[:2] == (f"{FOLDER}/how-to/encrypt/mutt/kmail/none/", 200)
        assert follow(port, f"{FOLDER}/how-to/{FORM}")[1] == 200
        assert follow(port, f"{FOLDER}/how-to/encrypt/mutt-2/")[1] == 404
        plain.shutdown()
    missing = (top / FOLDER[1:] / "404.html").read_text(encoding="utf-8")
    found = (top / FOLDER[1:] / "how-to/find/index.html").read_text(encoding="utf-8")
    assert 'encrypt/mutt/">Mutt</a>' in missing and 'encrypt/mutt/index.html">Mutt</a>' in found
