"""Thunderbird under Xvfb, driven over Marionette: JSON on a socket, scripts run with the program's own rights."""
import base64
import json
import os
import pathlib
import shutil
import socket
import subprocess

import pytest

from lib import environment
from provider import answers, die_with_parent, free_ports, wait_for

QUIET = {
    "app.update.enabled": False, "app.donation.eoy.version.viewed": 999, "mail.shell.checkDefaultClient": False,
    "mail.provider.suppress_dialog_on_startup": True, "mail.spotlight.firstRunDone": True, "mail.rights.version": 1,
    "mailnews.start_page.enabled": False, "mailnews.start_page_override.mstone": "ignore", "mail.rights.override": True,
    "datareporting.policy.dataSubmissionEnabled": False, "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "toolkit.telemetry.enabled": False, "extensions.getAddons.cache.enabled": False, "app.normandy.enabled": False,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False, "mail.cloud_files.enabled": False,
    "mail.compose.warn_public_recipients.aggressive": False, "mail.warn_on_send_accel_key": False,
    "mail.e2ee.auto_enable": False, "mail.biff.show_alert": False, "mail.biff.play_sound": False, "intl.date_time.pattern_override.date_short": "",
    "mail.inappnotifications.enabled": False, "mailnews.auto_config.fetchFromISP.enabled": False, "mail.openpgp.enable": False,
}


def account_at(address, user, imap, smtp):
    """The preferences of a profile with one account at the given ports (without TLS: they are loopback's)."""
    return {
        "mail.accountmanager.accounts": "account1,account2", "mail.accountmanager.defaultaccount": "account1",
        "mail.accountmanager.localfoldersserver": "server2", "mail.account.account2.server": "server2",
        "mail.server.server2.type": "none", "mail.server.server2.hostname": "Local Folders", "mail.server.server2.userName": "nobody",
        "mail.account.account1.server": "server1", "mail.account.account1.identities": "id1",
        "mail.server.server1.type": "imap", "mail.server.server1.hostname": "127.0.0.1", "mail.server.server1.port": imap,
        "mail.server.server1.userName": user, "mail.server.server1.socketType": 0, "mail.server.server1.authMethod": 3,
        "mail.server.server1.name": address, "mail.server.server1.login_at_startup": False,
        "mail.server.server1.check_new_mail": False, "mail.server.server1.offline_download": False,
        "mail.identity.id1.useremail": address, "mail.identity.id1.fullName": user.title(), "mail.identity.id1.valid": True,
        "mail.identity.id1.smtpServer": "smtp1", "mail.identity.id1.compose_html": False, "mail.identity.id1.fcc": True,
        "mail.identity.id1.fcc_folder": f"imap://{user}@127.0.0.1/Sent", "mail.identity.id1.fcc_folder_picker_mode": "0",
        "mail.identity.id1.draft_folder": f"imap://{user}@127.0.0.1/Drafts",
        "mail.smtpservers": "smtp1", "mail.smtp.defaultserver": "smtp1", "mail.smtpserver.smtp1.hostname": "127.0.0.1",
        "mail.smtpserver.smtp1.port": smtp, "mail.smtpserver.smtp1.username": user, "mail.smtpserver.smtp1.try_ssl": 0,
        "mail.smtpserver.smtp1.authMethod": 3,
    }


