"""The documentation against the program: what one has, the other has too.

Options of every command, keys of the configuration, rules, profiles, columns, members of the JSON output, links, and the
commands that pages show: those are run. What the program has is asked of the program where it tells, and of its tables where
it does not.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

from program.support import EXAMPLES, TESTS, TOCSIN, run

ROOT = TESTS.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), *(ROOT / "examples").glob("*.md"), *(ROOT / "profiles").glob("*.md"),
                *(ROOT / "tests").glob("*/README.md"), *(ROOT / "fuzz").glob("*.md")])

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`]+)`")


def text_of(path):
    return path.read_text(encoding="utf-8")


def section(page, heading):
    """The text below a heading up to the next one of the same or a higher level."""
    found = re.search(r"^(#+) %s\n(.*?)(?=^#{1,6} |\Z)" % re.escape(heading), text_of(page), re.MULTILINE | re.DOTALL)
    if not found:
        raise AssertionError("%s has no heading '%s'" % (page.name, heading))
    return found.group(2)


def rows(text, head=""):
    """The rows of all tables whose head begins with that word, as lists of cells, without the heads."""
    found = []
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        first, _, *others = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()]
        if first[0].startswith(head):
            found += others
    return found


def first_codes(text):
    """What stands in backticks in the first cells of all tables."""
    return [code for row in rows(text) for code in CODE.findall(row[0])]


def help_of(*words):
    return run(*words, "--help").stdout.decode()


def commands():
    return re.findall(r"^  tocsin (\w+)", help_of(), re.MULTILINE)


def options_of_help(text):
    """{"--allow": "-a", "--host": None}"""
    return {long: short or None for short, long in re.findall(r"^  (?:(-\w), |    )(--[\w-]+)", text, re.MULTILINE)}


def options_of_manual(text):
    found = {}
    for line in re.findall(r"^\.It ((?:Fl .*))$", text, re.MULTILINE):
        names = re.findall(r"\bFl (Fl )?(\S+)", line)
        long = ["--" + name for is_long, name in names if is_long]
        short = ["-" + name for is_long, name in names if not is_long]
        found[long[0]] = short[0] if short else None
    return found


class ManualPage(unittest.TestCase):
    """tocsin(1)."""

    PAGE = DOCS / "tocsin.1"

    def test_options(self):
        """Every option of every command, and none that is not there."""
        chapter = re.search(r"^\.Sh COMMANDS\n(.*?)(?=^\.Sh )", text_of(self.PAGE), re.MULTILINE | re.DOTALL).group(1)
        described = dict(re.findall(r"^\.Ss ([\w-]+)\n(.*?)(?=^\.Ss |\Z)", chapter, re.MULTILINE | re.DOTALL))
        self.assertEqual(set(described) - {"help"}, set(commands()))
        for command in commands():
            with self.subTest(command=command):
                self.assertEqual(options_of_manual(described[command]), options_of_help(help_of(command)))

    def test_synopsis_names_every_command(self):
        synopsis = re.search(r"^\.Sh SYNOPSIS\n(.*?)(?=^\.Sh )", text_of(self.PAGE), re.MULTILINE | re.DOTALL).group(1)
        self.assertEqual(set(re.findall(r"^\.Cm (\w+)", synopsis, re.MULTILINE)), set(commands()) | {"help"})

    def test_rules(self):
        """Those that scan can give; the others are of logs that are followed."""
        said = set(re.findall(r"[a-z]+-[a-z]+", text_of(self.PAGE)))
        self.assertEqual({rule for rule in given_rules() if rule not in said}, {"source-silent", "undeliverable"})

    @unittest.skipUnless(shutil.which("man") and shutil.which("groff"), "man is not here")
    def test_formats_without_warnings(self):
        result = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", str(self.PAGE)], capture_output=True,
                                env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"}, check=False)
        self.assertEqual((result.returncode, result.stderr.decode()), (0, ""))
        self.assertIn(b"EXIT STATUS", re.sub(rb".\x08", b"", result.stdout))


# ---- the configuration

KEY_PAGES = {"config.c": DOCS / "configuration.md"}
CHANNEL_PAGE = DOCS / "channels.md"
CHANNEL_TABLES = {"channels.c", "channels.h", "channels_net.c"}


class Configuration(unittest.TestCase):
    """configuration.md."""

    def keys(self, name):
        text = text_of(ROOT / "src/config" / name)
        secrets = re.findall(r'TCS_SECRET_ROWS\("(\w+)"', text)
        return {*re.findall(r'\{[\s\\]*"(\w+)",[\s\\]*TCS_TYPE_', text), *(f"{key}_{end}" for key in secrets for end in ("file", "env"))}

    def test_every_table_has_a_page(self):
        tables = {path.name for path in (ROOT / "src/config").glob("*.c") if self.keys(path.name)}
        self.assertLessEqual(tables, set(KEY_PAGES) | CHANNEL_TABLES)

    def test_keys_of_channels(self):
        described = set()
        for heading in re.findall(r"^### (.*)$", text_of(CHANNEL_PAGE), re.MULTILINE):
            described |= set(first_codes(section(CHANNEL_PAGE, heading)))
        needed = set().union(*map(self.keys, CHANNEL_TABLES))
        self.assertGreater(len(needed), 25)
        self.assertEqual(described, needed)

    def test_keys(self):
        for name, page in KEY_PAGES.items():
            with self.subTest(table=name):
                keys = self.keys(name)
                self.assertGreater(len(keys), 10)
                described = set()
                for heading in re.findall(r"^### (.*)$", text_of(page), re.MULTILINE):
                    described |= set(first_codes(section(page, heading)))
                self.assertEqual(described, keys)

    def test_refused_entries(self):
        """Every entry that the page calls refused is refused for the reason that stands beside it."""
        checked = 0
        for entries, reason in rows(section(DOCS / "configuration.md", "Entries that are refused")):
            for entry in CODE.findall(entries):
                result = run("scan", "--allow", entry, EXAMPLES / "webshell-2022.evtx")
                self.assertEqual(result.returncode, 2, entry)
                self.assertIn(reason.replace("\\*", "*"), result.stderr.decode())
                checked += 1
        self.assertGreater(checked, 12)

    def test_examples(self):
        """Every configuration of the page is taken, and every profile of profiles.md."""
        taken = 0
        for page in (DOCS / "configuration.md", DOCS / "profiles.md"):
            for language, text in FENCE.findall(text_of(page)):
                if language != "yaml":
                    continue
                option = "--profile" if re.search(r"^profile:", text, re.MULTILINE) else "--config"
                is_part = option == "--config" and re.match(r"(- |  )", text)
                with self.subTest(page=page.name, text=text[:60]), tempfile.TemporaryDirectory() as folder:
                    iis = run("profiles", "iis").stdout.decode()
                    pathlib.Path(folder, "iis.yaml").write_text(iis, encoding="utf-8")
                    file = pathlib.Path(folder, "shown.yaml")
                    text = ("allow:\n" + text if is_part else text).replace("[iis.yaml]", "[%s/iis.yaml]" % folder)
                    file.write_text(text, encoding="utf-8")
                    result = run("scan", option, file, EXAMPLES / "webshell-2022.evtx")
                    self.assertIn(result.returncode, (0, 1), result.stderr.decode())
                    taken += 1
        self.assertGreaterEqual(taken, 4)

    def test_messages(self):
        """The messages that the page shows are the program's."""
        shown = next(text for language, text in FENCE.findall(text_of(DOCS / "configuration.md")) if language == "text")
        configurations = ["alow: [x]\n", "allow:\n  - perl.exe\n", "min_severity: loud\n"]
        for message, configuration in zip(shown.splitlines(), configurations, strict=True):
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder, "tocsin.yaml")
                path.write_text(configuration, encoding="utf-8")
                result = run("scan", "--config", path, EXAMPLES / "webshell-2022.evtx")
                said = result.stderr.decode().replace(str(path), path.name).strip()
                self.assertEqual(re.sub(r":\d+:\d+:", "::", said), re.sub(r":\d+:\d+:", "::", message))


