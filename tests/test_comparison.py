"""Two files compared as a user would: an export of ours, and the list another tool made of it."""

import csv
import hashlib
import subprocess
import sys

import pytest

from audience_builder.comparison import compare_files
from audience_builder.errors import ConfigError, DataError

CONTACTS = (
    "Customer ID,Email,Phone,First Name,Country\n"
    "1, Ann.Lee@Example.com,020 7946 0958,Ann-Marie,GB\n"
    "2,bob@example.org,+1 212 555 0101,Bob,US\n"
)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def files(tmp_path):
    def write(header, *rows, ours=CONTACTS):
        (tmp_path / "ours.csv").write_text(ours)
        with (tmp_path / "theirs.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return tmp_path / "ours.csv", tmp_path / "theirs.csv"

    return write


def best(comparison):
    found = {}
    for finding in comparison.findings:
        found.setdefault(finding.key, (finding.variant, finding.share))
    return found


def test_a_contact_export_explains_a_list_with_meta_headers(files):
    ours, theirs = files(
        ["email", "phone", "fn", "value"],
        [sha("ann.lee@example.com"), sha("+442079460958"), sha("ann-marie"), "12.50"],
        [sha("bob@example.org"), sha("+12125550101"), sha("bob"), "3.00"],
    )
    comparison = compare_files([ours], [theirs])
    assert best(comparison) == {"email": ("trimmed_lower", 1.0), "phone": ("e164", 1.0), "first_name": ("lower", 1.0)}
    assert comparison.not_compared == ("value",)


def test_a_repeated_header_is_one_key(files):
    ours, theirs = files(["email", "email"], [sha("ann.lee@example.com"), sha("bob@example.org")])
    comparison = compare_files([ours], [theirs])
    assert comparison.digests == {"email": 2}
    assert best(comparison) == {"email": ("trimmed_lower", 1.0)}


def test_our_own_plain_list_is_read_by_its_headers(files):
    plain = "email,email,phone,fn,country,value\nann@example.com,lee@example.com,442079460958,ann,gb,1\n"
    ours, theirs = files(["Email"], [sha("LEE@EXAMPLE.COM")], [sha("ANN@EXAMPLE.COM")], ours=plain)
    assert best(compare_files([ours], [theirs])) == {"email": ("upper", 1.0)}


def test_a_header_nobody_knows_is_mapped(files):
    ours, theirs = files(["hash_a"], [sha("bob@example.org")])
    with pytest.raises(DataError, match="no contact column in common"):
        compare_files([ours], [theirs])
    assert best(compare_files([ours], [theirs], {"email": "Hash A"})) == {"email": ("trimmed_lower", 1.0)}


def test_a_mapping_to_nothing_is_refused(files):
    ours, theirs = files(["hash_a"], [sha("bob@example.org")])
    with pytest.raises(ConfigError, match="no contact column"):
        compare_files([ours], [theirs], {"shoe_size": "hash_a"})
    with pytest.raises(ConfigError, match="no column 'hash_b'"):
        compare_files([ours], [theirs], {"email": "hash_b"})


def test_the_command_prints_shares_and_no_contact(files):
    ours, theirs = files(["email"], [sha("ann.lee@example.com")], [sha("stranger@example.net")])
    done = subprocess.run(
        [sys.executable, "-c", "from audience_builder.cli import main; main()", "compare", str(ours), str(theirs)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0][:2] == ["email:", "2"]
    assert lines[1][:3] == ["50.0%", "1", "trimmed_lower"]
    assert lines[-1][:3] == ["50.0%", "1", "unexplained"]
    assert "example" not in done.stdout
    assert sha("ann.lee@example.com") not in done.stdout
