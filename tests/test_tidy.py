"""The house style as a test, after TigerBeetle's tidy: what a reviewer need not say again.

Pure `ast` and text, no imports of the package. The two lists of exceptions may only shrink: an entry
that is no longer needed fails, and so does a file or function that outgrew its entry.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "spara_cli"
TESTS = ROOT / "tests"

FILE_LINES_MAX = 300
SMALL_FILE_LINES_MAX = 150  # one step type, one lint rule
TEST_FILE_LINES_MAX = 350
FUNCTION_LINES_MAX = 60

# path → lines it may have, on the way down to the limit
LONG_FILES: dict[str, int] = {}
# path::qualified name → lines it may have
LONG_FUNCTIONS: dict[str, int] = {}

VAGUE_NAMES = {"common", "core", "helper", "helpers", "manager", "misc", "service", "util", "utils"}
WORDS_NEVER_USED = {"contact", "flow", "job", "journey", "prospect", "sequence"}  # docs/glossary.md

CLOCK = "spara_cli/runtime/clock.py"
CLOCK_AND_CHANCE = {
    *("date.today", "datetime.now", "datetime.today", "datetime.utcnow"),
    *("time.localtime", "time.time", "time.time_ns"),
    *("uuid.uuid1", "uuid.uuid4", "uuid1", "uuid4"),
}
OUTPUT = "spara_cli/output/"

TEST_FOLDERS_WITHOUT_PACKAGE = {"contract", "data", "simulation", "transcripts"}
MARKERS_OF_UNFINISHED_WORK = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:home|root|Users|work)/\w")
TEXT_SUFFIXES = {".cfg", ".css", ".csv", ".html", ".json", ".md", ".py", ".sql", ".toml", ".yaml", ".yml"}
RULE_HEADING = re.compile(r"^### ([LTSXPWCDVA]\d{1,2}) \S.*\n\nStatus: (built|partial|planned)$", re.MULTILINE)
RULE_COUNT = {"L": 7, "T": 9, "S": 12, "X": 4, "P": 6, "W": 4, "C": 4, "D": 5, "V": 5, "A": 5}
TEST_COMMAND = re.compile(r"^\s*(?:\$ )?(python -m venv .*\[dev\].*)$", re.MULTILINE)

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _sources(folder: Path) -> list[tuple[str, str, ast.Module]]:
    """Every Python file below `folder`: its path from the root, its text, its tree."""
    paths = sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)
    texts = [(path, path.read_text(encoding="utf-8")) for path in paths if TESTS / "data" not in path.parents]
    return [(_relative(path), text, ast.parse(text)) for path, text in texts]


EVERYTHING = [*_sources(PACKAGE), *_sources(TESTS)]


@cache
def _documents() -> list[tuple[Path, str]]:
    """Every Markdown file of the project with its text."""
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return [(path, path.read_text(encoding="utf-8")) for path in sorted(paths)]


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        name = f"{prefix}{node.name}" if isinstance(node, DEFINITIONS) else ""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield name, node
        yield from _functions(node, f"{name}." if name else prefix)


def _nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, Any]]:
    """Every syntax node of these kinds in the package, with its file."""
    for path, _, tree in _sources(PACKAGE):
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield path, node


def _calls() -> Iterator[tuple[str, str, str]]:
    """Every call in the package: its file, its `file:line`, and the dotted name that is called."""
    for path, node in _nodes(ast.Call):
        yield path, f"{path}:{node.lineno}", _dotted(node.func)


def _dotted(node: ast.expr | None) -> str:
    """`a.b.c` of a name or attribute, else an empty text."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def _over(sizes: dict[str, tuple[int, int]], allowed: dict[str, int]) -> list[str]:
    """What is longer than its limit, or than its entry; and the entries nobody needs any more."""
    wrong = []
    for what, (size, limit) in sizes.items():
        if size > allowed.get(what, limit):
            wrong.append(f"{what}: {size} lines, at most {allowed.get(what, limit)}")
    for what in allowed:
        size, limit = sizes.get(what, (0, 0))
        if size <= limit:
            wrong.append(f"{what}: needs no exception any more; remove the entry")
    return wrong


