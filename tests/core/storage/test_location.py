from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest
from psycopg.conninfo import conninfo_to_dict

from core.errors import InvalidLocation, NameNotAllowed
from core.storage.location import Location, byte_size, locate, require_name, sqlite_uri, wal_path
from tests.platforms import ON_WINDOWS, links


def test_a_path_is_a_file() -> None:
    location = locate("some folder/analytics.db")
    assert location.path == Path("some folder/analytics.db")
    assert location.name == "analytics.db"
    assert str(location) == str(Path("some folder/analytics.db"))


def test_a_location_stays_what_it_is() -> None:
    location = Location(path=Path("a.db"))
    assert locate(location) is location


def test_home_is_expanded() -> None:
    assert locate("~/a.db").path == Path.home() / "a.db"


def test_a_server_never_shows_its_password() -> None:
    location = locate("postgresql://host:s%40cret@db.example:5433/analytics?password=s%40cret")
    assert location.name == "analytics"
    assert str(location) == "postgresql://host@db.example:5433/analytics"
    assert "cret" not in str(location) + repr(location)


def test_a_server_by_its_ipv6_address() -> None:
    assert str(locate("postgres://[::1]:5432/analytics")) == "postgres://[::1]:5432/analytics"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "   ",
        "a\0b",
        "mysql://u:secret@host/db",
        "http://x/y",
        "postgresql://h:port/db",
        "postgresql://[bad/db",
        "~nobody-of-this-name/a.db",
    ],
)
def test_addresses_that_are_none_are_refused(address: str) -> None:
    with pytest.raises(InvalidLocation) as caught:
        locate(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["x" * 256, "a/" + "ü" * (256 if ON_WINDOWS else 128), "/tmp/" + "a/" * 2_100])
def test_a_name_that_no_file_can_have_is_told_as_that(name: str) -> None:
    with pytest.raises(NameNotAllowed, match="This name is not allowed there"):
        locate(name)


WINDOWS_NAMES = {
    "C:\\bot\\a?b.db": "takes no '?'",
    "C:\\bot\\a:b.db": "takes no ':'",
    "C:\\bot*\\a.db": "takes no '*'",
    "a\tb.db": "takes no '\\t'",
    "NUL": "NUL is a device",
    "C:\\bot\\con.csv": "CON is a device",
    "C:\\bot\\Com1 .tar.gz": "COM1 is a device",
    "lpt².db": "LPT² is a device",
    "C:\\bot.\\a.db": "does not end in a dot",
    "a.db ": "or a space",
    "x" * 256: "255 characters",
    "🦀" * 128: "255 characters",
}


@pytest.mark.parametrize("name", WINDOWS_NAMES)
def test_what_windows_does_not_take(name: str) -> None:
    with pytest.raises(NameNotAllowed) as caught:
        require_name(PureWindowsPath(name))
    assert WINDOWS_NAMES[name] in caught.value.detail


@pytest.mark.parametrize(
    "name", ["C:\\bot\\..\\console.db", "\\\\server\\share\\ü.db", "com10.db", "nul-1.db", "ü" * 255, "a b.db"]
)
def test_what_windows_takes(name: str) -> None:
    require_name(PureWindowsPath(name))


def test_a_password_with_a_sign_in_it_is_not_told() -> None:
    with pytest.raises(InvalidLocation) as caught:
        locate("mysql://u:sec@ret@host/db")
    assert "ret" not in caught.value.subject


@links
def test_the_log_lies_beside_the_file_and_not_beside_a_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    real = tmp_path / "bot" / "analytics.db"
    real.write_bytes(b"x" * 10)
    (tmp_path / "bot" / "analytics.db-wal").write_bytes(b"y" * 5)
    link = tmp_path / "link.db"
    link.symlink_to(real)
    assert wal_path(link) == real.with_name("analytics.db-wal")
    assert byte_size(link) == byte_size(real) == 15


