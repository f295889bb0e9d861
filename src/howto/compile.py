#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Checks howto/ and makes constants in C of it. doc: doc/howto-format.md.

compile.py tells|pages SOURCE-ROOT OUTPUT DEPFILE: "tells" is how programs are recognised (src/policy),
"pages" is what pages are composed from (src/howto).
"""
import pathlib
import re
import sys

LANGUAGES = ("en", "de")
ALL = 0xFFFFFFFF
IDENTIFIER = re.compile(r"[a-z]+(-[a-z]+)*")
KEY = re.compile(r"([A-Za-z0-9-]+)(?:\[([a-z]+)\])?")
GROUP = re.compile(r"([a-z]+)(?: ([a-z0-9-]+?))?(?: (\d+)?-(\d+)?)?")
CHECKED = re.compile(r"(?P<grade>measured|library|read)(?: (?P<version>\S.*))? (?P<date>\d{4}-\d\d-\d\d)|not-verified")
PLATFORMS = {"Windows", "macOS", "Linux", "iOS", "Android", "Web", "Terminal"}
KINDS = {"desktop", "mobile", "webmail", "terminal"}
YES = ("yes", "no", "unknown")
FACTS = {
    "smime": ("yes", "no", "plug-in", "paid", "managed", "unknown"),
    "own-keys": ("yes", "no", "admin", "unknown"),
    "trust-scope": ("address", "anyone", "unknown"),
    "proxy": ("yes", "no", "closed", "unknown"),
    **dict.fromkeys(("needs-trust", "quiet", "read-gcm", "read-oaep", "read-ec", "read-pss", "modern-p12",
        "hidden-subject"), YES),
}
TASKS = ("get-own-key", "send-signed", "save-sender-key", "trust-sender", "compare-key", "forget-key", "encrypt", "read",
    "use-proxy")
# Header fields in the order in which they are asked; those in between are equal.
FIELDS = ["User-Agent", "X-Mailer", "MIME-Version", "Feedback-ID", "X-Pm-Message-ID", "X-Readdle-Message-ID",
    "X-Gm-Message-State", "X-MS-Exchange-MessageSentRepresentingType", "X-MS-Has-Attach", "Message-ID", "IMAP-ID"]
MATCHES = ("starts", "contains", "ends", "is", "present")
MARKS = {"source", "checked"}
KEYS = {
    "program": {"name", "vendor", "platforms", "kind", "about", "home", "like"},
    "tell": {"field", "match", "text", "version-after", "order", "weak", "example", "example-version"} | MARKS,
    "can": {"value", "text"} | MARKS,
    "task": {"note"} | MARKS,
}


class Fault(Exception):
    """What is wrong in a file of the knowledge base."""


class Group:
    """One group of a key file."""

    def __init__(self, place, kind, name, versions):
        self.place, self.kind, self.name, self.versions, self.keys = place, kind, name, versions, {}

    def need(self, ok, why):
        if not ok:
            raise Fault(f"{self.place}: {why}")

    def get(self, key, language=LANGUAGES[0], default=None):
        return self.keys.get((key, language), default)

    def text(self, key, required=False):
        """A text in all languages or in none."""
        found = [self.get(key, language) for language in LANGUAGES]
        if any(found) or required:
            self.need(all(found), f"{key} is not there in all languages")
        return found


def unescape(group, value):
    escapes = {"n": "\n", "t": "\t", "s": " ", "r": "\r", "\\": "\\", ";": ";"}

    def one(match):
        group.need(match[1] in escapes, f"no escape: {match[0]}")
        return escapes[match[1]]
    return re.sub(r"\\(.?)", one, value)


def open_group(path, number, line):
    match = GROUP.fullmatch(line[1:-1]) if line.endswith("]") else None
    if not match or match[1] not in KEYS:
        raise Fault(f"{path}:{number}: no such group: {line}")
    first, last = match[3], match[4]
    return Group(f"{path}:{number}", match[1], match[2], (int(first or 0), int(last) if last else ALL))


def add_key(group, line):
    key, equals, value = line.partition("=")
    match = KEY.fullmatch(key.strip())
    group.need(match and equals, f"no key: {line}")
    name, language = match[1], match[2] or LANGUAGES[0]
    known = name in KEYS[group.kind] or group.kind == "task" and name.isdigit()
    group.need(known and language in LANGUAGES, f"unknown key: {key}")
    group.need((name, language) not in group.keys, f"{key} is there twice")
    group.keys[name, language] = unescape(group, value.strip())


def read(path):
    groups = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        line = raw.strip()
        if line.startswith("["):
            groups.append(open_group(path, number, line))
        elif line and not line.startswith("#"):
            if not groups:
                raise Fault(f"{path}:{number}: a key before any group")
            add_key(groups[-1], line)
    return groups


def mark(group):
    checked, source = group.get("checked", default=""), group.get("source")
    match = CHECKED.fullmatch(checked)
    group.need(match and (match["version"] or match["grade"] in ("read", None)),
        f"checked={checked}: measured VERSION DATE, library LIBRARY DATE, read [VERSION] DATE or not-verified")
    group.need(source, "no source")
    source = None if source == "-" else source
    group.need(source or not match["grade"], "a fact that was checked has a source")
    grade = (match["grade"] or "not_verified").upper()
    return {"grade": grade, "version": match["version"], "date": match["date"], "source": source}


def check_marks_of_text(group, text):
    group.need(re.fullmatch(r"(?:[^{}`]|\{[^{}`]+\}|`[^`]+`)+", text), f"braces or backticks do not match: {text}")


def fact(group):
    group.need(group.name in FACTS, f"unknown: can {group.name}")
    value = group.get("value")
    group.need(value in FACTS[group.name], f"value={value}: one of {', '.join(FACTS[group.name])}")
    text = group.text("text")
    for one in filter(None, text):
        check_marks_of_text(group, one)
    return {"name": group.name, "versions": group.versions, "value": value, "text": text, "mark": mark(group)}


def task(group):
    group.need(group.name in TASKS, f"unknown: task {group.name}")
    count = max((int(key) for key, _ in group.keys if key.isdigit()), default=0)
    group.need(count, "no steps")
    steps = [group.text(str(n), required=True) for n in range(1, count + 1)]
    note = group.text("note")
    for texts in [*steps, note]:
        for text in filter(None, texts):
            check_marks_of_text(group, text)
    return {"name": group.name, "versions": group.versions, "steps": steps, "note": note, "mark": mark(group)}


def tell(group, program):
    mark(group)
    fields = [f.strip() for f in group.get("field", default="").split(";") if f.strip()]
    match, text = group.get("match", default="starts"), group.get("text", default="")
    order = int(group.get("order", default="50"))
    group.need(fields and all(f in FIELDS for f in fields), f"field: some of {', '.join(FIELDS)}")
    group.need(match in MATCHES and bool(text) == (match != "present"), "match and text do not go together")
    group.need(1 <= order <= 99, "order is 1 to 99")
    example = group.get("example")
    group.need(example or not {"User-Agent", "X-Mailer"} & set(fields), "no example")
    return [{"id": program, "field": f, "match": match, "text": text, "after": group.get("version-after"), "order": order,
        "weak": group.get("weak") == "true", "example": example, "example_version": group.get("example-version")} for f in fields]


def unique(groups):
    seen = set()
    for group in groups:
        key = (group.kind, group.name, group.versions)
        group.need(key not in seen, "this group is there twice")
        group.need((group.kind == "program") == (group.name is None), "a group has a name, [program] has none")
        seen.add(key)


def program(path):
    groups = read(path)
    unique(groups)
    if not groups or groups[0].kind != "program" or not IDENTIFIER.fullmatch(path.stem):
        raise Fault(f"{path}: begins with [program] and is named by lower-case letters and hyphens")
    head = groups[0]
    platforms = [p.strip() for p in head.get("platforms", default="").split(";") if p.strip()]
    head.need(set(platforms) <= PLATFORMS and (platforms or path.stem == "any"), f"platforms: some of {PLATFORMS}")
    head.need(head.get("kind") in KINDS or path.stem == "any", f"kind: one of {KINDS}")
    name = head.get("name")
    head.need(name, "no name")
    return {
        "id": path.stem, "place": head.place, "name": [name, head.get("name", "de", name)], "vendor": head.get("vendor"),
        "platforms": ", ".join(platforms), "kind": head.get("kind"), "about": head.text("about", required=True),
        "home": head.get("home"), "like": head.get("like"),
        "tells": [t for g in groups if g.kind == "tell" for t in tell(g, path.stem)],
        "facts": [fact(g) for g in groups if g.kind == "can"],
        "tasks": [task(g) for g in groups if g.kind == "task"],
    }


def inherit(one, programs):
    other = programs.get(one["like"])
    if one["like"] and (not other or other["like"]):
        raise Fault(f"{one['place']}: like={one['like']}: no such program, or itself like another")
    for kind in ("facts", "tasks") if other else ():
        own = {item["name"] for item in one[kind]}
        one[kind] += [{**item, "mark": {**item["mark"], "of": other["name"][0]}} for item in other[kind] if item["name"] not in own]


def check_whole(one):
    def value(name):
        return next((f["value"] for f in one["facts"] if f["name"] == name and f["versions"] == (0, ALL)), None)
    wanted = {"smime"} if value("smime") is None else set()
    tasks = {t["name"] for t in one["tasks"]}
    if one["id"] == "any":
        wanted |= set(TASKS) - tasks
    elif value("smime") not in (None, "no"):
        wanted |= {"get-own-key", "send-signed", "save-sender-key", "encrypt"} - tasks
        if value("needs-trust") != "no" and value("own-keys") not in ("no", "admin"):
            wanted |= {"trust-sender"} - tasks
    if wanted:
        raise Fault(f"{one['place']}: missing: {', '.join(sorted(wanted))}")


def load(folder):
    programs = {path.stem: program(path) for path in sorted(folder.glob("*.ini"))}
    for one in programs.values():
        inherit(one, programs)
    for one in programs.values():
        check_whole(one)
    return programs


def c(text):
    if text is None:
        return "NULL"
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return '"' + text.replace("\n", '\\n"\n"') + '"'


def c_text(texts):
    return "{{" + ", ".join(c(t) for t in texts) + "}}"


def c_mark(m):
    return f"{{HOWTO_{m['grade']}, {c(m['version'])}, {c(m['date'])}, {c(m['source'])}, {c(m.get('of'))}}}"


def c_versions(versions):
    return "{%dU, %dU}" % versions


def c_steps(name, one):
    lines = []
    for i, t in enumerate(one["tasks"]):
        steps = ",\n\t".join(c_text(s) for s in t["steps"])
        lines.append(f"static const HowtoText {name}_STEPS_{i}[] = {{\n\t{steps}}};")
    return lines


def c_facts(name, one):
    rows = [f"\t{{{c(f['name'])}, {c_versions(f['versions'])}, {c(f['value'])}, {c_text(f['text'])}, {c_mark(f['mark'])}}},"
        for f in one["facts"]]
    return [f"static const HowtoFact {name}_FACTS[] = {{", *rows, "};"]


def c_tasks(name, one):
    rows = [f"\t{{{c(t['name'])}, {c_versions(t['versions'])}, {len(t['steps'])}, {name}_STEPS_{i}, {c_text(t['note'])}, "
        f"{c_mark(t['mark'])}}}," for i, t in enumerate(one["tasks"])]
    if not rows:
        return []
    return [f"static const HowtoTask {name}_TASKS[] = {{", *rows, "};"]


def c_program(name, one):
    tasks = f"{name}_TASKS" if one["tasks"] else "NULL"
    return (f"{{{c(one['id'])}, {c_text(one['name'])}, {c(one['vendor'])}, {c(one['platforms'])}, {c(one['kind'])}, "
        f"{c_text(one['about'])}, {c(one['home'])}, {len(one['facts'])}, {name}_FACTS, {len(one['tasks'])}, {tasks}}}")


def pages(root, programs):
    names = {key: key.upper().replace("-", "_") for key in programs}
    out = ['/* Made by compile.py. */', '#include "howto/data.h"']
    out += [f"const char *const HOWTO_CODES[] = {{{', '.join(c(code) for code in LANGUAGES)}}};"]
    for key, one in programs.items():
        out += [*c_steps(names[key], one), *c_facts(names[key], one), *c_tasks(names[key], one)]
    listed = sorted((key for key in programs if key != "any"), key=lambda key: programs[key]["name"][0].lower())
    out += ["const HowtoProgram HOWTO_PROGRAMS[] = {"] + [f"\t{c_program(names[key], programs[key])}," for key in listed] + ["};"]
    out += [f"const guint HOWTO_N_PROGRAMS = {len(listed)};", f"const HowtoProgram HOWTO_ANY = {c_program('ANY', programs['any'])};"]
    out += ["const char *const HOWTO_PROGRAM_IDS[] = {", *(f"\t{c(key)}," for key in listed), "\tNULL};"]
    style = (root / "web/tokens.css").read_text(encoding="utf-8") + (root / "howto/howto.css").read_text(encoding="utf-8")
    out += [f"const char HOWTO_STYLE[] = {c(style)};"]
    out += [f"const char HOWTO_SCRIPT[] = {c((root / 'howto/find.js').read_text(encoding='utf-8'))};"]
    return out


def rank(t):
    """The order in which tells are asked."""
    place = FIELDS.index(t["field"])
    middle = FIELDS.index("Feedback-ID")
    stage = 9 if t["weak"] else place if place < middle else middle if t["field"] not in ("Message-ID", "IMAP-ID") else place
    return (t["weak"], stage, t["order"], place, -len(t["text"]), t["id"])


def quiet_rows(programs):
    """Of what was found for another program nothing follows here: it decides what is sent."""
    for key, one in programs.items():
        for f in one["facts"]:
            if f["name"] == "quiet" and f["value"] == "yes" and "of" not in f["mark"]:
                yield f"\t{{{c(key)}, {f['versions'][0]}U, {f['versions'][1]}U}},"


def check_quiet(programs):
    """The table has the versions that are quiet: none may be taken back by a later group."""
    for one in programs.values():
        rows = [f for f in one["facts"] if f["name"] == "quiet"]
        plain = [f for f in rows if f["versions"] == (0, ALL)]
        if any(f["value"] == "yes" for f in plain) and len(rows) > 1:
            raise Fault(f"{one['place']}: quiet: the plain group must be no where versions differ")


def tells(programs):
    check_quiet(programs)
    rows = sorted((t for one in programs.values() for t in one["tells"]), key=rank)
    out = ["/* Made by compile.py. */", '#include "policy/program_table.h"', "const PolicyTell POLICY_TELLS[] = {"]
    out += [f"\t{{{c(t['id'])}, {c(t['field'])}, POLICY_{t['match'].upper()}, {c(t['text'])}, {c(t['after'])}}},"
        for t in rows if t["field"] != "IMAP-ID"]
    out += ["\t{NULL, NULL, POLICY_PRESENT, NULL, NULL}};", "const PolicyTell POLICY_CLIENT_TELLS[] = {"]
    out += [f"\t{{{c(t['id'])}, {c(t['field'])}, POLICY_{t['match'].upper()}, {c(t['text'])}, {c(t['after'])}}},"
        for t in rows if t["field"] == "IMAP-ID"]
    out += ["\t{NULL, NULL, POLICY_PRESENT, NULL, NULL}};", "const PolicyQuiet POLICY_QUIET[] = {", *quiet_rows(programs)]
    out += ["\t{NULL, 0, 0}};", "const char *const POLICY_PROGRAMS[] = {"]
    out += [*(f"\t{c(key)}," for key in programs if key != "any"), "\tNULL};", "const PolicyExample POLICY_EXAMPLES[] = {"]
    out += [f"\t{{{c(t['id'])}, {c(t['field'])}, {c(t['example'])}, {c(t['example_version'])}}}," for t in rows if t["example"]]
    return [*out, "\t{NULL, NULL, NULL, NULL}};"]


def main():
    what, root, output, depfile = sys.argv[1], *map(pathlib.Path, sys.argv[2:5])
    folder = root / "howto/programs"
    programs = load(folder)
    lines = tells(programs) if what == "tells" else pages(root, programs)
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    inputs = [folder, *sorted(folder.glob("*.ini"))]
    if what == "pages":
        inputs += [root / "howto/howto.css", root / "howto/find.js", root / "web/tokens.css"]
    depfile.write_text(f"{output}: {' '.join(str(p).replace(' ', chr(92) + ' ') for p in inputs)}\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except Fault as fault:
        sys.exit(str(fault))