def _report(findings: Iterable[str]) -> None:
    found = sorted(findings)
    assert not found, "\n" + "\n".join(found)


# Sizes


def _file_limit(path: str) -> int:
    if path.startswith("tests/"):
        return TEST_FILE_LINES_MAX
    return SMALL_FILE_LINES_MAX if path.startswith(("spara_cli/steps/", "spara_cli/lint/")) else FILE_LINES_MAX


def test_every_file_is_short_enough_to_read_in_one_sitting() -> None:
    sizes = {path: (len(text.splitlines()), _file_limit(path)) for path, text, _ in EVERYTHING}
    _report(_over(sizes, LONG_FILES))


def test_every_function_fits_on_a_screen() -> None:
    sizes = {}
    for path, _, tree in EVERYTHING:
        for name, node in _functions(tree):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            sizes[f"{path}::{name}"] = (lines, FUNCTION_LINES_MAX)
    _report(_over(sizes, LONG_FUNCTIONS))


def test_an_exception_that_is_not_needed_or_outgrown_is_reported() -> None:
    sizes = {"a": (70, 60), "b": (50, 60), "c": (81, 60)}
    assert _over(sizes, {"a": 70, "b": 70, "c": 80, "gone": 90}) == [
        "c: 81 lines, at most 80",
        "b: needs no exception any more; remove the entry",
        "gone: needs no exception any more; remove the entry",
    ]


# Names and docstrings


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    paths = [Path(path).with_suffix("") for path, _, _ in EVERYTHING]
    _report(str(path) for path in paths if VAGUE_NAMES & {part.removeprefix("test_") for part in path.parts})


def test_no_name_uses_a_second_word_for_one_of_our_nouns() -> None:
    found = []
    for path, node in _nodes(*DEFINITIONS):
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", node.name).lower()
        words = set(name.replace("do_not_contact", "").split("_")) | {Path(path).stem}
        found += [f"{path}:{node.lineno}: {node.name}: not `{word}`" for word in WORDS_NEVER_USED & words]
    _report(found)


def test_every_module_says_what_it_is() -> None:
    _report(path for path, text, tree in EVERYTHING if text.strip() and not ast.get_docstring(tree))


def test_everything_public_has_a_docstring() -> None:
    found = []
    for path, _, tree in _sources(PACKAGE):
        public = [node for node in tree.body if isinstance(node, DEFINITIONS) and node.name[0] != "_"]
        found += [f"{path}:{node.lineno}: {node.name}" for node in public if not ast.get_docstring(node)]
    _report(found)


def test_the_tests_mirror_the_package() -> None:
    packages = {path.relative_to(PACKAGE).parts[0] for path in PACKAGE.glob("*/**/*.py") if path.name != "__init__.py"}
    folders = {path.relative_to(TESTS).parts[0] for path in TESTS.glob("*/**/*.py")} - {"__pycache__"}
    strange = folders - packages - TEST_FOLDERS_WITHOUT_PACKAGE
    bare = {name for name in packages - folders if not any(TESTS.glob(f"test_{name}*.py"))}
    _report(
        [f"tests/{name}/: spara_cli has no such package" for name in strange]
        + [f"spara_cli/{name}/: neither tests/{name}/ nor tests/test_{name}*.py" for name in bare]
    )


# What the code may not do


def test_clock_and_chance_are_asked_in_one_place() -> None:
    found = []
    for path, where, name in _calls():
        asks = ".".join(name.split(".")[-2:]) in CLOCK_AND_CHANCE or name.startswith("random.")
        if asks and path != CLOCK:
            found.append(f"{where}: {name}()")
    for path, node in _nodes(ast.ImportFrom):
        if node.module == "random" and path != CLOCK:
            found.append(f"{path}:{node.lineno}: from random import")
    _report(found)


