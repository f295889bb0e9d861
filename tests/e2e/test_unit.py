"""The daemon as a service of a real systemd user manager, of an ordinary user, in a mount namespace of its own."""
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from lib import POSTSEAL
from provider import Provider

ALICE, UID = "alice@example.test", "54321"

# What logind would have made: /run as systemd leaves it, and a control group that belongs to the user.
NAMESPACE = """
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR"
mount -t cgroup2 none /sys/fs/cgroup
mkdir -p "/sys/fs/cgroup/$GROUP"
chown -R "$UID_OF:$UID_OF" "/sys/fs/cgroup/$GROUP" "$XDG_RUNTIME_DIR" "$HOME"
chmod 700 "$XDG_RUNTIME_DIR"
echo $$ > "/sys/fs/cgroup/$GROUP/cgroup.procs"
exec setpriv --reuid="$UID_OF" --regid="$UID_OF" --clear-groups sh "$HOME/person"
"""

PERSON = """
cd "$HOME"
timeout 100 /usr/lib/systemd/systemd --user > manager 2>&1 &
for i in $(seq 60); do sleep 0.25; systemctl --user is-system-running > state 2>&1 && break; done
grep -q running state || { echo "NO MANAGER"; cat state manager; exit 0; }
. ./story
systemctl --user exit
"""


class Manager:
    """A home with a manager of its own; run() is told shell lines."""

    def __init__(self, provider):
        for program in ("unshare", "setpriv", "systemctl"):
            if not shutil.which(program):
                pytest.skip(f"{program} is not installed")
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="ps-unit-"))
        self.home.chmod(0o755)
        shutil.copy(provider.ca, self.home / "ca.pem")
        (self.home / "password").write_text(provider.password(ALICE) + "\n", encoding="ascii")
        (self.home / "person").write_text(PERSON, encoding="ascii")
        # Beside each other, as they are installed, with their library.
        build = pathlib.Path(POSTSEAL).resolve().parents[2]
        programs = f"{build}/src/cli:{build}/src/daemon"
        self.group = self.home.name
        self.env = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(self.home), "LANG": "C.UTF-8", "USER": "person",
                    "XDG_RUNTIME_DIR": f"/run/user/{UID}", "GROUP": self.group, "UID_OF": UID,
                    "SETUP": f"postseal setup {ALICE} --imap {provider.url('imaps')} --submission {provider.url('submissions')} "
                             f"--user alice --tls-ca {self.home}/ca.pem --password-file {self.home}/password"}

    def run(self, story):
        (self.home / "story").write_text(story, encoding="ascii")
        done = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c", NAMESPACE], env=self.env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        if done.returncode or "NO MANAGER" in done.stdout:
            pytest.skip(f"no user manager can run here: {done.stdout} {done.stderr}")
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    def end(self):
        group = pathlib.Path("/sys/fs/cgroup") / self.group
        subprocess.run(["unshare", "-m", "sh", "-c", f"mount -t cgroup2 none /sys/fs/cgroup; find {group} -depth -type d -exec rmdir {{}} +"],
                       capture_output=True, check=False, timeout=20)
        shutil.rmtree(self.home, ignore_errors=True)


@pytest.fixture(name="manager")
def fixture_manager():
    with Provider({ALICE: "alice-secret"}) as provider:
        manager = Manager(provider)
        yield manager
        manager.end()


STORY = """
show() { systemctl --user show -p "$2" postseald | sed "s/^[^=]*/$1/"; }
settled() { for i in $(seq 60); do sleep 0.1; [ "$(systemctl --user show -p "$1" --value postseald)" = "$2" ] && break; done; }
echo "told=$($SETUP | grep 'The daemon runs')"
echo "enabled=$(systemctl --user is-enabled postseald)"
settled ActiveState active
PID=$(systemctl --user show -p MainPID --value postseald)
for word in NoNewPrivs Seccomp CapEff; do echo "$word=$(sed -n "s/^$word:[[:space:]]*//p" /proc/$PID/status)"; done
echo "files=$(sed -n 's/^Max open files *\\([0-9]*\\).*/\\1/p' /proc/$PID/limits)"
echo "core=$(sed -n 's/^Max core file size *\\([0-9]*\\).*/\\1/p' /proc/$PID/limits)"
for i in $(seq 50); do postseal doctor > doctor && break; sleep 0.1; done
echo "doctor=$(grep '^fail' doctor)"
kill -9 $PID; settled NRestarts 1; settled ActiveState active
show restarts NRestarts; show after_kill ActiveState
sleep 1; systemctl --user stop postseald; show after_stop ActiveState; show result Result; show status ExecMainStatus
sed -i 's/^imap=/imapp=/' .config/postseal/postseald.conf; systemctl --user start postseald; settled ActiveState failed; sleep 3
show typo ActiveState; show typo_restarts NRestarts; show typo_status ExecMainStatus
sed -i 's/^imapp=/imap=/' .config/postseal/postseald.conf; systemctl --user reset-failed; $SETUP > again
echo "again=$(grep 'The daemon runs' again)"; show mended ActiveState
mv .config/postseal/postseald.conf away; systemctl --user restart postseald; show condition ConditionResult
"""


def test_the_service_in_the_hands_of_systemd(manager):
    """Set up and started by `postseal setup`, confined, restarted after a kill but not with a bad configuration."""
    got = manager.run(STORY)
    assert got["told"] == got["again"] == "The daemon runs, and starts when you log in." and got["enabled"] == "enabled"
    assert (got["NoNewPrivs"], got["Seccomp"], int(got["CapEff"], 16)) == ("1", "2", 0)
    assert (got["files"], got["core"]) == ("8192", "0")
    assert got["doctor"] == ""
    assert (got["restarts"], got["after_kill"]) == ("1", "active")
    assert (got["after_stop"], got["result"], got["status"]) == ("inactive", "success", "0")
    assert (got["typo"], got["typo_restarts"], got["typo_status"]) == ("failed", "0", "65")
    assert (got["mended"], got["condition"]) == ("active", "no")