# ---- rules and profiles

def given_rules():
    """The rule ids that the program knows."""
    names = re.search(r"tcs_rule_names\[.*?\] = \{(.*?)\};", text_of(ROOT / "src/model/finding.c"), re.DOTALL).group(1)
    return re.findall(r'"([a-z-]+)"', names)


class Rules(unittest.TestCase):
    """rules.md."""

    PAGE = DOCS / "rules.md"

    def test_every_rule_has_a_chapter(self):
        chapters = [heading for heading in re.findall(r"^### (.*)$", text_of(self.PAGE), re.MULTILINE) if "-" in heading or heading.islower()]
        self.assertEqual(sorted(chapters), sorted(given_rules()))

    def test_every_reason_is_explained(self):
        """The sentences of `why` that the incidents of the tests bring out."""
        explained = {row[0] for row in rows(section(self.PAGE, "What the reasons mean"))}
        for log in sorted(EXAMPLES.glob("*.evt*")):
            for line in run("scan", "-q", "-f", "jsonl", "-s", "note", log).stdout.splitlines():
                finding = json.loads(line)
                if "process" in finding:
                    self.assertTrue(set(finding["tocsin"]["why"][:1]) <= explained, finding["tocsin"]["why"])

    def test_events(self):
        """Every event id that a table of normalise/ knows for a rule is named on the page or in windows.md."""
        known = set()
        for path in (ROOT / "src/normalise").glob("map_*.c"):
            known |= set(re.findall(r"(?:ROW|AUDIT|BY_POSITION|EVENTLOG)\((\d+),|^    \{(\d+), TCS_ORIGIN", text_of(path), re.MULTILINE))
        ids = {a or b for a, b in known}
        self.assertGreater(len(ids), 40)
        said = text_of(self.PAGE) + text_of(DOCS / "windows.md") + text_of(DOCS / "formats.md")
        self.assertEqual({i for i in ids if not re.search(r"\b%s\b" % i, said)}, set())


