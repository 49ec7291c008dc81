"""The fast reader of front matter gives what PyYAML does, or nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.adapters.files import plain
from bot.adapters.files.front import Unreadable, front_of

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MANY = settings(max_examples=400, deadline=None)


def by_pyyaml(front: str) -> Any:  # noqa: ANN401 (YAML's own)
    data = yaml.load(front, _LOADER)  # noqa: S506 (a safe one)
    return {} if data is None else without_secret(data)


def without_secret(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {k: None if k == "secured" else without_secret(v) for k, v in value.items()}
    return [without_secret(item) for item in value] if isinstance(value, list) else value


def agree(front: str) -> bool:
    """Tell whether the fast reader takes it; where it does, both must say the very same."""
    data = plain.parsed(front)
    if data is None:
        return False
    slow = by_pyyaml(front)
    assert data == slow
    assert repr(data) == repr(slow)  # 1 and True are equal, their kinds are not
    return True


TAKEN = [
    "",
    "# nothing\n\n",
    "a: b\n",
    "a: b c # comment\nb: x#y\n",
    "a:\nb: 1\n",
    "a: \nb:  two \n",
    "a: 'it''s'\nb: \"x \\\"y\\\" \\\\ \\/ \\n\\r\\t\"\n",
    "a: ''\nb: \"\"\n",
    "a: -5\nb: 0\nc: 9999999999\n",
    "a: true\nb: false\nc: null\n",
    "a: 2020-01-02\nb: 2020-01-02T03:04:05Z\nc: 2020-01-02 3:04:05.5 -4\nd: 2020-1-2T03:04:05Z\n",
    "a:\n- b\n- c\nd: e\n",
    "a:\n  - b: 1\n    c:\n      - d: 2\n      - e\n  - f: 3\ng: 4\n",
    "a:\n  b:\n    c: 1\n  d: 2\n",
    "a:\n  - b:\n    - c\n    d: 1\n",
    "a: [b, c d, \"e\", 'f']\nb: []\nc: [ x ]\n",
    "a: https://example.org/x?y=z#frag\nb: /x\nc: 1.2.3\nd: 18F\ne: -x\nf: 12e3\ng: y\n",
    "cSpell:ignore: word\na-b: c\n_a: b\n",
    "a: テスト\nb: «x»\nc: ünï # c\n",
    'secured: "x"\na:\n  secured: y\n',
    "a: \"one\n  two\n  three\"\nb: 'it''s\n  so'\n",
    "a: one\n  two - three\n  four\nb: 1\n",
    "a: >-\n  one\n  two\nb: >\n  three\n",
    'a: |\n  one\n  two\nb: |-\n  three: "four" \\\n\nc: d\n',
    "a:\n  - one\n    two\n  - >-\n    three\n    four\n",
]


@pytest.mark.parametrize("front", TAKEN)
def test_what_is_plain_is_taken(front: str) -> None:
    assert agree(front)


LEFT = [
    *("a: &x b\n", "a: *x\n", "<<: {a: b}\n", "a: !!str 1\n", "a: !x y\n", "? a\n: b\n"),
    *("%YAML 1.2\n", "a: yes\n", "a: No\n", "a: ON\n", "a: ~\n", "a: NULL\n", "a: 010\n"),
    *("a: 0x1F\n", "a: 1_000\n", "a: 12:30\n", "a: .5\n", "a: 1.5\n", "a: .inf\n"),
    *("a: 2020-02-30\n", "a: +5\n", "a: =\n", "a: b\na: c\n", "secured:\n  a: b\n"),
    *("a:\n  b: 1\n  b: 2\n", "yes: a\n", "null: a\n", "1: a\n", "a b: c\n", "a: b: c\n"),
    *("a: b:\n", "a: 'b\n", 'a: "b" c\n', 'a: "\\x41"\n', 'a: "\\u0041"\n', "a: {b: c}\n"),
    *("a: [b, {c: d}]\n", "a: [[b]]\n", "a: [b,\n  c]\n", "a: [yes]\n", "a: [b]c\n", "\ta: b\n"),
    *("a:\tb\n", "a: b\tc\n", "a: b\x07\n", "a: b\x85\n", "a: b\ufeff\n", "a: b\u2028c\n"),
    *("a: b\x7f\n", "a: \ufffe\n", "  a: b\n c: d\n", "a:\n    b: c\n  d: e\n"),
    *("a: b\n  c: d\n", "a:\n  b: c\n - d\n", "a: |2\n  b\n", "a: >+\n  b\n"),
    *("a: |\n  b\n   c\n", "a: >\n  b\n\n  c\n", "a: |\n  b\n  \n", "- a\n", "- - a\n"),
    *("a:\n  -\n", "a: @b\n", "a: `b`\n", 'a: "b\n\n  c"\n', 'a: "b\n--- c"\n'),
    *("a: b\n  c: d\n", "a: b\n  # c\n  d\n", "a: 2020-01-01\n  12:00:00\n", "a\n", "--- a\n"),
    *("...\n", "a: b #c\n  d\n", "a: %b\n", "a: ,b\n", "a: - b\n", "a: ? b\n", "a: #b\n"),
    "a: >-\n",
    "a:\n" + "".join(f"{'  ' * n}b:\n" for n in range(1, 40)),
    "x" * 70 + ": a\n",
    "a: b\n" * 20_001,
]  # fmt: skip


@pytest.mark.parametrize("front", LEFT)
def test_what_is_not_plain_is_left(front: str) -> None:
    assert plain.parsed(front) is None


def test_depth_costs_no_stack() -> None:
    for deep in ("[" * 100_000, "- " * 100_000, "{" * 100_000):
        assert plain.parsed(f"a: {deep}\n") is None
    assert plain.parsed("".join(f"{' ' * n}a:\n" for n in range(2_000))) is None


def test_what_is_shared_is_not_changed_by_who_holds_it() -> None:
    first: Any = plain.parsed("a: [b, c]\nd:\n  - e\n")
    first["a"].append("x")
    first["d"].append("x")
    assert plain.parsed("a: [b, c]\nd:\n  - e\n") == {"a": ["b", "c"], "d": ["e"]}


def test_a_secret_is_not_kept() -> None:
    assert plain.parsed("secured: hush\nx:\n  - secured: 'hush'\n") == {
        "secured": None,
        "x": [{"secured": None}],
    }
    assert "hush" not in repr(plain._ROWS)  # noqa: SLF001 (memory has no other face)


def test_more_lines_than_are_kept_are_read_all_the_same() -> None:
    for number in range(9_000):
        assert plain.parsed(f"a: x{number}\n") == {"a": f"x{number}"}
    assert len(plain._ROWS) <= 8192  # noqa: SLF001 (memory has no other face)


# made up

keys = st.sampled_from(["a", "b", "title", "secured", "cSpell:ignore", "no", "a b", "7", '"q"', ""])
scalars = st.sampled_from(
    [
        *(
            "b",
            "b c",
            "'q'",
            '"d"',
            '"e\\"f"',
            "'it''s'",
            "1",
            "-1",
            "010",
            "1_0",
            "1.5",
            "1e3",
            "0",
        ),
        *(
            "yes",
            "no",
            "true",
            "null",
            "~",
            "y",
            "2020-01-02",
            "2020-01-02T03:04:05Z",
            "12:30",
            "18F",
        ),
        *(
            "2020-1-2",
            "2020-01-02 03:04:05 -5",
            "x: y",
            "x#y",
            "x # y",
            "# y",
            "[a, b]",
            "[]",
            "{}",
        ),
        *(
            ">-",
            "|",
            "&a",
            "*a",
            "!t x",
            "é",
            "\xa0",
            "\u3000x",
            "\U0001f600",
            "-",
            "- x",
            "?",
            ":",
        ),
        *(
            "'open",
            '"open',
            'close"',
            "close'",
            "a:",
            ":a",
            ".",
            "...",
            "---",
            "=",
            "<<",
            "",
            " ",
            "@",
        ),
        *(
            "+1",
            "0x1",
            "0o7",
            ".5",
            "-.inf",
            "a,b",
            "a]",
            "a}",
            "%a",
            "`a",
            "\\",
            '"\\',
            '"\\n"',
            "a\tb",
        ),
    ]
)
texts = st.text(st.sampled_from([*"ab10:#-'\"[]{},&*!|>%@`?.~_+=/\\ \t\né"]), max_size=10)
lines = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "  ", "    ", " ", "      "]),
    st.sampled_from(["", "", "- ", "-  "]),
    keys.map(lambda key: f"{key}: ") | st.just(""),
    scalars | texts,
) | st.builds("{}{}:".format, st.sampled_from(["", "  ", "  - ", "- "]), keys)


@MANY
@given(st.lists(lines, max_size=7).map(lambda rows: "\n".join(rows) + "\n"))
@example('a: "b\n   c "\n')
@example("a: b\n\n  c\n")
@example("a: |\n  b\n \n")
@example("a: >\n  b \n  c\n")
@example('a: "b \n  c"\n')
def test_what_is_taken_means_the_same_to_pyyaml(front: str) -> None:
    agree(front)


@MANY
@given(st.data())
def test_front_matter_with_a_few_signs_changed_means_the_same_to_pyyaml(
    data: st.DataObject,
) -> None:
    front = data.draw(st.sampled_from([front for front in TAKEN if len(front) > 10]))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(front)))
        change = data.draw(
            st.sampled_from(
                [*" :-#'\"\n[]{}>|&*!?,\\01y", ": ", " #", "\n  ", "- ", "yes", "\t", "é"]
            )
        )
        front = front[:at] + change + front[at + data.draw(st.integers(0, 3)) :]
    agree(front + "\n")


# real data

# of the files with front matter in YAML, how many are plain
PLAIN_PER_SET = {
    "18f": (501, 510),
    "ember-blog": (455, 456),
    "homebrew-blog": (44, 46),
    "jekyll": (184, 197),
    "nodejs-blog": (305, 306),
    "opentelemetry-blog": (356, 402),
    "rust-blog": (0, 2),
    "smartable": (461, 474),
    "torture": (274, 2238),
}


def test_every_real_file_that_is_taken_means_the_same_to_pyyaml() -> None:
    place = os.environ.get("GAZETTE_SHARED")
    if not place:
        pytest.skip("set GAZETTE_SHARED to the folder that holds corpora/")
    counts: dict[str, list[int]] = {}
    root = Path(place, "corpora")
    for file in sorted(root.rglob("*")):
        if file.is_file() and file.suffix not in {".xml", ".json", ".tsv", ".html"}:
            name = file.relative_to(root).parts[0]
            counts.setdefault(name, [0, 0])
            for front in fronts(file.read_bytes()):
                counts[name][0] += agree(front)
                counts[name][1] += 1
    assert {name: (taken, of) for name, (taken, of) in counts.items() if of} == PLAIN_PER_SET


def fronts(raw: bytes) -> list[str]:
    """Return the front matter of a file, or all of it where it is YAML by itself."""
    try:
        front = front_of(raw, name="")
    except Unreadable:
        text = raw.decode(errors="replace").replace("\r\n", "\n")
        return [text if text.endswith("\n") else f"{text}\n"]
    return [] if front.toml else [front.text]
