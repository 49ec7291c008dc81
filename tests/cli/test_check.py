"""`gazette check`: what it tells people and programs, what it mends, and its exit codes."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from rich.console import Console

from bot import errands
from bot.cli import checking
from bot.cli.reports import printable
from bot.cli.rules import EXPLAINED, MILD
from bot.core.fault import Rule
from tests.cli.program import GAZETTE, PATIENCE, article, environment, gazette, process

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
BROKEN = "---\ntitle: a\n\nexcerpt: b: c\n---\n"
LINE = re.compile(r"^(.+?):(\d+): (error|warning) (\S+) (.*)$")


def messy(folder: Path, name: str = "messy") -> Path:
    """Write an article with three faults that can be mended and one that cannot."""
    file = article(
        folder,
        name,
        excerpt="CafÃ©",
        webUrl=f"https://example.org/{name}?utm_source=x",
        related=[{"title": "x", "webUrl": "http://localhost/"}],
    )
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    return file


def seen(out: str) -> list[tuple[str, ...]]:
    """Return place, line, severity and rule of each line that tells a fault."""
    return [found.groups()[:4] for line in out.splitlines() if (found := LINE.match(line))]


@pytest.mark.usefixtures("content")
def test_it_passes_where_every_file_makes_an_article() -> None:
    told = gazette("check", "--format", "json")
    assert told.code == 0
    assert told.err == ""
    assert told.json == {
        "files": 4,
        "articles": 3,
        "drafts": 1,
        "faults": [],
        "mended": [],
        "unmended": [],
    }


def test_every_fault_is_told_and_an_error_fails(content: Path) -> None:
    (content / "broken.md").write_text(BROKEN)
    article(content, "sub/odd", related=[{"title": "x", "webUrl": "javascript:x"}])
    told = gazette("check", "--format", "json")
    assert told.code == 1
    assert told.err == ""
    assert {key: told.json[key] for key in ("files", "articles", "drafts")} == {
        "files": 6,
        "articles": 4,
        "drafts": 1,
    }
    first, second = told.json["faults"]
    assert "put the value in quotes" in first.pop("message")
    assert first == {
        "path": "broken.md",
        "line": 4,
        "field": "",
        "rule": "syntax",
        "severity": "error",
        "fixable": False,
    }
    assert "http://" in second.pop("message")
    assert second == {
        "path": "sub/odd.md",
        "line": 7,
        "field": "related[0].webUrl",
        "rule": "address",
        "severity": "warning",
        "fixable": False,
    }


def test_people_are_told_in_one_line_a_fault(content: Path) -> None:
    (content / "[bold]broken.md").write_text("---\ntitle: a\nexcerpt: [b\n---\n")
    told = gazette("check")
    assert told.code == 1
    first, last = told.out.splitlines()
    assert first.startswith("[bold]broken.md:4: error syntax is not YAML: ")
    assert last == "5 files: 3 articles, 1 draft, 1 error, 0 warnings"


def test_warnings_fail_where_that_is_asked_for(content: Path) -> None:
    article(content, "undated", publishedDateTime=None)
    told = gazette("check")
    assert told.code == 0
    assert told.out.startswith("undated.md:4: warning date publishedDateTime there is no date")
    assert gazette("check", "--strict").code == 1
    (content / "undated.md").unlink()
    assert gazette("check", "--strict").code == 0


def test_what_can_be_mended_is_marked_and_counted(content: Path) -> None:
    messy(content)
    told = gazette("check")
    assert told.code == 0
    assert seen(told.out) == [
        ("messy.md", "1", "warning", "line-ends"),
        ("messy.md", "3", "warning", "tracking"),
        ("messy.md", "7", "warning", "mojibake"),
        ("messy.md", "8", "warning", "address"),
    ]
    assert [line.endswith("(--fix)") for line in told.out.splitlines()[:-1]] == [True] * 3 + [False]
    assert told.out.splitlines()[-1] == (
        "5 files: 4 articles, 1 draft, 0 errors, 4 warnings; --fix mends 3"
    )
    fixable = [fault["fixable"] for fault in gazette("check", "--format", "json").json["faults"]]
    assert fixable == [True, True, True, False]


def test_a_picture_in_the_file_itself_is_told_once_and_clearly(place: Path) -> None:
    file = article(place, "a", webUrl="data:text/plain,x", images=[{"url": "data:image/png,x"}])
    faults = gazette("check", file, "--format", "json").json["faults"]
    assert [(fault["field"], fault["severity"]) for fault in faults] == [
        ("webUrl", "error"),
        ("images[0].url", "warning"),
    ]
    assert all("(data:)" in fault["message"] for fault in faults)


def test_many_faults_are_counted_by_rule(place: Path) -> None:
    for number in range(11):
        article(place, f"{number}", images=[{"url": "http://localhost/"}])
    (place / "broken.md").write_text(BROKEN)
    told = gazette("check", place)
    lines = told.out.splitlines()
    assert len(seen(told.out)) == 12
    assert [line.split()[:2] for line in lines[-3:-1]] == [["11", "address"], ["1", "syntax"]]
    assert lines[-1].startswith("12 files: 11 articles, 0 drafts, 1 error, 11 warnings")


def test_files_and_folders_are_read_whatever_they_are_called(content: Path, place: Path) -> None:
    (place / "lone.txt").write_text("nothing")
    told = gazette("check", place / "lone.txt", content / "sub", "--format", "json")
    assert told.code == 1
    assert (told.json["files"], told.json["articles"]) == (2, 1)
    assert [fault["path"] for fault in told.json["faults"]] == [str(place / "lone.txt")]


@pytest.mark.usefixtures("place")
def test_two_folders_keep_files_of_one_name_apart_and_share_pages() -> None:
    for folder in ("one", "two"):
        article(Path(folder), "a")
    told = gazette("check", "one", "two", "one/a.md", "--format", "json")
    assert told.json["files"] == 2
    (fault,) = told.json["faults"]
    assert (fault["path"], fault["rule"]) == ("two/a.md", "duplicate-page")
    assert "one/a.md" in fault["message"]


def test_the_folder_is_the_one_that_is_given_or_set(content: Path, place: Path) -> None:
    elsewhere = content.rename(place / "elsewhere")
    (place / "my.toml").write_text('[content]\npath = "elsewhere"\n')
    for words in (["--content", elsewhere], ["--config", "my.toml"], [elsewhere]):
        assert gazette("check", *words, "--format", "json").json["files"] == 4


def test_a_link_that_is_named_is_a_fault_and_no_wrong_use(place: Path) -> None:
    (place / "a.md").symlink_to("nowhere")
    told = gazette("check", "a.md")
    assert told.code == 1
    assert "a.md:1: error" in told.out
    assert "is a link" in told.out


def test_paths_that_are_not_there_are_told_together(place: Path) -> None:
    told = gazette("check", article(place, "a"), "nowhere", "missing/")
    assert told.code == 2
    assert told.out == ""
    assert told.err == "there is no nowhere, missing\n"


# mending


def test_fix_mends_what_it_can_and_says_so(content: Path) -> None:
    file = messy(content)
    told = gazette("check", "--fix")
    assert told.code == 0
    assert [line.split(" ")[:3] for line in told.out.splitlines()[:-1]] == [
        ["messy.md:1:", "mended", "line-ends"],
        ["messy.md:3:", "mended", "tracking"],
        ["messy.md:7:", "mended", "mojibake"],
        ["messy.md:8:", "warning", "address"],
    ]
    assert told.out.splitlines()[-1].endswith("0 errors, 1 warning; mended 3")
    text = file.read_bytes()
    assert b"\r" not in text
    assert b"utm_source" not in text
    assert "Café" in text.decode()
    told = gazette("check", "--fix", "--format", "json")
    assert told.json["mended"] == []
    assert [fault["rule"] for fault in told.json["faults"]] == ["address"]
    assert file.read_bytes() == text


def test_fix_tells_programs_what_it_mended(content: Path) -> None:
    messy(content)
    told = gazette("check", "--fix", "--format", "json")
    assert [fault["rule"] for fault in told.json["mended"]] == ["line-ends", "tracking", "mojibake"]
    assert "messy.md:3: mended tracking webUrl" in told.err
    messy(content)
    told = gazette("check", "--fix", "--format", "github")
    assert [line.split(",")[0] for line in told.out.splitlines()] == [
        "::warning file=content/messy.md"
    ]
    assert "mended 3" in told.err


def test_a_file_that_cannot_be_written_is_told_and_stops_no_other(content: Path) -> None:
    closed, other = messy(content, "closed"), messy(content, "other")
    before = closed.read_bytes()
    closed.chmod(0o444)
    told = gazette("check", "--fix")
    assert told.code == 1
    assert "closed.md: not mended is read-only" in told.out
    assert "closed.md:7: warning mojibake" in told.out
    assert closed.read_bytes() == before
    assert b"\r" not in other.read_bytes()
    told = gazette("check", "--fix", "--format", "json")
    assert told.json["unmended"] == [{"path": "closed.md", "message": "is read-only"}]


@pytest.mark.parametrize("words", [["--diff"], ["--fix", "--diff"], ["--dry-run"]])
def test_diff_shows_the_change_and_makes_none(content: Path, words: list[str]) -> None:
    file = messy(content)
    before = file.read_bytes()
    told = gazette("check", *words)
    assert told.code == 0
    assert file.read_bytes() == before
    assert told.out.startswith("--- a/content/messy.md\n+++ b/content/messy.md\n@@ ")
    assert '\n+excerpt: "Café"\n' in told.out
    assert "--fix mends 3" in told.err
    assert gazette("check", *words, "--strict").code == 1


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_diff_can_be_applied(content: Path) -> None:
    file = messy(content)
    file.write_bytes(file.read_bytes().replace(b"\r", b"") + b"no end")
    (content / "patch").write_text(gazette("check", "--diff").out)
    assert process("git", "apply", content / "patch").code == 0
    applied = file.read_bytes()
    assert "Café" in applied.decode()
    assert gazette("check", "--diff").out == ""
    messy(content)
    file.write_bytes(file.read_bytes().replace(b"\r", b"") + b"no end")
    gazette("check", "--fix")
    assert file.read_bytes() == applied


def test_a_diff_is_no_other_format(content: Path) -> None:
    messy(content)
    told = gazette("check", "--diff", "--format", "json")
    assert (told.code, told.out) == (2, "")
    assert "--format" in told.err


# GitHub and code scanning


def test_annotations_name_the_file_and_escape_what_github_would_read(content: Path) -> None:
    (content / "a,b:%.md").write_text(BROKEN)
    article(content, "blank", images=[{"url": "https://example.org/a b"}])
    told = gazette("check", "content", "--format", "github")
    assert told.code == 1
    first, second = told.out.splitlines()
    assert first.startswith(
        "::error file=content/a%2Cb%3A%25.md,line=4,title=syntax::is not YAML: "
    )
    assert second.startswith(
        "::warning file=content/blank.md,line=7,title=address images[0].url::holds a blank"
    )
    assert second.endswith("write %2520 or remove it")
    assert "6 files" in told.err


def test_a_message_of_many_lines_stays_one_annotation(place: Path) -> None:
    name = "a\nb\r.md"
    (place / name).write_text(BROKEN)
    (line,) = gazette("check", name, "--format", "github").out.split("\n")[:-1]
    assert line.startswith("::error file=a%0Ab%0D.md,line=4")


def test_annotations_count_from_the_top_of_the_repository(
    content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (content / "sub" / "broken.md").write_text(BROKEN)
    monkeypatch.chdir(content)
    for folder in ("sub", content / "sub"):
        assert "file=sub/broken.md," in gazette("check", folder, "--format", "github").out
    monkeypatch.setenv("GITHUB_WORKSPACE", str(content.parent))
    assert "file=content/sub/broken.md," in gazette("check", "sub", "--format", "github").out
    monkeypatch.chdir(content / "sub")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(content / "elsewhere"))
    assert "file=broken.md," in gazette("check", ".", "--format", "github").out


SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": {"$ref": "#/$defs/run"}, "minItems": 1},
    },
    "$defs": {
        "text": {
            "type": "object",
            "required": ["text"],
            "additionalProperties": False,
            "properties": {"text": {"type": "string", "minLength": 1}},
        },
        "level": {"enum": ["none", "note", "warning", "error"]},
        "run": {
            "type": "object",
            "required": ["tool", "results"],
            "additionalProperties": False,
            "properties": {
                "tool": {
                    "type": "object",
                    "required": ["driver"],
                    "additionalProperties": False,
                    "properties": {"driver": {"$ref": "#/$defs/driver"}},
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
            },
        },
        "driver": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {
                "name": {"type": "string", "minLength": 1},
                "version": {"type": "string"},
                "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/rule"}},
            },
        },
        "rule": {
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string"},
                "shortDescription": {"$ref": "#/$defs/text"},
                "fullDescription": {"$ref": "#/$defs/text"},
                "help": {"$ref": "#/$defs/text"},
                "defaultConfiguration": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"level": {"$ref": "#/$defs/level"}},
                },
            },
        },
        "result": {
            "type": "object",
            "required": ["message", "ruleId", "ruleIndex", "locations", "partialFingerprints"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": {"$ref": "#/$defs/level"},
                "message": {"$ref": "#/$defs/text"},
                "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
                "partialFingerprints": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                },
            },
        },
        "location": {
            "type": "object",
            "required": ["physicalLocation"],
            "additionalProperties": False,
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation", "region"],
                    "additionalProperties": False,
                    "properties": {
                        "artifactLocation": {
                            "type": "object",
                            "required": ["uri"],
                            "additionalProperties": False,
                            "properties": {
                                "uri": {"type": "string", "pattern": r"^[!-~]+$"},
                                "uriBaseId": {"type": "string"},
                            },
                        },
                        "region": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {"startLine": {"type": "integer", "minimum": 1}},
                        },
                    },
                }
            },
        },
    },
}


def scanned(*words: str | Path) -> dict[str, Any]:
    told = gazette("check", *words, "--format", "sarif")
    jsonschema.Draft202012Validator(SARIF).validate(told.json)
    (run,) = told.json["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    return dict(run)


def test_code_scanning_gets_rules_results_and_places(content: Path) -> None:
    (content / "a b:ü%.md").write_text(BROKEN)
    messy(content)
    run = scanned("content")
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.value for rule in Rule]
    first = run["results"][0]
    assert (first["ruleId"], first["level"]) == ("syntax", "error")
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "content/a%20b%3A%C3%BC%25.md", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 4},
    }
    assert {result["level"] for result in run["results"][1:]} == {"warning"}


def test_code_scanning_knows_a_fault_again_when_lines_move(place: Path) -> None:
    file = place / "a.md"
    file.write_text("---\ntitle: a\ncategory: x\ncategory: x\ncategory: x\n---\n")

    def prints() -> list[str]:
        return [
            value
            for result in scanned(file)["results"]
            for value in result["partialFingerprints"].values()
        ]

    before = prints()
    assert len(before) == len(set(before)) >= 2
    file.write_text(file.read_text().replace("---\n", "---\n# a comment\n", 1))
    assert prints() == before


def test_a_file_elsewhere_has_a_whole_address(
    place: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    far = tmp_path_factory.mktemp("far") / "a b.md"
    far.write_text(BROKEN)
    (result,) = scanned(far)["results"]
    where = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert where == {"uri": f"file://{os.path.realpath(far.parent)}/a%20b.md"}
    assert not far.is_relative_to(place)


@pytest.mark.usefixtures("content")
def test_every_format_has_a_form_for_nothing() -> None:
    assert scanned()["results"] == []
    assert gazette("check", "--format", "github").out == ""
    assert gazette("check", "--diff").out == ""


# rules, schema and hooks


def test_every_rule_is_explained_and_the_page_says_the_same() -> None:
    assert list(EXPLAINED) == list(Rule)
    page = (ROOT / "docs/check.md").read_text(encoding="utf-8").split("## Rules")[1]
    rows = re.findall(r"^\| `([a-z][a-z-]+)` \| (.*?) \| (yes)? ?\|$", page, re.MULTILINE)
    assert [(rule, text) for rule, text, _ in rows] == [
        (rule.value, text) for rule, text in EXPLAINED.items()
    ]
    assert [rule for rule, _, mends in rows if mends] == ["mojibake", "line-ends", "tracking"]
    assert set(EXPLAINED) > MILD


def test_editors_find_the_place_of_every_fault(content: Path) -> None:
    (content / "broken.md").write_text(BROKEN)
    messy(content)
    page = (ROOT / "docs/check.md").read_text(encoding="utf-8")
    task = next(
        json.loads(block)["tasks"][0]
        for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)
        if '"tasks"' in block
    )
    pattern = task["problemMatcher"]["pattern"]
    lines = gazette(*shlex.split(task["command"])[1:]).out.splitlines()
    found = [match for line in lines if (match := re.match(pattern["regexp"], line))]
    assert len(found) == len(lines) - 1
    assert [match[pattern["line"]] for match in found] == ["4", "1", "3", "7", "8"]
    assert (content / found[0][pattern["file"]]).exists()


def test_the_schema_is_valid_and_needs_no_content() -> None:
    told = gazette("check", "--schema")
    assert told.code == 0
    assert told.json["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(told.json)


def test_the_schema_accepts_the_sample_articles_and_refuses_wrong_ones() -> None:
    validator = jsonschema.Draft202012Validator(gazette("check", "--schema").json)
    samples = sorted((ROOT / "content").rglob("*.md"))
    assert len(samples) >= 40
    for sample in samples:
        front = yaml.safe_load(sample.read_text(encoding="utf-8").split("---\n")[1])
        as_json = json.loads(json.dumps(front, default=str))  # dates are texts in JSON
        assert not list(validator.iter_errors(as_json)), sample
    assert list(validator.iter_errors({"title": ["no text"]}))
    assert list(validator.iter_errors({"title": "x", "quality": "high"}))


def hooks() -> list[dict[str, Any]]:
    return list(yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")))


def test_the_hooks_are_what_pre_commit_takes() -> None:
    assert [hook["id"] for hook in hooks()] == ["gazette-check", "gazette-fix"]
    for hook in hooks():
        assert {"id", "name", "entry", "language", "files"} <= hook.keys()
        assert hook.keys() <= {
            *("id", "name", "description", "entry", "language", "files", "types"),
            *("pass_filenames", "require_serial"),
        }
        assert hook["language"] == "python"
        assert hook["pass_filenames"] is True
        taken = [bool(re.search(hook["files"], name)) for name in ("a.md", "b/a.markdown", "a.mdx")]
        assert taken == [True, True, False]


def run_hook(hook: dict[str, Any], files: Sequence[Path]) -> int:
    command, *words = shlex.split(hook["entry"])
    assert command == GAZETTE.name
    return gazette(*words, *files).code


def test_the_hooks_run_with_the_names_of_files(place: Path) -> None:
    check, fix = hooks()
    good, bad = messy(place), place / "bad.md"
    before = good.read_bytes()
    assert run_hook(check, [good]) == 0
    assert good.read_bytes() == before
    assert run_hook(fix, [good]) == 0
    assert good.read_bytes() != before
    bad.write_text(BROKEN)
    assert run_hook(check, [good, bad]) == 1
    assert run_hook(fix, [good, bad]) == 1


# on a terminal


def on_terminal(*command: str | Path, **variables: str) -> str:
    """Run a real process that writes to a terminal; return what it wrote there."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        done = subprocess.Popen(  # noqa: S603 (our own program)
            [str(word) for word in command],
            env=environment(TERM="xterm", **variables),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        written = b""
        try:
            while chunk := screen.read(4096):
                written += chunk
        except OSError:  # how Linux says that the other side has closed it
            pass
        done.wait(PATIENCE)
    return written.decode()