class Profiles(unittest.TestCase):
    """profiles.md."""

    PAGE = DOCS / "profiles.md"

    def listed(self):
        """{name: (workers, accounts, programs)}"""
        lines = run("profiles").stdout.decode().splitlines()
        found = [re.match(r"(\S+) .*?(\d+) workers +(\d+) accounts +(\d+) programs$", line).groups() for line in lines]
        return {name: list(numbers) for name, *numbers in found}

    def test_list(self):
        table = {CODE.findall(row[0])[0]: row[2:] for row in rows(section(self.PAGE, "The list"))}
        self.assertEqual({name: row[:3] for name, row in table.items()}, self.listed())
        for name, row in table.items():
            text = run("profiles", name).stdout.decode()
            self.assertEqual(row[3], str(len(re.findall(r"\bunverified: *true", text))), name)

    def test_every_profile_has_a_chapter(self):
        chapter = re.search(r"^## The profiles one by one\n(.*?)^## ", text_of(self.PAGE), re.MULTILINE | re.DOTALL).group(1)
        self.assertEqual(set(re.findall(r"^### (.*)$", chapter, re.MULTILINE)), set(self.listed()))


# ---- outputs

def schema_members(schema, prefix="", definitions=None):
    """The names of all members, dotted; those of the items of an array are below its own."""
    definitions = definitions or schema.get("$defs", {})
    schema = definitions.get(schema.get("$ref", "").rpartition("/")[2], schema)
    for name, inner in schema.get("properties", {}).items():
        yield prefix + name
        yield from schema_members(inner, prefix + name + ".", definitions)
        yield from schema_members(inner.get("items", {}), prefix + name + ".", definitions)


def described_members(table):
    """(names that a table describes, names that its text mentions); `.name` continues the name before it."""
    own, mentioned = set(), set()
    for row in table:
        before = ""
        for name in CODE.findall(row[0]):
            before = before.rpartition(".")[0] + name if name.startswith(".") else name
            own.add(before)
        mentioned |= {before + "." + name.partition(":")[0] for name in CODE.findall(row[-1])}
    return own, mentioned


class Output(unittest.TestCase):
    """output.md."""

    PAGE = DOCS / "output.md"

    def test_columns(self):
        header = run("scan", "-q", "-f", "csv", EXAMPLES / "webshell-2022.evtx").stdout.decode().splitlines()[0]
        self.assertEqual(first_codes(section(self.PAGE, "CSV")), header.split(","))

    def compare(self, schema, heading, free=()):
        """A member that only holds others needs no line of its own."""
        members = set(schema_members(json.loads(text_of(DOCS / schema))))
        own, mentioned = described_members(rows(section(self.PAGE, heading), "member"))
        inner = {name.rpartition(".")[0] for name in members}
        self.assertEqual(own - members, set(), "described, but not in " + schema)
        self.assertEqual({name for name in members - own - mentioned - inner if not name.startswith(free)}, set(), "not described")

    def test_finding(self):
        self.compare("finding.schema.json", "JSON lines", ("tocsin.worker.user.",))

    def test_check(self):
        self.compare("check.schema.json", "Check", ("damage.", "tamper_signs_by_severity.", "tamper_signs."))

    def test_exit_statuses_in_the_manual(self):
        manual = text_of(DOCS / "tocsin.1")
        chapter = re.search(r"^\.Sh EXIT STATUS\n(.*?)(?=^\.Sh )", manual, re.MULTILINE | re.DOTALL).group(1)
        self.assertEqual(re.findall(r"^\.It (\d)", chapter, re.MULTILINE), [row[0] for row in rows(section(self.PAGE, "Exit status"))])


# ---- commands that are shown

