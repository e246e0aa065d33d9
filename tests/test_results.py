"""The runner of long runs, on tiny ones; and that what is stored belongs to the code as it is."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from project_files import ROOT, load_tool

sys.path[:0] = [str(ROOT / "tools")]

results = load_tool("results")
source_hash = load_tool("source_hash")
RUNS = results.known_runs()
CODE = "STEPS = 3\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository whose one source is `run.py`."""
    (tmp_path / "run.py").write_text(CODE)
    return tmp_path


def tiny(**parts: Callable[[], object]) -> object:
    return results.Run("tiny", {"seeds": (0, 1)}, ("run.py",), parts)


def stored(root: Path) -> dict:
    return json.loads((root / "book" / "results" / "tiny.json").read_text())


def numbers() -> Iterator[int]:
    yield from range(100)


def test_a_run_is_stored_with_where_it_came_from(root):
    run = tiny(one=lambda: {"loss": np.float32(1 / 3), "kappas": np.array([[1.0, 2e9]])}, two=list)
    assert results.is_stale(root, run)
    assert results.compute(root, run) == root / "book" / "results" / "tiny.json"
    found = stored(root)
    assert found["parts"] == {"one": {"loss": 0.333333, "kappas": [[1, 2e9]]}, "two": []}
    assert found["settings"] == {"seeds": [0, 1]}
    assert found["source"] == source_hash.source_hash(root, ["run.py"])
    assert found["command"] == "python tools/results.py tiny"
    assert set(found["versions"]) == set(results.VERSIONS)
    assert found["seconds"] >= 0
    assert not results.is_stale(root, run)
    assert not (root / "_build" / "long_runs" / "tiny.json").exists()


def test_an_interrupted_run_goes_on_where_it_was(root):
    calls = []

    def interrupted() -> None:
        raise KeyboardInterrupt

    def first() -> int:
        calls.append("first")
        return 1

    with pytest.raises(KeyboardInterrupt):
        results.compute(root, tiny(first=first, second=interrupted))
    assert not (root / "book").exists()
    results.compute(root, tiny(first=first, second=lambda: 2))
    assert calls == ["first"]
    assert stored(root)["parts"] == {"first": 1, "second": 2}


def test_kept_parts_of_other_code_are_not_used(root):
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        results.compute(root, tiny(first=lambda: 1, second=interrupted))
    (root / "run.py").write_text("STEPS = 4\n")
    results.compute(root, tiny(first=lambda: 10, second=lambda: 2))
    assert stored(root)["parts"] == {"first": 10, "second": 2}


def test_an_old_result_stays_until_the_new_one_is_whole(root):
    results.compute(root, tiny(one=lambda: 1))
    with pytest.raises(ValueError, match="JSON"):
        results.compute(root, tiny(one=lambda: float("nan")))
    assert stored(root)["parts"] == {"one": 1}


def test_a_result_too_large_for_the_repository_is_refused(root):
    with pytest.raises(ValueError, match=f"at most {results.MOST_BYTES}"):
        results.compute(root, tiny(one=lambda: np.random.default_rng(0).random(20_000)))


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("STEPS = 4\n", True),
        ("STEPS = 3.0\n", True),
        ("STEPS = 3\nstep()\n", True),
        ("# how many\nSTEPS = (3)  # three\n", False),
        ('"""A run."""\n\nSTEPS = 3\n"""How many."""\n', False),
    ],
)
def test_only_what_the_code_does_makes_a_result_stale(root, changed, stale):
    run = tiny(one=lambda: 1)
    results.compute(root, run)
    (root / "run.py").write_text(changed)
    assert results.is_stale(root, run) == stale


def test_the_meaning_of_a_source_is_the_same_in_every_python():
    source = 'def f(x: int, *, y="") -> str:\n    """D."""\n    return f"{x!r:>3}" if y else [0]\n'
    assert source_hash.meaning(source) == (
        "Module(body=[FunctionDef(name='f',args=arguments(args=[arg(arg='x',annotation="
        "Name(id='int'))],kwonlyargs=[arg(arg='y')],kw_defaults=[Constant(value='')]),"
        "body=[Return(value=IfExp(test=Name(id='y'),body=JoinedStr(values=[FormattedValue("
        "value=Name(id='x'),conversion=114,format_spec=JoinedStr(values=[Constant(value='>3')]"
        "))]),orelse=List(elts=[Constant(value=0)])))],returns=Name(id='str'))])"
    )


def test_the_command_runs_what_is_stale_and_names_it(root, monkeypatch, capsys):
    count = numbers()
    runs = [tiny(one=lambda: next(count))]
    monkeypatch.setattr(results, "known_runs", lambda: runs)
    assert results.main(["--check"], root) == 1
    assert "tiny is stale: run `make results`" in capsys.readouterr().out
    assert results.main([], root) == results.main(["--check"], root) == 0
    assert results.main(["tiny"], root) == 0
    assert stored(root)["parts"] == {"one": 0}
    assert results.main(["--again", "tiny"], root) == 0
    assert stored(root)["parts"] == {"one": 1}
    with pytest.raises(ValueError, match=r"no run \['huge'\], only \['tiny'\]"):
        results.main(["huge"], root)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_what_is_stored_was_made_by_the_code_as_it_is(run):
    found = json.loads(results.result_file(ROOT, run).read_text())
    assert not results.is_stale(ROOT, run), f"{run.name} is stale: run `make results`"
    assert list(found["parts"]) == list(run.parts)
    assert found["settings"] == json.loads(json.dumps(run.settings))
    assert results.result_file(ROOT, run).stat().st_size < results.MOST_BYTES


def test_there_are_long_runs():
    assert len(RUNS) >= 3


def test_pages_are_executed_again_when_a_stored_result_changes():
    """The cache of executed pages is keyed on these files."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text())["sphinx"]["config"]
    files = {f"book/results/{run.name}.json" for run in RUNS}
    assert files <= set(config["code_key_paths"])
