"""More real mail programs, each with the little that makes it read an INBOX or send a message. See clients.py."""
import mailbox
import os
import pathlib
import pty
import re
import select
import time

import pytest

from clients import Client, Sent
from lib import environment


def maildir(folder):
    return [p.read_bytes() for part in ("cur", "new") for p in sorted((folder / part).iterdir())]


class Program(Client):
    """Without TLS on loopback, which all of them know."""

    def shown(self):
        """What the program shows of the INBOX: Subjects and texts, as it gets them."""
        raise NotImplementedError


class Mpop(Program):
    """POP3."""

    needs = ("mpop",)

    def shown(self):
        box = self.folder / "mbox"
        code, said = self.run("mpop", "--host=127.0.0.1", f"--port={self.ports['pop3']}", f"--user={self.user}", "--auth=user", "--tls=off",
                              f"--passwordeval=echo {self.password}", "--keep=on", f"--delivery=mbox,{box}", f"--uidls-file={self.folder}/uidls")
        assert code == 0, said
        return b"".join(bytes(m) for m in mailbox.mbox(box)).decode()


class Fdm(Program):
    needs = ("fdm",)

    def shown(self):
        box = self.folder / "box"
        rc = self.file("fdm.conf", f'set lock-file "{self.folder}/lock"\naccount "a" imap server "127.0.0.1" port {self.ports["imap"]} user "{self.user}" '
                       f'pass "{self.password}" folder "INBOX"\naction "d" maildir "{box}"\nmatch all action "d"\n')
        code, said = self.run("fdm", "-k", "-v", "-f", rc, "fetch")
        assert code == 0, said
        return b"".join(maildir(box)).decode()


class OfflineImap(Program):
    needs = ("offlineimap",)

    def shown(self):
        rc = self.file("offlineimaprc", f"""
[general]
accounts = a
ui = basic
metadata = {self.folder}/meta
[Account a]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {self.folder}/box
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = {self.ports['imap']}
remoteuser = {self.user}
remotepass = {self.password}
ssl = no
starttls = no
""")
        code, said = self.run("offlineimap", "-c", rc, "-o")
        assert code == 0, said
        return b"".join(maildir(self.folder / "box/INBOX")).decode()


class ImapFilter(Program):
    """Lua: it searches, and fetches fields, sizes and parts one by one."""

    needs = ("imapfilter",)

    def shown(self):
        rc = self.file("filter.lua", f"""
options.starttls = false
a = IMAP{{server='127.0.0.1', port={self.ports['imap']}, username='{self.user}', password='{self.password}'}}
print('found', #a.INBOX:contain_subject('merger'), #a.INBOX:contain_body('viaduct'), #a.INBOX:match_subject('merger'))
for _, m in ipairs(a.INBOX:select_all()) do
  b, u = table.unpack(m)
  print(b[u]:fetch_field('Subject'), b[u]:fetch_size() == #b[u]:fetch_message())
  for k, v in pairs(b[u]:fetch_structure()) do print(b[u]:fetch_part(k)) end
end
""")
        code, said = self.run("imapfilter", "-c", rc)
        assert code == 0 and "found\t1\t1\t1" in said and "\tfalse" not in said, said
        return said


class SNail(Program):
    needs = ("s-nail",)

    def shown(self):
        url = f"imap://{self.user}:{self.password}@127.0.0.1:{self.ports['imap']}/INBOX"
        code, said = self.run("s-nail", "-:/", "-S", "v15-compat", "-R", "-f", url, stdin=b"headers\ntype *\nxit\n")
        assert code == 0, said
        return said

    def send(self, octets):
        head, _, body = octets.partition(b"\n\n")
        subject = re.search(rb"(?m)^Subject: (.*)$", head)[1].decode()
        url = f"smtp://{self.user}:{self.password}@127.0.0.1:{self.ports['smtp']}"
        code, said = self.run("s-nail", "-:/", "-S", "v15-compat", "-S", f"mta={url}", "-S", "smtp-auth=plain", "-r", self.address, "-s", subject,
                              *self.recipients(octets), stdin=body)
        return Sent(code == 0, said)


class Mailutils(Program):
    needs = ("frm", "readmsg")

    def shown(self):
        url = f"imap://{self.user}:{self.password}@127.0.0.1:{self.ports['imap']}/INBOX"
        return self.run("frm", url)[1] + self.run("readmsg", "-f", url, "1", "2")[1]