class Commands(unittest.TestCase):
    """Lines of the pages that begin with tocsin are run beside logs of the names that they use."""

    STATUS = {"scan": 1, "dump": 0, "check": 0, "profiles": 0}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        log = EXAMPLES / "webshell-2022.evtx"
        for name in ("Security.evtx", "winevt/Logs/Security.evtx", "C-Windows-System32-winevt-Logs/Security.evtx", "logs/WEB01/Security.evtx"):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(log, self.folder / name)
        subprocess.run(["gzip", "-k", str(self.folder / "Security.evtx")], check=True)
        (self.folder / "build").mkdir()
        (self.folder / "build/tocsin").symlink_to(pathlib.Path(TOCSIN).resolve())
        (self.folder / "examples").symlink_to(EXAMPLES)
        (self.folder / "tocsin.yaml").write_text("allow: ['C:\\Perl\\bin\\perl.exe']\n", encoding="utf-8")
        (self.folder / "shop.yaml").write_text("profile: shop\ntitle: Shop\n", encoding="utf-8")

    def shell(self, line):
        environment = {**os.environ, "PATH": "%s:%s" % (self.folder / "build", os.environ["PATH"]), "MANPAGER": "cat"}
        return subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=self.folder, env=environment, capture_output=True, timeout=60, check=False)

    def lines(self):
        """(page, command) of everything that can be run on files alone."""
        for page in PAGES:
            if page.name in ("CHANGELOG.md", "HACKING.md"):
                continue
            for language, text in FENCE.findall(text_of(page)):
                if language in ("", "sh"):
                    for line in text.splitlines():
                        line = line.removeprefix("$ ").strip()
                        if re.search(r"(^|\| |^build/)tocsin (%s)\b" % "|".join(self.STATUS), line):
                            yield page.name, line
        for line in re.findall(r"^\.Dl (.*tocsin .*)$", text_of(DOCS / "tocsin.1"), re.MULTILINE):
            if re.search(r"(^|\| )tocsin (%s)\b" % "|".join(self.STATUS), line):
                yield "tocsin.1", line.replace("\\e", "\\")

    def test_they_run(self):
        shown = 0
        for page, line in self.lines():
            command = re.search(r"tocsin (\w+)", line).group(1)
            if "jq " in line and not shutil.which("jq"):
                continue
            with self.subTest(page=page, line=line):
                if " > " not in line:
                    for path in self.folder.glob("*.jsonl"):
                        path.unlink()
                result = self.shell(line)
                self.assertEqual(result.returncode, self.STATUS[command], result.stderr.decode()[-500:])
            shown += 1
        self.assertGreater(shown, 15)


class Links(unittest.TestCase):
    """Links between pages lead somewhere."""

    @staticmethod
    def anchors(text):
        """The names that a reader of Markdown gives to headings."""
        text = FENCE.sub("", text)
        headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower()).replace(" ", "-") for heading in headings}

    def test_links(self):
        checked = 0
        for page in PAGES:
            text = FENCE.sub("", text_of(page))
            for target in re.findall(r"\]\(([^)\s]+)\)", text):
                if re.match(r"https?:|mailto:", target):
                    continue
                name, _, anchor = target.partition("#")
                path = (page.parent / name).resolve() if name else page
                with self.subTest(page=page.name, target=target):
                    self.assertTrue(path.exists())
                    if anchor and path.suffix == ".md":
                        self.assertIn(anchor, self.anchors(text_of(path)))
                checked += 1
        self.assertGreater(checked, 60)

    def test_every_page_is_in_the_index(self):
        index = text_of(DOCS / "README.md")
        files = [path.name for path in DOCS.iterdir() if path.suffix in (".md", ".json", ".1") and path.name != "README.md"]
        self.assertEqual([name for name in files if "(%s)" % name not in index], [])


class Picture(unittest.TestCase):
    """docs/alarm.svg."""

    def test_it_shows_what_the_program_prints(self):
        made = subprocess.run([ROOT / "tools/make_picture.py", TOCSIN], capture_output=True, check=True).stdout
        self.assertEqual(made, (DOCS / "alarm.svg").read_bytes(), "tools/make_picture.py build/tocsin > docs/alarm.svg")
        ElementTree.fromstring(made)


class Architecture(unittest.TestCase):
    """architecture.md."""

    def test_every_source_file_is_described(self):
        page = section(DOCS / "architecture.md", "File by file")
        files = [str(path.relative_to(ROOT / "src")) for path in sorted((ROOT / "src").rglob("*.c"))]
        self.assertEqual([name for name in files if "`%s`" % name not in page], [])
        named = set(re.findall(r"`((?:%s)/[\w/]+\.c)`" % "|".join(p.name for p in (ROOT / "src").iterdir() if p.is_dir()), page))
        self.assertEqual(named - set(files), set(), "described, but not there")

    def test_dependencies(self):
        """What scripts/setup installs is explained, and nothing else is."""
        setup = text_of(ROOT / "scripts/setup")
        packages = set(" ".join(re.findall(r'^\w+="([^"$]*)', setup, re.MULTILINE)).split())
        page = text_of(DOCS / "dependencies.md")
        self.assertEqual({package for package in packages if "`%s`" % package not in page}, set())


if __name__ == "__main__":
    unittest.main()