def test_a_terminal_gets_colours_unless_they_are_not_wanted(place: Path) -> None:
    for name in ("one", "two"):
        (place / f"{name}.md").write_text(BROKEN)
    command = (GAZETTE, "check", "one.md", "two.md")
    told = on_terminal(*command)
    assert "one.md:4: \x1b[1;31merror\x1b[0m" in told
    assert "\r\n\r\ntwo.md" in told  # files stand apart
    assert "31m" not in on_terminal(*command, NO_COLOR="1")
    assert "\x1b" not in process(*command).out


def test_many_files_show_how_far_it_is_on_a_terminal_alone(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100):
        article(place, f"{number}")
    assert gazette("check", place).err == ""
    terminal = io.StringIO()
    monkeypatch.setattr(checking, "notes", Console(file=terminal, force_terminal=True, width=80))
    assert gazette("check", place, "--format", "json").json["files"] == 100
    assert "Reading" in terminal.getvalue()
    assert "100/100" in terminal.getvalue()
    terminal.truncate(0)
    gazette("check", place / "1.md")
    assert "Reading" not in terminal.getvalue()


@pytest.mark.usefixtures("content")
def test_ctrl_c_ends_it_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(errands, "read_articles", interrupted)
    told = gazette("check")
    assert told.code == 130
    assert told.out == ""
    assert told.err.startswith("Stopped; ")


def test_names_cannot_move_the_cursor(place: Path) -> None:
    name = "a\x1b[2Jb.md"
    (place / name).write_text(BROKEN)
    assert gazette("check", name).out.startswith("a\\x1b[2Jb.md:4: error")
    assert printable("é👍\u202e\x07") == "é👍\\u202e\\x07"
