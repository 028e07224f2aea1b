"""Settings: what the environment and the command line may say."""

import pytest

from gengfu.app.config import Settings
from gengfu.kernel import BadInput


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("https://safety.example", "https://safety.example"),
        ("https://safety.example/", "https://safety.example"),
        ("http://127.0.0.1:8642", "http://127.0.0.1:8642"),
        ("http://[::1]:8642/", "http://[::1]:8642"),
        ("", ""),
    ],
)
def test_the_public_address_is_kept_without_its_last_stroke(
    said: str, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENGFU_PUBLIC_URL", said)
    assert Settings.given().public_url == kept


@pytest.mark.parametrize(
    "said",
    [
        "safety.example", "ftp://safety.example", "https://", "https://a b", "//a.b",
        "https://safety.example/city", "https://safety.example?x", "https://a.b\n",
        "https://a.b/\" onload=x", "javascript:alert(1)", "https://user@a.b",
    ],
)  # fmt: skip
def test_what_is_no_whole_address_is_refused_in_one_line(said: str) -> None:
    with pytest.raises(BadInput, match=r"public_url: .*like https://safety\.example"):
        Settings.given(public_url=said)