class Script(Program):
    """A library of a language, with a script that prints what it gets."""

    script, interpreter, probe = "", (), ""

    def set_up(self):
        if self.run(*self.interpreter, *self.flag, self.probe)[0]:
            pytest.skip(f"{self.probe} does not run: {type(self).__doc__} is not installed")

    def shown(self):
        path = self.file("script", self.script)
        code, said = self.run(*self.interpreter, path, self.ports["imap"], self.user, self.password, GIO_USE_NETWORK_MONITOR="base")
        assert code == 0, said
        return said


class Perl(Script):
    """Mail::IMAPClient (libmail-imapclient-perl)"""

    needs, interpreter, flag, probe = ("perl",), ("perl",), ("-e",), "use Mail::IMAPClient;"
    script = """use Mail::IMAPClient;
my ($port, $user, $password) = @ARGV;
my $i = Mail::IMAPClient->new(Server => "127.0.0.1", Port => $port, User => $user, Password => $password, Uid => 1) or die $@;
$i->select("INBOX") or die $i->LastError;
my $sizes = $i->fetch_hash("RFC822.SIZE", "ENVELOPE");
for ($i->messages) {
  print $i->subject($_), "\\n", $i->get_envelope($_)->subject, "\\n", $i->get_bodystructure($_)->bodytype, "\\n";
  my $whole = $i->message_string($_);
  die "size" if $i->size($_) != length $whole or $sizes->{$_}{"RFC822.SIZE"} != length $whole;
  print $whole;
}
die "search" if 1 != @{[$i->search("BODY", "viaduct")]} or 1 != @{[$i->search("SUBJECT", "merger")]};
"""


class Ruby(Script):
    """Ruby with Net::IMAP"""

    needs, interpreter, flag, probe = ("ruby",), ("ruby",), ("-e",), "require 'net/imap'"
    script = """require "net/imap"
i = Net::IMAP.new("127.0.0.1", port: ARGV[0].to_i)
i.authenticate("PLAIN", ARGV[1], ARGV[2])
i.select("INBOX")
i.fetch(1..-1, "FULL").each { |m| p m.attr["ENVELOPE"].subject, m.attr["BODY"].class }
i.uid_fetch(1..-1, ["BODYSTRUCTURE", "FLAGS", "RFC822.SIZE", "BODY.PEEK[]"]).each { |m|
  raise "size" if m.attr["RFC822.SIZE"] != m.attr["BODY[]"].bytesize
  puts m.attr["BODY[]"] }
raise "search" if i.search(["BODY", "viaduct"], "UTF-8").size != 1 or i.uid_search(["SUBJECT", "merger"]).size != 1
"""


class Php(Script):
    """php-imap, which is the c-client library of the University of Washington, as alpine has it"""

    needs, interpreter, flag, probe = ("php",), ("php",), ("-r",), "exit(function_exists('imap_open') ? 0 : 1);"
    script = """<?php
[$_, $port, $user, $password] = $argv;
$i = imap_open("{127.0.0.1:$port/imap/notls}INBOX", $user, $password) or die(imap_last_error());
$n = imap_num_msg($i);
foreach (imap_fetch_overview($i, "1:$n") as $o) echo $o->subject, "\\n";
for ($k = 1; $k <= $n; $k++) {
  imap_fetchstructure($i, $k);
  $size = strlen(imap_fetchheader($i, $k) . imap_body($i, $k, FT_PEEK));
  if (imap_headerinfo($i, $k)->Size != $size) die("size");
  echo imap_fetchbody($i, $k, "1"), imap_fetchmime($i, $k, "1");
}
if (count(imap_search($i, "BODY viaduct")) != 1 || count(imap_sort($i, SORTDATE, 0)) != $n) exit(1);
imap_errors();
"""