def test_only_the_output_layer_prints() -> None:
    printing = {"print", "rich.print"}
    _report(where for path, where, name in _calls() if name in printing and not path.startswith(OUTPUT))


def test_nobody_imports_the_click_that_typer_brings() -> None:
    found = []
    for path, node in _nodes(ast.Import, ast.ImportFrom):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        found += [f"{path}:{node.lineno}" for name in names if name.split(".")[0] == "click"]
    _report(found)


def test_no_exception_is_swallowed() -> None:
    found = []
    for path, handler in _nodes(ast.ExceptHandler):
        broad = _dotted(handler.type) in {"Exception", "BaseException"}
        silent = all(isinstance(line, ast.Pass | ast.Continue) or _is_ellipsis(line) for line in handler.body)
        if handler.type is None or (broad and silent):
            found.append(f"{path}:{handler.lineno}")
    _report(found)


def _is_ellipsis(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and value.value is Ellipsis


def _text_files() -> Iterator[tuple[str, str]]:
    folders = ("spara_cli", "tests", "docs", "playbooks", "schemas", "benchmarks", ".ci")
    paths = [path for path in ROOT.iterdir() if path.is_file()]
    paths += [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in paths:
        if path.suffix in TEXT_SUFFIXES and TESTS / "data" not in path.parents and "__pycache__" not in path.parts:
            yield _relative(path), path.read_text(encoding="utf-8")


def test_nothing_is_left_marked_as_unfinished_or_tied_to_one_machine() -> None:
    found = []
    for path, text in _text_files():
        for number, line in enumerate(text.splitlines(), 1):
            if MARKERS_OF_UNFINISHED_WORK.search(line):
                found.append(f"{path}:{number}: a marker of unfinished work; open an issue instead")
            if MACHINE_PATH.search(line):
                found.append(f"{path}:{number}: a path of one machine")
    _report(found)


# Documents


@pytest.mark.docs
def test_the_behaviour_page_has_every_rule_once_in_order_with_a_status() -> None:
    page = (ROOT / "docs/reference/behaviour.md").read_text(encoding="utf-8")
    wanted = [f"{letter}{number}" for letter, count in RULE_COUNT.items() for number in range(1, count + 1)]
    assert [rule for rule, _ in RULE_HEADING.findall(page)] == wanted


@pytest.mark.docs
def test_every_rule_that_works_even_partly_is_named_by_a_test() -> None:
    page = (ROOT / "docs/reference/behaviour.md").read_text(encoding="utf-8")
    working = {rule for rule, status in RULE_HEADING.findall(page) if status != "planned"}
    tests = [path for path in TESTS.rglob("*") if path.suffix in {".py", ".yaml", ".md"}]
    tests += (ROOT / "playbooks").rglob("*.test.yaml")
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in tests if path != Path(__file__)]
    named = set(re.findall(r"\b[A-Z]\d{1,2}\b", "\n".join(texts)))
    _report(f"{rule}: no test names it" for rule in working - named)


@pytest.mark.docs
def test_every_link_between_documents_leads_somewhere() -> None:
    found = []
    for path, text in _documents():
        prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            name, _, anchor = target.partition("#")
            if ":" in name:
                continue
            file = (path.parent / name) if name else path
            if not file.exists():
                found.append(f"{_relative(path)}: {target}")
            elif anchor and anchor not in _anchors(file.read_text(encoding="utf-8")):
                found.append(f"{_relative(path)}: {target}: no such heading")
    _report(found)


def _anchors(text: str) -> set[str]:
    """The anchors a Markdown host makes of the headings: lower case, no punctuation, dashes for spaces."""
    headings = re.findall(r"^#{1,6} +(.+?)\s*$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.docs
def test_the_readme_has_one_test_command_and_contributing_repeats_it() -> None:
    commands = {path.name: TEST_COMMAND.findall(text) for path, text in _documents() if path.parent == ROOT}
    assert len(commands["README.md"]) == 1, ".ci/run reads the command from README.md"
    assert commands["CONTRIBUTING.md"] == commands["README.md"]
