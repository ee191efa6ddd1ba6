"""Who a caller is, and what the reader may run."""

import stat
from base64 import b64encode
from pathlib import Path

import pytest

from streams.local.clickhouse_errors import EngineError, from_engine, refuse
from streams.local.clickhouse_reader import Outward, check_reads
from streams.local.clickhouse_roles import Credentials, Role, credentials, role_of, writer_secret

_OUTWARD = Outward(["file", "url", "s3", "format", "python"], ["file", "upper", "aiGenerate"])


def _basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    ("headers", "params", "expected"),
    [
        ({}, {}, Credentials()),
        (_basic("default:"), {}, Credentials("default")),
        (_basic("kpi_writer:a:b"), {}, Credentials("kpi_writer", "a:b")),
        ({"X-ClickHouse-User": "u", "X-ClickHouse-Key": "k"}, {"user": "other"}, Credentials("u", "k")),
        ({}, {"user": "u", "password": "k"}, Credentials("u", "k")),
    ],
)
def test_credentials_are_read(headers: dict[str, str], params: dict[str, str], expected: Credentials) -> None:
    """A caller names itself by headers, basic authentication or the URL."""
    assert expected == credentials(headers, params)


@pytest.mark.parametrize("user", ["", "default", "reader"])
def test_without_a_password_one_reads(user: str) -> None:
    """Callers without credentials get the reader's role."""
    assert role_of(Credentials(user), "secret") is Role.READER


def test_the_secret_makes_the_writer() -> None:
    """The writer is who knows the secret."""
    assert role_of(Credentials("kpi_writer", "secret"), "secret") is Role.WRITER


@pytest.mark.parametrize(
    "caller",
    [
        Credentials("kpi_writer"),
        Credentials("kpi_writer", "Secret"),
        Credentials("default", "secret"),
        Credentials("", "secret"),
        Credentials("somebody"),
        Credentials("kpi_writer", "bí mật"),
    ],
)
def test_everybody_else_is_refused(caller: Credentials) -> None:
    """A wrong password or an unknown name is answered as ClickHouse answers it."""
    with pytest.raises(EngineError) as raised:
        role_of(caller, "secret")

    assert (516, 403) == (raised.value.code, raised.value.status)


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """The first start makes the secret, readable to its owner only; later ones read it."""
    path = tmp_path / "clickhouse" / "writer.secret"

    first = writer_secret(path)

    assert len(first) >= 40
    assert first == writer_secret(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "statement", [b"SELECT 1", b"(with x as (select 1) select 2)", b"-- a\nShow tables", b"DESC t"]
)
def test_reading_statements_pass(statement: bytes) -> None:
    """One statement that reads, by its first word and by the engine's verdict, passes."""
    check_reads(statement, reads=True, count=1)


@pytest.mark.parametrize(
    ("statement", "reads", "count"),
    [
        (b"INSERT INTO t SELECT 1", False, 1),
        (b"SELECT 1", True, 2),
        (b"SELECT 1 INTO OUTFILE 'x'", True, 0),
        (b"CHECK TABLE t", True, 1),
        (b"SELECT 1", False, 1),
        (b"", True, 1),
    ],
)
def test_other_statements_do_not(statement: bytes, reads: bool, count: int) -> None:
    """Anything else is refused with code 497."""
    with pytest.raises(EngineError) as raised:
        check_reads(statement, reads=reads, count=count)

    assert raised.value.code == 497


@pytest.mark.parametrize(
    "statement",
    [b"select FILE (1)", b"from `url`()", rb"select `fi\x6ce`(1)", b"select * APPLY(upper)"],
)
def test_suspicious_statements_are_parsed(statement: bytes) -> None:
    """A name that reaches out, an escape or an APPLY sends the statement to the parser."""
    assert _OUTWARD.suspects(statement)


@pytest.mark.parametrize("statement", [b"select profile, crossings from t", b"select format('{}', a)"])
def test_ordinary_statements_are_not(statement: bytes) -> None:
    """Words that merely contain such a name cost nothing."""
    assert not _OUTWARD.suspects(statement)


@pytest.mark.parametrize(
    "tree",
    [
        "SelectQuery\n Function file (alias a) (children 1)",
        "SelectQuery\n Function URL (children 1)",
        "SelectQuery\n  Identifier file",
        "SelectQuery\n Function aiGenerate",
        "SelectQuery\n   ColumnsApplyTransformer",
        '{"explain": "SelectQuery"}',
        "",
    ],
)
def test_a_tree_that_names_them_is_refused(tree: str) -> None:
    """Calls, functions as arguments, hidden ones and unreadable trees are refused."""
    with pytest.raises(EngineError) as raised:
        _OUTWARD.check(tree)

    assert raised.value.code == 497


def test_the_same_words_as_text_or_columns_pass() -> None:
    """A string that holds such a word, or a column named like a table function, is no call."""
    _OUTWARD.check("SelectQuery\n Literal 'file'\n Identifier url\n Function upper (children 1)")


def test_bounds_hold_whatever_is_asked() -> None:
    """A reader gets less than the bounds when it asks for less, never more."""
    asked = {"max_threads": "1", "max_memory_usage": "'0'", "max_execution_time": "'3600'", "readonly": "0"}

    settings = _OUTWARD.settings(asked)

    assert ("1", "300000000", "30") == tuple(settings[name] for name in list(asked)[:3])
    assert "readonly" not in settings


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("format_template_row", "'/etc/passwd'", 164),
        ("profile", "'default'", 164),
        ("max_threads", "1 , profile = 2", 164),
        ("additional_table_filters", r"{ 't' : 'file(\'x\') = 1' }", 497),
        ("additional_result_filter", "'file(''x'')'", 497),
        ("additional_result_filter", r"'fi\x6ce(1)'", 497),
    ],
)
def test_other_settings_are_not_the_readers(name: str, value: str, code: int) -> None:
    """Settings that name files or change the role, and expressions that reach out, are refused."""
    with pytest.raises(EngineError) as raised:
        _OUTWARD.settings({name: value})

    assert code == raised.value.code


def test_a_filter_of_a_board_passes() -> None:
    """An ad-hoc filter as Grafana writes it is the reader's to set."""
    value = r"{ 'trade' : ' gate_id = \'kim-thanh\' ' }"

    assert value == _OUTWARD.settings({"additional_table_filters": value})["additional_table_filters"]


def test_a_board_may_have_its_query_planned_sooner() -> None:
    """Merging expressions is most of the planning of small, long queries."""
    assert "0" == _OUTWARD.settings({"query_plan_merge_expressions": "0"})["query_plan_merge_expressions"]


def test_an_error_of_the_engine_is_unwrapped() -> None:
    """What chDB wraps around an error is taken off; its code decides the status."""
    error = from_engine(
        "Code: 73. DB::Exception: Code: 73. DB::Exception: Unknown format X. (UNKNOWN_FORMAT) "
        "(version 26.9.2.1). (UNKNOWN_FORMAT)"
    )

    assert (73, 404) == (error.code, error.status)
    assert "Code: 73. DB::Exception: Unknown format X. (UNKNOWN_FORMAT) (version 26.9.2.1)" == error.text


def test_an_error_names_the_version_once() -> None:
    """Every error ends with the server's version, as clients expect it."""
    text = "Code: 164. DB::Exception: no (READONLY) (version 26.9)"

    assert text == refuse(164, "no").with_version("26.9")
    assert text == from_engine(text).with_version("26.9")