def test_bytes_of_what_is_not_there_or_out_of_reach(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert byte_size(tmp_path / "none.db") == 0
    assert byte_size(tmp_path / "file" / "inside.db") == 0


@pytest.mark.parametrize(
    ("url", "shown", "name"),
    [
        ("postgresql://bot:2024#x@127.0.0.1:5544/a4", "postgresql://bot@127.0.0.1:5544/a4", "a4"),
        ("postgresql://bot:77?a@127.0.0.1:5544/a4", "postgresql://bot@127.0.0.1:5544/a4", "a4"),
        ("postgresql://bot:a:b@[::1]:5544/a4", "postgresql://bot@[::1]:5544/a4", "a4"),
        ("postgresql://bot:pw@db1:5432,db2:5432/a4", "postgresql://bot@db1:5432,db2:5432/a4", "a4"),
        ("postgresql://bot:pw@db1,db2/a4?target_session_attrs=any", "postgresql://bot@db1,db2/a4", "a4"),
        ("postgresql://bot@db1/a4?password=geheim#x", "postgresql://bot@db1/a4", "a4"),
        ("postgresql://db1?password=geheim", "postgresql://db1", "postgresql"),
        ("postgresql:///a4", "postgresql:///a4", "a4"),
    ],
)
def test_a_url_is_shown_as_the_client_library_reads_it(url: str, shown: str, name: str) -> None:
    location = locate(url)
    assert (str(location), location.name) == (shown, name)
    read = conninfo_to_dict(url)
    user, hosts = shown.partition("://")[2].rpartition("@")[::2]
    assert (read.get("user", ""), read.get("dbname", "postgresql")) == (user, name)
    expected = [each.strip("[]") for each in str(read.get("host", "")).split(",")]
    assert [each.rsplit(":", 1)[0].strip("[]") for each in hosts.partition("/")[0].split(",")] == expected


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:geheim",
        "postgresql://bot:geheim/a4",
        "postgresql://bot:x/geheim@db1/a4",
        "postgresql://bot:x@geheim@db1/a4",
        "postgresql://bot:geheim@",
        "postgresql://db1?password=geheim@x",
        "postgresql://db1/a4@geheim",
        "mysql://bot:geheim@db1/a4",
        "postgresql:bot:geheim@db1/a4",
        "POSTGRES:/bot:geheim@db1/a4",
        "mysql://bot:x@geheim/y",
        "host=db1 port=5432 dbname=a4 user=bot password=geheim",
        "password = geheim host=db1",
        "PASSWORD='geheim'",
        "Host=db1;Username=bot;Password=geheim",
        "Server=db1;Uid=bot;Pwd=geheim",
        "PGPASSWORD=geheim",
        "PGPASSWORD=geheim psql mysql://db1/a4",
        "PGPASSWORD=geheim psql postgresql://db1/a4",
        "bot:geheim@db1/a4",
        "bot:ge/heim:geheim@db1:5432/a4",
    ],
)
def test_address_shows_nothing_that_may_be_of_a_password(url: str) -> None:
    try:
        shown = repr(locate(url)) + str(locate(url))
    except InvalidLocation as fault:
        shown = f"{fault} {fault!r} {fault.detail}"
    assert "geheim" not in shown


def test_settings_of_a_server_are_no_name_of_a_file() -> None:
    with pytest.raises(InvalidLocation) as caught:
        locate("host=db1 dbname=a4")
    assert "postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in caught.value.detail


@pytest.mark.parametrize(
    "address", ["user=5/analytics.db", "host=a.db", "/srv/host=1 port=2/a.db", "passwords.db", "a@b.db", "bypass/a.db"]
)
def test_a_file_whose_name_has_signs_of_an_address_is_a_file(address: str) -> None:
    assert locate(address).path == Path(address)


@pytest.mark.parametrize("address", ["C://bots/analytics.db", "d://analytics.db"])
def test_a_drive_before_two_slashes_is_no_url(address: str) -> None:
    assert locate(address).path == Path(address)


def test_a_path_that_can_not_be_followed_is_taken_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drop(path: object, **options: object) -> str:
        raise OSError(59, "An unexpected network error occurred")

    monkeypatch.setattr("os.path.realpath", drop)
    path = tmp_path / "analytics.db"
    assert wal_path(path) == tmp_path / "analytics.db-wal"
    assert sqlite_uri(path, "mode=ro") == f"{path.as_uri()}?mode=ro"
