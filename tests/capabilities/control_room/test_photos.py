"""Photos: clean, locked, shown to who may know of them, gone when they are erased."""

import asyncio
from datetime import timedelta
from io import BytesIO
from threading import Event

import pytest
from pictures import HIDDEN, from_a_phone, huge_png, opened, picture
from PIL import Image
from rooms import CHIEF, SENDER, TAKER, actor, crew, holds, officer

from gengfu.capabilities.control_room.cases import actions
from gengfu.capabilities.control_room.cases.incidents import incident
from gengfu.capabilities.control_room.cases.photos import (
    PhotoSize,
    Print,
    attach_photo,
    reveal_photo,
)
from gengfu.capabilities.control_room.live.darkroom import (
    Darkroom,
    NotAPhoto,
    develop,
)
from gengfu.capabilities.control_room.live.history import history
from gengfu.capabilities.control_room.rules.photos import PHOTOS
from gengfu.kernel import (
    Corrupt,
    Erased,
    Forbidden,
    KeepingRule,
    NotFound,
    Ref,
    RuleBroken,
    Unavailable,
)
from gengfu.kernel.erasing import erase_words
from gengfu.kernel.records import reading
from gengfu.kernel.tasks import hand_over, refuse

SHOT = Print(full=b"full jpeg", small=b"small jpeg", width=4, height=3)
OTHER = Print(full=b"another", small=b"another small", width=4, height=3)
FULL, SMALL = PhotoSize.FULL, PhotoSize.SMALL


class TestDarkroom:
    def test_what_it_has_no_room_for_is_refused_and_there_is_room_again(self):
        free = Event()

        def slowly(raw):
            if raw == b"bad":
                raise NotAPhoto("photo: it is damaged")
            free.wait(10)
            return SHOT

        async def day():
            room = Darkroom(slowly, most_waiting=2)
            taken = [asyncio.create_task(room.develop(b"1")) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(Unavailable, match="too many photos are waiting"):
                await room.develop(b"3")
            taken[1].cancel()
            free.set()
            assert await taken[0] is SHOT
            for _ in range(5):
                with pytest.raises(NotAPhoto):
                    await room.develop(b"bad")

        asyncio.run(day())

    def test_who_gave_up_waiting_takes_up_no_room(self):
        free = Event()

        async def day():
            room = Darkroom(lambda _raw: free.wait(10) and SHOT, most_waiting=2)
            first, second = (asyncio.create_task(room.develop(b"1")) for _ in range(2))
            await asyncio.sleep(0)
            second.cancel()
            await asyncio.sleep(0)
            third = asyncio.create_task(room.develop(b"1"))
            await asyncio.sleep(0)
            free.set()
            assert [await first, await third] == [SHOT, SHOT]

        asyncio.run(day())

    def test_a_phones_photo_comes_out_upright_small_and_with_nothing_hidden(self):
        raw = from_a_phone((3000, 2000))
        assert raw.count(HIDDEN) == 3
        shot = develop(raw)
        assert (shot.width, shot.height) == (1365, 2048)
        for jpeg, longest in ((shot.full, 2048), (shot.small, 320)):
            assert HIDDEN not in jpeg
            assert b"Exif" not in jpeg
            assert jpeg.endswith(b"\xff\xd9")
            shown = opened(jpeg)
            assert max(shown.size) == longest
            assert not shown.getexif()
            assert not {"comment", "exif", "icc_profile", "xmp"} & set(shown.info)
            assert shown.getpixel((9, 9)) == pytest.approx((200, 60, 20), abs=4)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_each_kind_is_taken_and_small_ones_are_not_blown_up(self, kind):
        shot = develop(picture(kind, (50, 40)))
        assert opened(shot.full).size == (50, 40)
        assert opened(shot.small).size == (50, 40)

    @pytest.mark.parametrize(
        "mode", ["1", "L", "LA", "P", "PA", "RGBA", "I;16", "CMYK"]
    )
    def test_every_way_to_write_a_colour_is_read(self, mode):
        out = BytesIO()
        kind = "JPEG" if mode == "CMYK" else "PNG"
        Image.new("RGBA", (9, 9)).convert("L").convert(
            mode if mode != "PA" else "P"
        ).save(out, kind)
        assert opened(develop(out.getvalue()).full).mode == "RGB"

    def test_what_was_seen_through_stands_on_white(self):
        out = BytesIO()
        Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(out, "PNG")
        shown = opened(develop(out.getvalue()).full)
        assert shown.getpixel((4, 4)) == (255, 255, 255)

    def test_a_film_is_its_first_frame(self):
        out = BytesIO()
        frames = [Image.new("RGB", (9, 9), c) for c in ("red", "blue")]
        frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
        shown = opened(develop(out.getvalue()).full)
        assert shown.getpixel((4, 4))[0] > 200

    def test_damaged_notes_of_the_camera_are_no_damage_to_the_picture(self):
        shot = develop(picture(exif=b"Exif\x00\x00nonsense"))
        assert (shot.width, shot.height) == (640, 480)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    @pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
    def test_what_was_cut_short_is_refused(self, kind, share):
        noise = Image.effect_noise((300, 200), 80).convert("RGB")
        out = BytesIO()
        noise.save(out, kind)
        raw = out.getvalue()
        with pytest.raises(NotAPhoto, match="photo: it is damaged or cut short"):
            develop(raw[: max(16, int(len(raw) * share))])

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\x00",
            b"GIF89a" + bytes(60),
            b"<svg/>",
            b"%PDF-1.4",
            b"RIFF\0\0\0\0WAVE",
        ],
    )
    def test_what_is_no_such_picture_is_refused(self, raw):
        with pytest.raises(NotAPhoto, match="photo: it is no JPEG, PNG or WebP"):
            develop(raw)

    def test_another_kind_under_a_pictures_first_bytes_is_refused(self):
        with pytest.raises(NotAPhoto, match="damaged"):
            develop(b"\xff\xd8\xff" + picture("PNG"))

    @pytest.mark.parametrize("edge", [3_600, 7_100, 12_000, 30_000, 60_000])
    def test_a_bomb_is_refused_before_it_goes_off(self, edge):
        with pytest.raises(NotAPhoto, match="too many"):
            develop(huge_png(edge))