class Program:
    """A Thunderbird with a profile of its own: QUIET and `prefs`."""

    def __init__(self, folder, address, password, prefs):
        for program in ("thunderbird", "Xvfb"):
            if not shutil.which(program):
                pytest.skip(f"{program} is not installed")
        self.folder, self.address, self.password = pathlib.Path(folder), address, password
        self.profile = self.folder / "profile"
        self.profile.mkdir(parents=True)
        (self.port,) = free_ports(1)
        self.number, self.display, self.program, self.socket = 0, None, None, None
        prefs = QUIET | {"marionette.port": self.port} | prefs
        text = "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in prefs.items())
        (self.profile / "user.js").write_text(text, encoding="utf-8")
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        reading, writing = os.pipe()
        self.display = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
                                        pass_fds=[writing], stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb does not start"
        env = environment() | {"DISPLAY": f":{number}", "HOME": str(self.folder), "MOZ_CRASHREPORTER_DISABLE": "1",
                               "LANG": "C.UTF-8", "NO_AT_BRIDGE": "1"}
        self.program = subprocess.Popen(
            ["thunderbird", "--profile", str(self.profile), "--no-remote", "--marionette", "--remote-allow-system-access"],
            env=env, stdin=subprocess.DEVNULL, stdout=open(self.folder / "thunderbird.log", "wb"), stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent, start_new_session=True)
        assert wait_for(lambda: answers(self.port), 90, 0.2), (self.folder / "thunderbird.log").read_text("utf-8", "replace")
        self.socket = socket.create_connection(("127.0.0.1", self.port), 120)
        self.read()
        self.ask("WebDriver:NewSession", {})
        self.ask("Marionette:SetContext", {"value": "chrome"})
        assert wait_for(lambda: self.run("return !!Services.wm.getMostRecentWindow('mail:3pane')?.document"
                                         ".getElementById('tabmail')?.currentAbout3Pane?.threadTree"), 60, 0.2)

    def stop(self):
        if self.socket:
            self.socket.close()
        for process in (self.program, self.display):
            if process:
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    # -- Marionette: "LENGTH:[0, number, command, parameters]" and "LENGTH:[1, number, error, result]"

    def read(self):
        length = b""
        while not length.endswith(b":"):
            got = self.socket.recv(1)
            assert got, "Thunderbird closed the connection"
            length += got
        text = b""
        while len(text) < int(length[:-1]):
            text += self.socket.recv(int(length[:-1]) - len(text))
        return json.loads(text)

    def ask(self, command, parameters):
        self.number += 1
        text = json.dumps([0, self.number, command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(text), text))
        _, number, error, result = self.read()
        assert number == self.number and not error, error
        return result

    def run(self, script, *args):
        """A script in the program; its `return` is the result."""
        head = "const {MailServices} = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs');\n"
        return self.ask("WebDriver:ExecuteScript", {"script": head + script, "args": list(args), "sandbox": "system",
                                                    "newSandbox": True})["value"]

    def screenshot(self, name):
        """The window as a picture among the artefacts."""
        folder = pathlib.Path(os.environ.get("POSTSEAL_ARTEFACTS") or self.folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(base64.b64decode(self.ask("WebDriver:TakeScreenshot", {"full": False, "hash": False})["value"]))
        return folder / name

    # -- what a person does

    INBOX = """
        const server = MailServices.accounts.getAccount('account1').incomingServer;
        const inbox = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
    """

    def fetch(self):
        """Gets new mail."""
        self.run("""
            const server = MailServices.accounts.getAccount('account1').incomingServer;
            const win = Services.wm.getMostRecentWindow('mail:3pane');
            server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox)?.getNewMessages(win.msgWindow, null)
                ?? server.performExpand(win.msgWindow);
        """)

    def subjects(self):
        return self.run(self.INBOX + "return inbox ? [...inbox.messages].map(m => m.mime2DecodedSubject) : [];")

    def wait_subject(self, subject, seconds=40):
        def look():
            self.fetch()
            return subject in self.subjects()
        assert wait_for(look, seconds, 0.5), self.subjects()

    def show(self, subject):
        """Opens the message in the window, as a click on it does."""
        opened = self.INBOX + """
            const win = Services.wm.getMostRecentWindow('mail:3pane');
            const pane = win.document.getElementById('tabmail').currentAbout3Pane;
            if (inbox) pane.displayFolder(inbox.URI);
            return !!inbox;
        """
        assert wait_for(lambda: self.run(opened), 40, 0.3), "there is no INBOX"
        script = self.INBOX + """
            const win = Services.wm.getMostRecentWindow('mail:3pane');
            const pane = win.document.getElementById('tabmail').currentAbout3Pane;
            if (!pane.gDBView || !inbox) return '';
            const hdr = [...inbox.messages].find(m => m.mime2DecodedSubject == arguments[0]);
            const index = pane.gDBView.findIndexOfMsgHdr(hdr, true);
            if (index >= 0 && pane.threadTree.selectedIndex != index) pane.threadTree.selectedIndex = index;
            const doc = pane.messageBrowser.contentWindow?.getMessagePaneBrowser?.()?.contentDocument;
            return doc?.URL?.startsWith('imap') ? doc.body?.textContent ?? '' : '';
        """
        return wait_for(lambda: self.run(script, subject), 40, 0.3) or ""

    FOLDER = """
        const server = MailServices.accounts.getAccount('account1').incomingServer;
        const folder = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags[arguments[0]]);
        if (!folder) return [];
        folder.updateFolder(Services.wm.getMostRecentWindow('mail:3pane').msgWindow);
        return [...folder.messages].map(m => m.mime2DecodedSubject);
    """  # the Subjects of the folder with a flag such as SentMail

    def compose(self, to, subject, body, headers=()):
        """Writes a message in a window of its own."""
        self.run("""
            const fields = Cc['@mozilla.org/messengercompose/composefields;1'].createInstance(Ci.nsIMsgCompFields);
            fields.to = arguments[0]; fields.subject = arguments[1]; fields.body = arguments[2];
            for (const [name, value] of arguments[3]) fields.setHeader(name, value);
            const params = Cc['@mozilla.org/messengercompose/composeparams;1'].createInstance(Ci.nsIMsgComposeParams);
            params.composeFields = fields;
            params.identity = MailServices.accounts.getAccount('account1').defaultIdentity;
            params.type = Ci.nsIMsgCompType.New;
            params.format = Ci.nsIMsgCompFormat.PlainText;
            MailServices.compose.OpenComposeWindowWithParams(null, params);
        """, to, subject, body + "\n", list(headers))
        ready = "const w = Services.wm.getMostRecentWindow('msgcompose'); return !!w?.gMsgCompose && !!w.composeEditorReady;"
        assert wait_for(lambda: self.run(ready), 30, 0.2), "no compose window"

    def send(self, to, subject, body, headers=()):
        """Writes a message and presses Send."""
        self.compose(to, subject, body, headers)
        self.run("""
            const w = Services.wm.getMostRecentWindow('msgcompose');
            w.setTimeout(() => w.goDoCommand('cmd_sendNow'), 0);
        """)

    def sent(self, seconds=40):
        """Whether the compose window closed by itself."""
        return bool(wait_for(lambda: self.run("return !Services.wm.getMostRecentWindow('msgcompose');"), seconds, 0.2))

    DIALOG = """
        const found = [];
        for (const w of Services.wm.getEnumerator(null)) {
            for (const d of [w.document, ...[...w.document.querySelectorAll('browser')].map(b => b.contentDocument).filter(Boolean)]) {
                const box = d.getElementById('commonDialog');
                if (box) found.push([d.defaultView, box, d.getElementById('infoBody')?.textContent ?? d.documentElement.textContent]);
            }
        }
    """

    def alert(self, seconds=40):
        """The text of the dialog that came up."""
        return wait_for(lambda: self.run(self.DIALOG + "return found.length ? found[0][2] : '';"), seconds, 0.3) or ""

    def dismiss(self):
        self.run(self.DIALOG + "for (const [, box] of found) box.acceptDialog?.() ?? box.getButton('accept').click();")
        self.run("const w = Services.wm.getMostRecentWindow('msgcompose'); if (w) w.setTimeout(() => { w.gContentChanged = false; w.close(); }, 0);")


class Thunderbird(Program):
    """With one account, whose password it has."""

    def __init__(self, folder, address, user, password, imap, smtp):
        self.user = user
        super().__init__(folder, address, password, account_at(address, user, imap, smtp))

    def start(self):
        super().start()
        self.run("""
            const server = MailServices.accounts.getAccount('account1').incomingServer;
            server.password = arguments[0];
            const smtp = MailServices.outgoingServer.defaultServer;
            smtp.password = arguments[0];
            server.performExpand(Services.wm.getMostRecentWindow('mail:3pane').msgWindow);
        """, self.password)
        sent = "return !!MailServices.folderLookup.getFolderForURL(arguments[0])?.parent;"
        assert wait_for(lambda: self.run(sent, f"imap://{self.user}@127.0.0.1/Sent"), 40, 0.2), "no folders"
