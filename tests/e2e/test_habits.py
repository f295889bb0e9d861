"""What somebody usually does: mail that should have been signed, and looks, as people see them."""
import datetime
import json

import pytest

from forge import Cert, Key, clear, head, sign, text
from lib import NOW, UNAVAILABLE, at, date, delivered, field, message
from test_issuers import Authority, keys  # noqa: F401 (fixture)

SHOP, BOB, MX = "news@shop.example", "bob@example.net", "mx.example.net"
AUTHENTIC = f"Authentication-Results: {MX}; dmarc=pass header.from=shop.example\n".encode()


@pytest.fixture
def bob(new_home, keys, tmp_path):  # noqa: F811
    home = new_home()
    home.add(BOB, "--profile", "p256")
    home.authority = Authority(keys)
    home.run("trust", "anchors", "add", home.authority.root.pem(tmp_path))
    home.run("account", "set", BOB, "--authserv-id", MX)
    return home


def signed(home, day, leaf=None, more=""):
    leaf = leaf or home.authority.leaf(SHOP)
    content = text(f"Offer {day}.\n")
    certs = [home.authority.ca]
    return clear(content, sign(content, leaf, certs, when=NOW + datetime.timedelta(days=day)), head(SHOP, BOB, "Offer", date(day), more))


def plain(day, **fields):
    return message(SHOP, BOB, f"plain {day}", Date=date(day), **fields)


def learn(home, octets, day):
    home.run(*at(day), "learn", "-", stdin=octets)


def habit(home, octets, day):
    verdict = home.verify(octets, *at(day))
    found = [w for w in verdict["warnings"] if w["code"] == "unsigned-but-usually-signed"]
    return (found[0]["level"] if found else None), verdict


def test_a_shop_that_always_signs(bob):
    for day in range(1, 6):
        learn(bob, AUTHENTIC + signed(bob, day), day)
    level, verdict = habit(bob, plain(7), 7)
    assert level == "warning" and verdict["history"]["usually_signs"]
    assert "usually signs" in verdict["sentence"] and verdict["summary"] == "unprotected"


@pytest.mark.parametrize("days", [4, 5])
def test_five_messages_on_five_days(bob, days):
    for day in range(1, days + 1):
        learn(bob, AUTHENTIC + signed(bob, day), day)
        learn(bob, AUTHENTIC + signed(bob, day, more="X-Other: 1\n"), day)
    assert (habit(bob, plain(7), 7)[0] is not None) == (days == 5)


@pytest.mark.parametrize("unsigned,usual", [(1, True), (3, False)])
def test_four_in_five(bob, unsigned, usual):
    for day in range(1, 7):
        learn(bob, AUTHENTIC + signed(bob, day), day)
    for day in range(7, 7 + unsigned):
        learn(bob, AUTHENTIC + plain(day), day)
    assert (habit(bob, plain(20), 20)[0] is not None) == usual


def test_forged_unsigned_mail_takes_no_habit_away(bob):
    for day in range(1, 7):
        learn(bob, AUTHENTIC + signed(bob, day), day)
    for day in range(7, 40):
        learn(bob, plain(day), day)
    assert habit(bob, plain(41), 41)[0] == "warning"


def test_a_habit_is_forgotten_after_half_a_year(bob):
    for day in range(1, 7):
        learn(bob, AUTHENTIC + signed(bob, day), day)
    assert habit(bob, plain(180), 180)[0] == "warning"
    assert habit(bob, plain(187), 187)[0] is None


@pytest.mark.parametrize("fields", [{"List-Id": "<news.shop.example>"}, {"Auto-Submitted": "auto-replied"}, {"Precedence": "list"}])
def test_lists_and_machines_are_no_reason_to_wonder(bob, fields):
    for day in range(1, 7):
        learn(bob, AUTHENTIC + signed(bob, day), day)
    assert habit(bob, plain(8, **fields), 8)[0] is None


@pytest.mark.parametrize("line", ["X-Spam-Flag: YES\n", f"Authentication-Results: {MX}; dmarc=fail\n"])
def test_what_calls_itself_junk_is_missed_all_the_same(bob, line):
    for day in range(1, 7):
        learn(bob, AUTHENTIC + signed(bob, day), day)
    assert habit(bob, line.encode() + plain(8), 8)[0] == "warning"