class TestOnTheIncident:
    @pytest.fixture
    def case(self, room):
        case = room.call(at=(0, 1))
        return room.send(case, "e1", agencies=("gas",))

    def test_the_ledger_has_who_when_and_the_digest_and_not_the_picture(
        self, room, case
    ):
        photo = room.do(crew("e1"), lambda desk: attach_photo(desk, case.id, SHOT))
        assert (photo.unit, photo.by) == ("e1", "crew-e1")
        kept = room.get(incident, case.id)
        assert kept.photos == (photo,)
        told = room.office.look(lambda r: history(room.room, r, case.id))
        last = told.timeline[-1]
        assert (last.move, last.represents) == ("add_photo", "e1")
        assert last.facts["photo"] == photo.id
        assert last.facts["picture"]["sha256"] == photo.picture.sha256
        assert "secret" not in last.facts
        assert [p.erased for p in told.photos] == [False]
        (logged,) = [
            e
            for e in room.office.look(lambda r: r.entries_of("incident", case.id))
            if e.entry.move == "add_photo"
        ]
        assert SHOT.full not in logged.sealed.facts
        holds(room)

    def test_what_is_stored_shows_nothing(self, room, case):
        photo = room.do(crew("e1"), lambda desk: attach_photo(desk, case.id, SHOT))
        for size, plain in ((FULL, SHOT.full), (SMALL, SHOT.small)):
            locked = room.office.look(lambda r, s=size: r.attachment(photo.id, s))
            assert plain not in locked

    @pytest.mark.parametrize("who", [TAKER, SENDER, CHIEF])
    def test_the_desk_may_add(self, room, case, who):
        photo = room.do(who, lambda desk: attach_photo(desk, case.id, SHOT))
        assert photo.unit is None

    @pytest.mark.parametrize("stranger", ["e2", "p1"])
    def test_a_unit_that_was_not_sent_may_not_add(self, room, case, stranger):
        with pytest.raises(RuleBroken, match="was not sent"):
            room.do(crew(stranger), lambda desk: attach_photo(desk, case.id, SHOT))
        assert room.get(incident, case.id).photos == ()

    def test_agencies_and_others_may_not_add(self, room, case):
        for who in (officer("gas"), actor("nobody")):
            with pytest.raises(Forbidden):
                room.do(who, lambda desk: attach_photo(desk, case.id, SHOT))

    def test_sent_again_it_is_the_one_that_is_there(self, room, case):
        first = room.do(crew("e1"), lambda desk: attach_photo(desk, case.id, SHOT))
        again = room.do(crew("e1"), lambda desk: attach_photo(desk, case.id, SHOT))
        assert again == first
        room.do(CHIEF, lambda desk: attach_photo(desk, case.id, SHOT))
        room.do(crew("e1"), lambda desk: attach_photo(desk, case.id, OTHER))
        assert len(room.get(incident, case.id).photos) == 3

    def test_there_is_an_end_to_it(self, room, case):
        def fill(desk):
            for n in range(PHOTOS.most_per_incident):
                attach_photo(
                    desk, case.id, Print(full=b"%d" % n, small=b"", width=1, height=1)
                )

        room.do(crew("e1"), fill)
        with pytest.raises(RuleBroken, match="60 photos already"):
            room.do(crew("e1"), lambda desk: attach_photo(desk, case.id, SHOT))

    def test_a_closed_incident_takes_what_comes_late(self, room, case):
        over = {"outcome": "out", "reason": "caller", "free_units": True}
        room.do(CHIEF, lambda d: actions.close_out(d, case.id, **over))
        photo = room.do(crew("e1"), lambda desk: attach_photo(desk, case.id, SHOT))
        assert room.get(incident, case.id).photos == (photo,)