class Camel(Script):
    """Evolution's Camel (gir1.2-camel-1.2, evolution-data-server)"""

    interpreter, flag, probe = ("/usr/bin/python3",), ("-c",), "import gi; gi.require_version('Camel', '1.2'); from gi.repository import Camel"
    script = """import gi, os, sys, time
gi.require_version("Camel", "1.2")
from gi.repository import Camel, Gio, GLib
base = os.environ["HOME"] + "/camel"
Camel.init(base, False)
Camel.provider_init()
class Session(Camel.Session):
    def do_authenticate_sync(self, service, mechanism, cancellable):
        return service.authenticate_sync(mechanism, cancellable) == Camel.AuthenticationResult.ACCEPTED
session = Session(user_data_dir=base, user_cache_dir=base + "/cache")
session.set_online(True)
store = session.add_service("a", "imapx", Camel.ProviderType.STORE)
for name, value in {"host": "127.0.0.1", "port": int(sys.argv[1]), "user": sys.argv[2], "security-method": 0, "auth-mechanism": "PLAIN"}.items():
    store.ref_settings().set_property(name, value)
store.set_password(sys.argv[3])
store.can_reach_sync(None)
for _ in range(20):
    GLib.MainContext.default().iteration(False)
    time.sleep(0.05)
store.connect_sync(None)
box = store.get_folder_sync("INBOX", 0, None)
box.refresh_info_sync(None)
for uid in box.get_uids():
    print(box.get_message_info(uid).get_subject())
    out = Gio.MemoryOutputStream.new_resizable()
    box.get_message_sync(uid, None).write_to_output_stream_sync(out, None)
    out.close()
    print(out.steal_as_bytes().get_data().decode())
assert len(box.search_by_expression('(match-all (body-contains "viaduct"))', None)) == 1
"""


class Screen(Program):
    """Programs of the terminal: what they draw while they get these keys."""

    def screen(self, command, keys, seconds=20):
        """keys: [(what is drawn, what is then typed)]."""
        pid, fd = pty.fork()
        if pid == 0:
            os.execvpe(command[0], command, environment() | {"HOME": str(self.folder), "TERM": "xterm", "LINES": "50", "COLUMNS": "150"})
        drawn, seen, end = b"", 0, time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                if select.select([fd], [], [], 0.2)[0]:
                    try:
                        drawn += os.read(fd, 65536)
                    except OSError:
                        break
                elif keys and re.search(keys[0][0], drawn[seen:]):
                    seen = len(drawn)
                    os.write(fd, keys.pop(0)[1])
                elif not keys:
                    break
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            os.close(fd)
        return re.sub(rb"\x1b(?:\[[0-9;?]*[a-zA-Z@]|[()][0-9A-B]|[=>])", b"", drawn).decode("utf-8", "replace")


class Alpine(Screen):
    needs = ("alpine",)

    def shown(self):
        place = f"{{127.0.0.1:{self.ports['imap']}/user={self.user}/notls}}"
        rc = self.file("pinerc", f"inbox-path={place}INBOX\nfolder-collections=Mail {place}[]\nlast-version-used=9.99\n"
                       "feature-list=quit-without-confirm,disable-password-file-saving\n")
        return self.screen(["alpine", "-p", str(rc), "-i"], [(rb"(?i)password", self.password.encode() + b"\r"), (rb"merger", b"\r"), (rb".", b"")])


class Aerc(Screen):
    needs = ("aerc",)

    def shown(self):
        for name in ("aerc.conf", "binds.conf"):
            found = pathlib.Path("/usr/share/aerc") / name
            (self.folder / ".config/aerc").mkdir(parents=True, exist_ok=True)
            self.file(f".config/aerc/{name}", found.read_text("utf-8") if found.exists() else "")
        self.file(".config/aerc/accounts.conf", f"[a]\nsource = imap+insecure://{self.user}:{self.password}@127.0.0.1:{self.ports['imap']}\n"
                  f"outgoing = /bin/true\nfrom = <{self.address}>\ndefault = INBOX\n")
        return self.screen(["aerc"], [(rb"merger", b"\r"), (rb".", b"")])


class Mutt(Screen):
    needs = ("mutt",)

    def shown(self):
        rc = self.file("muttrc", f"""
set imap_user={self.user} imap_pass={self.password} folder=imap://127.0.0.1:{self.ports['imap']}/ spoolfile=+INBOX
set ssl_starttls=no ssl_force_tls=no header_cache="" sleep_time=0 wait_key=no quit=yes imap_check_subscribed=no beep=no charset=utf-8
set crypt_use_gpgme=no crypt_verify_sig=no
""")
        return self.screen(["mutt", "-n", "-F", str(rc)], [(rb"merger", b"\r"), (rb".", b"")])
