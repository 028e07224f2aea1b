"""Personal words: readable with the key, by nobody once it is destroyed."""

import base64
import stat
import threading
from pathlib import Path

import pytest

from gengfu.adapters.clock import SeededEntropy
from gengfu.adapters.memory import MemoryStore
from gengfu.adapters.vault import MasterKey, SealingVault
from gengfu.kernel import BadInput, Corrupt, Store, Unavailable

WORDS = "林女士 +86 755 1234 5678"
MASTER = MasterKey(bytes(range(32)))
vault = SealingVault(MASTER)


def sealed(store: Store, words: str = WORDS, subject: str = "s1") -> str:
    return store.transact(lambda tx: vault.seal(tx, subject, words))


def revealed(store: Store, token: str, subject: str = "s1") -> str | None:
    return store.read(lambda reader: vault.reveal(reader, subject, token))


@pytest.mark.parametrize("words", [WORDS, "", "x" * 100_000, "\x00\n<b>"])
def test_words_come_back(store: Store, words: str) -> None:
    token = sealed(store, words)
    assert token.isascii()
    assert revealed(store, token) == words
    if words:
        assert words not in token


def test_the_same_words_never_give_the_same_token(store: Store) -> None:
    assert len({sealed(store) for _ in range(20)}) == 20


def test_an_erased_subject_cannot_be_read_again(store: Store) -> None:
    token, other = sealed(store), sealed(store, subject="s2")
    store.transact(lambda tx: tx.destroy_subject_key("s1"))
    assert revealed(store, token) is None
    assert revealed(store, other, "s2") == WORDS
    fresh = sealed(store, "new")
    assert revealed(store, fresh) == "new"
    assert revealed(store, token) is None


def test_a_token_belongs_to_its_subject() -> None:
    store = MemoryStore()
    token = sealed(store)
    sealed(store, subject="s2")
    assert revealed(store, token, "s2") is None
    assert revealed(store, token, "nobody") is None

    def swap(tx: object) -> None:
        key = tx.subject_key("s1")
        tx.destroy_subject_key("s2")
        tx.put_subject_key("s2", key)

    store.transact(swap)
    with pytest.raises(Corrupt):
        revealed(store, token, "s2")


def test_every_changed_byte_is_noticed() -> None:
    store = MemoryStore()
    raw = bytearray(base64.urlsafe_b64decode(sealed(store, "a")))
    for at in range(len(raw)):
        changed = bytearray(raw)
        changed[at] ^= 1
        token = base64.urlsafe_b64encode(changed).decode()
        if 1 <= at < 9:  # the name of a key that there is not
            assert revealed(store, token) is None
        else:
            with pytest.raises(Corrupt):
                revealed(store, token)


@pytest.mark.parametrize("token", ["", "x", "水", "AQ==", "!" * 80, "A" * 81])
def test_what_is_no_token_is_called_so(token: str) -> None:
    store = MemoryStore()
    sealed(store)
    with pytest.raises(Corrupt, match="no sealed fact"):
        revealed(store, token)


def test_another_master_key_is_told_from_damage() -> None:
    store = MemoryStore()
    token = sealed(store)
    other = SealingVault(MasterKey(b"x" * 32))
    with pytest.raises(Unavailable, match="master key") as told:
        store.read(lambda r: other.reveal(r, "s1", token))
    assert MASTER.secret.hex() not in str(told.value)
    with pytest.raises(Unavailable):
        store.transact(lambda tx: other.seal(tx, "s1", "more"))

    wrapped = store.read(lambda r: r.subject_key("s1"))
    assert wrapped is not None
    for at in (0, 10, 20, 40, len(wrapped) - 1):
        changed = bytearray(wrapped)
        changed[at] ^= 1

        def damage(tx: object, stored: bytes = bytes(changed)) -> None:
            tx.destroy_subject_key("s1")
            tx.put_subject_key("s1", stored)

        store.transact(damage)
        with pytest.raises(Corrupt):
            revealed(store, token)


def test_bytes_are_locked_under_a_secret_and_a_name() -> None:
    secret, plain = b"k" * 32, bytes(range(256)) * 40
    locked = vault.lock(secret, "full", plain)
    assert plain[:64] not in locked
    assert vault.lock(secret, "full", plain) != locked
    assert vault.unlock(secret, "full", locked) == plain
    assert vault.unlock(secret, "full", vault.lock(secret, "full", b"")) == b""
    flipped = locked[:-1] + bytes([locked[-1] ^ 1])
    for name, wrong, by in (
        ("small", locked, secret),
        ("full", flipped, secret),
        ("full", locked[:20], secret),
        ("full", b"", secret),
        ("full", b"\x02" + locked[1:], secret),
        ("full", locked, b"x" * 32),
    ):
        with pytest.raises(Corrupt):
            vault.unlock(by, name, wrong)


def test_half_a_character_cannot_be_sealed() -> None:
    with pytest.raises(BadInput):
        sealed(MemoryStore(), "\ud800")


def test_two_who_seal_at_once_share_one_key(store: Store) -> None:
    tokens: list[str] = []
    threads = [
        threading.Thread(target=lambda: tokens.append(sealed(store))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [revealed(store, token) for token in tokens] == [WORDS] * 8


def test_seeded_chance_gives_the_same_tokens() -> None:
    def make() -> str:
        repeatable = SealingVault(MASTER, SeededEntropy(3))
        return MemoryStore().transact(lambda tx: repeatable.seal(tx, "s", "w"))

    assert make() == make()


class TestMasterKeyFile:
    def test_a_file_is_made_once_and_for_its_owner_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "master.key"
        first = MasterKey.from_file(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert MasterKey.from_file(path) == first
        assert list(tmp_path.iterdir()) == [path]
        assert first.secret.hex() not in repr(first)

    def test_those_who_start_at_once_get_the_same_key(self, tmp_path: Path) -> None:
        path = tmp_path / "master.key"
        keys: list[MasterKey] = []
        threads = [
            threading.Thread(target=lambda: keys.append(MasterKey.from_file(path)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(keys) == 8
        assert len({key.secret for key in keys}) == 1

    def test_a_file_that_others_may_read_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "master.key"
        MasterKey.from_file(path)
        path.chmod(0o640)
        with pytest.raises(Unavailable, match="others may read"):
            MasterKey.from_file(path)

    @pytest.mark.parametrize("text", ["", "abc", "zz" * 32, "00" * 31, "00" * 33, "é"])
    def test_a_file_with_something_else_is_refused(
        self, tmp_path: Path, text: str
    ) -> None:
        path = tmp_path / "master.key"
        path.touch(0o600)
        path.write_text(text)
        with pytest.raises(BadInput, match=r"master\.key"):
            MasterKey.from_file(path)

    def test_a_folder_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match="nowhere"):
            MasterKey.from_file(tmp_path / "nowhere" / "master.key")