class TestLooking:
    @pytest.fixture
    def case(self, room):
        case = room.call(at=(0, 1))
        return room.send(case, "e1", agencies=("gas",))

    @pytest.fixture
    def photo(self, room, case):
        return room.do(crew("e1"), lambda desk: attach_photo(desk, case.id, SHOT))

    def look(self, room, case, photo, who, size=FULL):
        return room.do(who, lambda d: reveal_photo(d, case.id, photo.id, size))[1]

    @pytest.mark.parametrize("who", [TAKER, SENDER, CHIEF, crew("e1"), officer("gas")])
    def test_who_may_know_of_it_sees_it_and_that_is_on_the_ledger(
        self, room, case, photo, who
    ):
        assert self.look(room, case, photo, who) == SHOT.full
        assert self.look(room, case, photo, who, SMALL) == SHOT.small
        read = room.do(CHIEF, lambda desk: desk.list(reading))
        assert [(r.reader, r.subjects) for r in read] == [(who.id, (photo.id,))] * 2
        assert read[0].cases[0].id == case.id

    @pytest.mark.parametrize("who", [crew("e2"), officer("power"), actor("nobody")])
    def test_others_learn_nothing(self, room, case, photo, who):
        with pytest.raises(NotFound):
            self.look(room, case, photo, who)
        assert not room.do(CHIEF, lambda desk: desk.list(reading))

    def test_an_agency_that_handed_its_task_over_has_held_it(self, room, case, photo):
        (task,) = [t for t in room.room.picture.tasks.values() if t.agency == "gas"]
        room.do(officer("gas"), lambda d: d.apply(task.id, refuse, "no crew"))
        room.do(CHIEF, lambda d: d.apply(task.id, hand_over, "power", "nearer"))
        for agency in ("gas", "power"):
            assert self.look(room, case, photo, officer(agency)) == SHOT.full

    def test_no_photo_of_this_incident_is_not_found(self, room, case, photo):
        other = room.call(at=(4, 4))
        with pytest.raises(NotFound):
            self.look(room, other, photo, CHIEF)

    def test_destroying_its_key_erases_it_for_good(self, room, case, photo):
        kept = room.do(crew("e1"), lambda desk: attach_photo(desk, case.id, OTHER))
        room.do(CHIEF, lambda desk: desk.erase((photo.id,), "asked for", ()))
        for size in PhotoSize:
            with pytest.raises(Erased):
                self.look(room, case, photo, CHIEF, size)
            assert room.office.look(lambda r, s=size: r.attachment(photo.id, s)) is None
        assert self.look(room, case, kept, CHIEF) == OTHER.full
        told = room.office.look(lambda r: history(room.room, r, case.id))
        assert [p.erased for p in told.photos] == [True, False]
        holds(room)

    def test_it_goes_when_the_words_of_its_incident_go(self, room, case, photo):
        over = {"outcome": "out", "reason": "caller says so", "free_units": True}
        room.do(CHIEF, lambda d: actions.close_out(d, case.id, **over))
        rule = KeepingRule(code="fire", version="1", keep=timedelta(days=30))
        about = Ref(incident.kind, case.id)
        room.do(CHIEF, lambda d: erase_words(d, about, rule, "asked for"))
        for size in PhotoSize:
            assert room.office.look(lambda r, s=size: r.attachment(photo.id, s)) is None
        with pytest.raises(NotFound):
            self.look(room, case, photo, CHIEF)
        holds(room)

    def test_bytes_that_are_not_what_the_ledger_says_are_not_shown(
        self, room, case, photo
    ):
        kept = room.office.store._kept.attachments[photo.id]
        kept["full"] = kept["full"][:-1] + b"\x00"
        with pytest.raises(Corrupt):
            self.look(room, case, photo, CHIEF)
        del kept["small"]
        with pytest.raises(Corrupt):
            self.look(room, case, photo, CHIEF, SMALL)
