"""Each public header compiles alone, as C99 and as C++, without a warning; prints TAP.

Arguments: the compiler command, "--", then the headers. Environment: POSTSEAL_INCLUDE, include folders with ":" between.
"""
import os
import pathlib
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"]
LANGUAGES = {"C99": ["-x", "c", "-std=c99"], "C++": ["-x", "c++", "-std=c++17"]}


def compile_alone(command, text):
    return subprocess.run(command + ["-"], input=text, capture_output=True, text=True, check=False)


def main():
    cut = sys.argv.index("--")
    headers = [pathlib.Path(h) for h in sys.argv[cut + 1 :]]
    packages = subprocess.run(["pkg-config", "--cflags-only-I", "gio-2.0"], capture_output=True, text=True, check=True)
    system = packages.stdout.replace("-I", "-isystem ").split()
    own = [f"-I{folder}" for folder in os.environ["POSTSEAL_INCLUDE"].split(":")]
    cases = [(header, language) for header in headers for language in LANGUAGES]
    print(f"1..{len(cases)}")
    failed = False
    for number, (header, language) in enumerate(cases, 1):
        base = sys.argv[1:cut] + WARNINGS + LANGUAGES[language]
        name = f"{number} {header.name} as {language}"
        if compile_alone(base, "int x;\n").returncode != 0:
            print(f"ok {name} # SKIP no compiler for {language}")
            continue
        done = compile_alone(base + own + system, f'#include "{header}"\nint x;\n')
        failed |= done.returncode != 0
        print("".join(f"# {line}\n" for line in done.stderr.splitlines()), end="")
        print(f"{'ok' if done.returncode == 0 else 'not ok'} {name}")
    return failed


sys.exit(main())