def test_a_friend_signs_with_one_program_only(bob, new_home):
    friend = "carol@friend.example"
    carol = new_home()
    carol.add(friend, "--profile", "p256")
    mutt, phone = "Mutt/2.2.9 (2022-11-12)", "Apple Mail (2.3774.500.171.1.1)"
    authentic = f"Authentication-Results: {MX}; dmarc=pass header.from=friend.example\n".encode()
    for day in range(1, 8):
        octets = carol.protect(message(friend, BOB, f"day {day}", Date=date(day), User_Agent=mutt), "signed", *at(day))
        learn(bob, authentic + octets, day)
    from_mutt = message(friend, BOB, "x", Date=date(9), User_Agent=mutt)
    from_phone = message(friend, BOB, "x", Date=date(9), X_Mailer=phone)
    assert habit(bob, from_mutt, 9)[0] == "note"
    assert habit(bob, from_phone, 9)[0] is None


def test_a_look_alike_of_a_shop_is_named(bob):
    learn(bob, AUTHENTIC + message("news@wonderful-shop.com", BOB, Date=date(1)), 1)
    verdict = bob.verify(message("news@wonderfu1-shop.com", BOB, Date=date(2)), *at(2))
    assert [w["code"] for w in verdict["warnings"]] == ["lookalike-domain"]
    assert "wonderful-shop.com" in verdict["sentence"] and "wonderfu1-shop.com" in verdict["sentence"]


def test_a_name_that_belongs_to_another_address(bob):
    learn(bob, message("Carol Danvers <carol@friend.example>", BOB, Date=date(1)), 1)
    verdict = bob.verify(message("Carol Danvers <x7@freemail.example>", BOB, Date=date(2)), *at(2))
    assert "lookalike-name" in [w["code"] for w in verdict["warnings"]]
    verdict = bob.verify(message('"carol@friend.example" <x7@freemail.example>', BOB, Date=date(2)), *at(2))
    assert "lookalike-name" in [w["code"] for w in verdict["warnings"]]


@pytest.mark.parametrize("sender, warned", [
    ("boss@corp.example <eve@corp.example>", True), ("clerk@corp.example <eve@corp.example>", False),
    ("boss@corp.example <boss@corp.example>", False)])
def test_the_address_of_a_colleague_as_a_name(bob, new_home, sender, warned):
    """Programs that show only the name show the boss. Who never signed is named in good faith: "list@x <bounce@x>"."""
    boss = new_home()
    boss.add("boss@corp.example", "--profile", "p256")
    bob.run("learn", "-", stdin=delivered(boss.protect(message("boss@corp.example", BOB))))
    bob.run("learn", "-", stdin=message("clerk@corp.example", BOB))
    verdict = bob.verify(message(sender, BOB, Date=date(2)), *at(2))
    assert ("lookalike-name" in [w["code"] for w in verdict["warnings"]]) == warned


def test_a_link_where_no_mail_of_the_sender_ever_led(bob):
    def mail(host, day):
        return message(SHOP, BOB, f"see {day}", f"Look: https://{host}/offer\n", Date=date(day))
    for day in (1, 2, 3):
        learn(bob, mail("www.shop.example", day), day)
        learn(bob, mail("pay.partner.example", day), day)
    assert "first-time-link" not in [w["code"] for w in bob.verify(mail("pay.partner.example", 5), *at(5))["warnings"]]
    warnings = bob.verify(mail("login.evil.example", 5), *at(5))["warnings"]
    assert [w["code"] for w in warnings] == ["first-time-link"] and "evil.example" in warnings[0]["text"]


def test_the_users_own_list_of_imitated_names(bob):
    octets = message("info@zz-unusual-name.com", BOB, Date=date(1))
    assert bob.verify(octets, *at(1))["warnings"] == []
    (bob.path / "imitated-names").write_text("# mine\nunusual-name.com\n")
    assert [w["code"] for w in bob.verify(octets, *at(1))["warnings"]] == ["lookalike-domain"]


def test_a_recipient_that_only_looks_like_a_friend(bob):
    learn(bob, message("carol@wonderful-shop.com", BOB, Date=date(1)), 1)
    answer = bob.json("can-seal", "carol@wonderfu1-shop.com", code=UNAVAILABLE)["recipients"][0]
    assert answer["looks_like"] == "wonderful-shop.com" and "looks like wonderful-shop.com" in answer["sentence"]
    assert bob.json("can-seal", "carol@wonderful-shop.com", code=UNAVAILABLE)["recipients"][0]["looks_like"] is None
    assert b"looks like wonderful-shop.com" in bob.out("explain", stdin=message(BOB, "carol@wonderfu1-shop.com"))
