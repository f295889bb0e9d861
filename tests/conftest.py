"""Fixtures of the whole-program tests; under Meson (POSTSEAL_TAP) results are printed as TAP."""
import atexit
import os
import shutil
import tempfile

import pytest

import lib


@pytest.fixture
def home(tmp_path):
    """A fresh person: an empty home."""
    return lib.Home(tmp_path / "home")


@pytest.fixture
def new_home(tmp_path):
    """Makes any number of fresh people."""
    made = iter(range(1000))
    return lambda: lib.Home(tmp_path / f"home{next(made)}")


@pytest.fixture(scope="session")
def shared():
    """The folder of published vectors and real mail; tests that need it are skipped where it is missing."""
    folder = lib.SHARED
    if not (folder / "vectors").is_dir():
        pytest.skip(f"no published vectors in {folder}")
    return folder


class Tap:
    """Prints one TAP line a case, with the reason of a skip and the report of a failure."""

    def __init__(self):
        self.count = 0

    def line(self, good, report, remark=""):
        self.count += 1
        name = report.nodeid.rpartition("::")[2].replace("#", "_")
        print(f"{'ok' if good else 'not ok'} {self.count} {name}{remark}", flush=True)

    def pytest_runtest_logreport(self, report):
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "expected to fail"
            self.line(True, report, " # SKIP " + reason.removeprefix("Skipped: "))
        elif report.failed:
            print("".join(f"# {line}\n" for line in report.longreprtext.splitlines()), end="")
            self.line(False, report)
        elif report.when == "call":
            self.line(True, report)

    def pytest_collectreport(self, report):
        if report.failed:
            print("".join(f"# {line}\n" for line in report.longreprtext.splitlines()), end="")
            self.line(False, report)
        elif report.skipped and isinstance(report.longrepr, tuple):
            self.line(True, report, " # SKIP " + report.longrepr[2].removeprefix("Skipped: "))

    def pytest_sessionfinish(self):
        print(f"1..{self.count}", flush=True)


class OwnFolder:
    """Gives each run a temporary folder of its own, kept only if something failed.

    The folder that pytest makes for all runs of a user is set to mode 0700 by every run that starts: the servers of
    another run, which give up root, then lose the way to their mailboxes.
    """

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="ps-")
        self.kept = True
        os.environ["PYTEST_DEBUG_TEMPROOT"] = self.folder
        atexit.register(self.remove)  # after what pytest itself does there at the end

    def pytest_sessionfinish(self, exitstatus):
        self.kept = exitstatus != 0

    def remove(self):
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    config.pluginmanager.register(OwnFolder())
    if not os.path.exists(lib.POSTSEAL) and "GI_TYPELIB_PATH" not in os.environ:
        pytest.exit(f"{lib.POSTSEAL} is not built: run ninja -C build, or set POSTSEAL", 1)
    if os.environ.get("POSTSEAL_TAP"):
        config.pluginmanager.unregister(name="terminalreporter")
        config.pluginmanager.register(Tap())
