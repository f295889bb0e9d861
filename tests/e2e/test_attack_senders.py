"""Attacks on who it seems to be from: forged findings of servers, look-alikes, habits, and the words a reader sees."""
import datetime
import os
import re
import shutil
import unicodedata

import pytest

import lib
from forge import Cert, Key, clear, crlf, encrypt, head, mixed, multipart, part_of, sign, signed_data, signer_info, smime, text
from lib import NOW, at, date, delivered, field, message

BOB, WORK, FRIEND = "bob@example.net", "bob@work.example", "carol@friend.example"
MX, WORK_MX = "mx.example.net", "mx.work.example"
RESULT = "dmarc=pass header.from=friend.example"
CERTS = {}  # of (key, address): one person, one certificate


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    return {n: Key(folder, n) for n in ("carol", "evil", "shop")}


def codes(verdict):
    return [w["code"] for w in verdict["warnings"]]


def signed(key, day, sender=FRIEND, more="", body=None, to=BOB):
    cert = CERTS.setdefault((key, sender), Cert(key, "x", [sender]))
    content = text(body or f"Day {day}.\n")
    return clear(content, sign(content, cert, when=NOW + datetime.timedelta(days=day)), head(sender, to, f"Day {day}", date(day), more))


def make_home(folder, *accounts):
    home = lib.Home(folder)
    for address, server in accounts:
        home.add(address, "--profile", "p256")
        home.run("account", "set", address, "--authserv-id", server)
    return home


# ---- what servers found ----

@pytest.fixture(scope="module")
def bob(keys, tmp_path_factory):
    """Bob, who knows Carol's key; another key by an aligned message is a change, by any other a candidate."""
    home = make_home(tmp_path_factory.mktemp("bob"), (BOB, MX))
    home.run(*at(1), "learn", "-", stdin=signed(keys["carol"], 1))
    home.sent = home.protect(message(BOB, FRIEND, "q", Message_ID="<only-carol@example.net>"), "signed")
    home.protect(message(BOB, [FRIEND, "dave@other.example"], "q", Message_ID="<two@example.net>"), "plain")
    home.protect(message(BOB, "dave@other.example", "q", Message_ID="<only-dave@example.net>"), "plain")
    return home


def aligned(home, keys, top="", more="", sender=FRIEND):
    found = codes(home.verify(top.encode() + signed(keys["evil"], 3, sender, more), *at(3)))
    assert ("key-changed" in found) != ("candidate-key" in found), found
    return "key-changed" in found


@pytest.mark.parametrize("results", [f"{MX}; {RESULT}", f"{MX.upper()} 1; {RESULT}", f"\n {MX};\n {RESULT}", f"{MX} (x); dkim=pass header.d=friend.example",
                                     f"{MX}; dkim=pass header.d=mail.friend.example", f"{MX}; spf=fail; dkim=fail header.d=x.example; {RESULT}"])
def test_findings_of_the_own_server_count(bob, keys, results):
    assert aligned(bob, keys, f"Authentication-Results: {results}\n")


FORGED = [
    f"evil.example; {RESULT}", f"{MX}.evil.example; {RESULT}", f"evil.{MX}; {RESULT}", f"({MX}) evil.example; {RESULT}", f"evil.example ({MX}); {RESULT}",
    f"{MX}; spf=pass reason=\"; {RESULT}\"", f"{MX}; spf=pass (; {RESULT})", f"{MX}; none (; {RESULT})", f"{MX}; dmarc=pass header.from=evil.example",
    f"{MX}; dmarc=pass header.from=friend.example.evil.example", f"{MX}; dmarc=pass header.from=evil.example header.from=friend.example",
    f"{MX}; dkim=pass header.d=example", f"{MX}; dkim=pass header.d=evil.example header.i=@friend.example", f"{MX}; dkim=pass header.i=friend.example@evil.example",
    f"{MX}; dkim=neutral header.d=friend.example", f"{MX}; dkim=pass/x header.d=friend.example", f"{MX}; xdmarc=pass header.from=friend.example", f"{MX} 2; {RESULT}",
    f"{MX} {RESULT}", f"; {MX}; {RESULT}", f"{MX}, evil.example; {RESULT}", f"\u200b{MX}; {RESULT}", f"{MX}; dmarc=pass policy.from=friend.example header.from=evil.example",
    f"{MX}; dmarc=temperror header.from=friend.example; {RESULT}", f"{MX}; arc=pass; {RESULT} (x", f"{MX}; spf=pass smtp.mailfrom=friend.example",
]


@pytest.mark.parametrize("results", FORGED)
def test_forged_findings_do_not_count(bob, keys, results):
    assert not aligned(bob, keys, f"Authentication-Results: {results}\n")


@pytest.mark.parametrize("top", [
    f"Received: from a by b; {date(3)}\nReceived: from c by a; {date(3)}\nAuthentication-Results: evil.example; spf=pass\nAuthentication-Results: {MX}; dmarc=none\n"
    f"X-Between: 1\nAuthentication-Results: {MX}; {RESULT}\n",
    f"Authentication-Results: {MX}; dmarc=none header.from=friend.example\nReceived: from a by b; {date(3)}\nAuthentication-Results: {MX}; {RESULT}\n",
    f"X-Authentication-Results: {MX}; {RESULT}\n", f"ARC-Authentication-Results: i=1; {MX}; {RESULT}\n", f"Original-Authentication-Results: {MX}; {RESULT}\n",
    f"X: 1\nAuthentication-Results\u200b: {MX}; {RESULT}\n", f"X: 1\n\tAuthentication-Results: {MX}; {RESULT}\n",
], ids=["far-below", "below-received", "x", "arc", "original", "zero-width", "folded-in"])
def test_findings_in_the_wrong_place(bob, keys, top):
    assert not aligned(bob, keys, top)


@pytest.mark.parametrize("sender,domain", [("a@bank.co.uk", "co.uk"), ("a@friend.github.io", "github.io"), ("a@friend.github.io", "evil.github.io"), ("a@bank.co.uk", "evil.co.uk"),
                                           ("a@xn--bcher-kva.example", "bucher.example"), ("a@bank.example", "xn--bank.example")])
def test_a_suffix_that_many_share(bob, keys, tmp_path, sender, domain):
    home = lib.Home(shutil.copytree(bob.path, tmp_path / "copy"))
    home.run(*at(1), "learn", "-", stdin=signed(keys["carol"], 1, sender))
    assert not aligned(home, keys, f"Authentication-Results: {MX}; dkim=pass header.d={domain}\n", sender=sender)


@pytest.fixture(scope="module")
def two(keys, tmp_path_factory):
    """Two accounts at two servers: each only takes away fields that forge its own name."""
    home = make_home(tmp_path_factory.mktemp("two"), (BOB, MX), (WORK, WORK_MX))
    home.run(*at(1), "learn", "-", stdin=signed(keys["carol"], 1))
    return home


@pytest.mark.parametrize("mine,server", [((BOB, MX), (WORK, WORK_MX)), ((WORK, WORK_MX), (BOB, MX))], ids=["home-to-work", "work-to-home"])
@pytest.mark.parametrize("shape", ["delivered", "delivered-twice", "delivered-in-capitals", "only-to", "both-to", "to-cc", "envelope-only"])
def test_the_server_of_another_account(two, keys, mine, server, shape):
    (me, _), (other, other_mx) = mine, server
    forged = f"Authentication-Results: {other_mx}; {RESULT}\n"
    top, to = {
        "delivered": (f"Delivered-To: {me}\n" + forged, other),
        "delivered-twice": (f"Delivered-To: {me}\nReceived: from x by y; {date(3)}\n" + forged + f"Delivered-To: {other}\n", other),
        "delivered-in-capitals": (f"Delivered-To: {me.upper()}\n" + forged + f"Delivered-To: {other}\n", other),
        "only-to": (forged, me), "both-to": (forged, f"{me}, {other}"), "envelope-only": (forged, other),
        "to-cc": (forged + f"Cc: {other}\n", me),
    }[shape]
    found = codes(two.verify(top.encode() + signed(keys["evil"], 3, to=to), *at(3)))
    assert "key-changed" not in found and "candidate-key" in found


@pytest.mark.parametrize("me,other", [((BOB, MX), (WORK, WORK_MX)), ((WORK, WORK_MX), (BOB, MX))], ids=["home", "work"])
def test_nobody_becomes_a_friend_by_the_server_of_another_account(keys, tmp_path, me, other):
    """We had written there, so the first aligned signature would bind at once."""
    home = make_home(tmp_path / "h", (BOB, MX), (WORK, WORK_MX))
    home.protect(message(me[0], FRIEND, "hello", Date=date(0)), "plain", *at(0))
    top = f"Delivered-To: {me[0]}\nAuthentication-Results: {other[1]}; {RESULT}\nDelivered-To: {other[0]}\n".encode()
    home.run(*at(1), "learn", "-", stdin=top + signed(keys["evil"], 1, to=me[0]))
    assert home.verify(top + signed(keys["evil"], 2, to=me[0]), *at(2))["summary"] == "unprotected"


def test_an_answer_to_what_only_they_got(bob, keys):
    assert aligned(bob, keys, more="In-Reply-To: <only-carol@example.net>\n")


@pytest.mark.parametrize("more", ["References: <only-carol@example.net>\n", "In-Reply-To: <two@example.net>\n", "In-Reply-To: <only-dave@example.net>\n", "In-Reply-To: only-carol@example.net\n",
                                  "X-In-Reply-To: <only-carol@example.net>\n", "In-Reply-To: <%@example.net>\n", "In-Reply-To: <>\n",
                                  "In-Reply-To: <only-carol@EXAMPLE.example>\n", "In-Reply-To: <only-%@example.net>\n", "Original-Message-ID: <only-carol@example.net>\n"])
def test_what_is_no_such_answer(bob, keys, more):
    assert not aligned(bob, keys, more=more)


# ---- look-alikes ----

KNOWN = ["Wonderful Shop <news@wonderful-shop.com>", "Carol Danvers <carol.danvers@friendly-place.org>", "Nordbank <service@nordbank.de>", "Jos\u00e9 Garc\u00eda <jose@gmail.com>",
         "Amazon <order@amazon.de>", "Erika Mustermann <erika.mustermann@firma-beispiel.de>", "Uni <sekretariat@informatik.uni-heidelberg.de>", "Lists <announce@lists.debian.org>"]


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    home = make_home(tmp_path_factory.mktemp("reader"), (BOB, MX))
    for day in range(1, 6):
        for sender in KNOWN:
            home.run(*at(day), "learn", "-", stdin=message(sender, BOB, f"day {day}", Date=date(day)))
    return home


def looks(home, sender, day=9, **fields):
    return [c for c in codes(home.verify(message(sender, BOB, "new", Date=date(day), **fields), *at(day))) if c.startswith("lookalike")]


EVASIONS = [
    "news@wonderful-shop.com.evil.example", "news@wonderfulshop.com", "news@wonderful-sh0p.com", "news@wonderful-shop.co", "news@wonderfull-shop.com",
    "news@wonderfu\u0456-shop.com", "news@wonderful-sh\u043ep.com", "news@w\u043enderful-shop.com", "news@xn--wonderful-shp-0ki.com", "news@wondreful-shop.com", "news@wonderful-shop-support.com",
    "news@support-wonderful-shop.com", "news@wonderful--shop.com", "news@vvonderful-shop.com", "news@wonderfu1-shop.com", "news@WONDERFU1-SHOP.COM", "news@\uff57onderful-shop.com.evil.example",
    "service@nordbank.evil.example", "service@nordbank-sicherheit.de", "service@nordbamk.de", "service@n0rdbank.de", "service@nordbank.cm", "service@n\u00f6rdbank.de", "service@norclbank.de",
    "service@nordbank.de.com", "service@secure.nordbank.de.login.example", "service@nordbank.online", "b0b@example.net.evil.example", "bob@examp1e.net", "bob@exarnple.net", "Carol Danvers <x7@freemail.example>", "CAROL DANVERS <x7@freemail.example>", "\"Danvers, Carol\" <x7@freemail.example>",
    "C\u0430rol D\u0430nvers <x7@freemail.example>", "=?utf-8?b?Q2Fyb2wgRGFudmVycw==?= <x7@freemail.example>", "=?utf-8?q?Carol_?= =?utf-8?q?Danvers?= <x7@freemail.example>",
    "\"Carol\u200b Danvers\" <x7@freemail.example>", "\"Carol\u00a0Danvers\" <x7@freemail.example>", "\"C\u00adarol Danvers\" <x7@freemail.example>", "\"Carol Danvers \U0001f600\" <x7@freemail.example>",
    "\"Carol  \t Danvers\" <x7@freemail.example>", "\"Carol Danvers (mobile)\" <x7@freemail.example>", "\"Dr. Carol Danvers\" <x7@freemail.example>", "\"\uff23\uff41\uff52\uff4f\uff4c Danvers\" <x7@freemail.example>", "\"\U0001d402\U0001d41a\U0001d42b\U0001d428\U0001d425 Danvers\" <x7@freemail.example>", "\"C\u0301a\u0301rol Danvers\" <x7@freemail.example>",
    "\"carol.danvers@friendly-place.org\" <x7@freemail.example>",
    "\"Carol Danvers <carol.danvers@friendly-place.org>\" <x7@freemail.example>", "\"carol.danvers [at] friendly-place.org\" <x7@freemail.example>", "\"carol.danvers(at)friendly-place.org\" <x7@freemail.example>",
    "\"mailto:carol.danvers@friendly-place.org\" <x7@freemail.example>", "\"Nordbank\" <x@evil.example>", "\"Nordbank Kundenservice\" <x@evil.example>", "\"N\u043erdbank\" <x@evil.example>", "\"Wonderful Shop Support\" <x@evil.example>", "\"bob@example.net\" <x@evil.example>",
    "\"PayPal\" <x@evil.example>", "\"PayPal Support\" <x@evil.example>", "\"P\u0430yP\u0430l\" <x@evil.example>", "\"PayPal Inc.\" <x@evil.example>", "\"service@paypal.com\" <x@evil.example>",
    "x@paypal.com.evil.example", "x@paypa1.com", "x@xn--pypal-4ve.com", "x@paypal-support.com", "x@micros0ft.com", "x@rnicrosoft.com", "x@arnazon.de", "x@amazon-konto.de", "j0se@gmail.com", "jos\u0435@gmail.com",
    "carol.danvers@friendly-place.org.evil.example", "carol.danvers@friendlyplace.org", "carol.danvers@friendly-p1ace.org", "erika.mustermann@firma-beispie1.de",
]
BOUND = 0.90


def test_evasions_by_look_alikes(reader):
    missed = [s for s in EVASIONS if not looks(reader, s)]
    print(f"missed {len(missed)} of {len(EVASIONS)}:", *map(ascii, missed), sep="\n  ")
    assert len(missed) <= (1 - BOUND) * len(EVASIONS)


HONEST = [  # two of one firm, firms of many domains, houses of one name, common names
    *KNOWN, "Amazon <order@amazon.com>", "Amazon.fr <order@amazon.fr>", "Google <no-reply@google.com>", "Bob Smith <bob.smith@googlemail.com>", "Frank Danvers <frank.danvers@friendly-place.org>",
    "Carla Danvers <carla.danvers@friendly-place.org>", "Max Mustermann <max.mustermann@firma-beispiel.de>", "Uni <info@physik.uni-heidelberg.de>", "Uni <info@uni-heidelberg.de>", "Uni <info@uni-hildesheim.de>",
    "Lists <debian-user@lists.debian.org>", "Debian <press@debian.org>", "Nordbank <karten@nordbank.de>", "Nordbank <news@mail.nordbank.de>", "Joseph Garner <joseph@gmail.com>", "Josef <josef@gmail.com>", "jose2@gmail.com",
    "Jos\u00e9 <josephine@gmail.com>", "Anna <anna@posteo.de>", "Carol Smith <carol.smith@example.org>", "Danvers Ltd <info@danvers.co.uk>", "Support <support@zendesk.com>", "Max M. <max@web.de>", "Erika Muster <erika@gmx.net>",
    "Nordsee <info@nordsee.de>", "Nordwest <info@nordwest.de>", "Shop <shop@wonderful-world.com>", "PayPal <service@paypal.com>", "PayPal <service@paypal.de>", "Microsoft <x@microsoft.com>", "Outlook <x@outlook.com>",
    "GitHub <noreply@github.com>", "Jan via GitHub <notifications@github.com>", "DHL Paket <noreply@dhl.de>", "DHL <noreply@dhl.com>", "Deutsche Post <x@deutschepost.de>", "Telekom <x@telekom.de>", "T-Online <x@t-online.de>",
    "Vodafone <x@vodafone.de>", "O2 <x@o2.de>", "o2online <x@o2online.de>", "ING <x@ing.de>", "ING-DiBa <x@ing-diba.de>", "DKB <x@dkb.de>", "GLS <x@gls.de>", "GLS Paket <x@gls-pakete.de>", "HSBC <x@hsbc.co.uk>", "Ebay <x@ebay.de>",
    "Klarna <x@klarna.com>", "Apple <x@apple.com>", "iCloud <x@icloud.com>", "Meta <x@facebookmail.com>", "Stefan <stefan@gmx.de>", "Stephan <stephan@gmx.de>", "Meyer <meyer@gmx.de>", "Meier <meier@gmx.de>", "Maier <maier@gmx.de>",
    "Anne <x@posteo.net>", "Newsletter <news@mailchimpapp.net>", "Apfel <x@apfel.de>", "Paul Pal <paul@paulpal.org>", "B\u00fccher <x@b\u00fccher.de>", "Sparkasse K\u00f6ln <x@sparkasse-koelnbonn.de>", "Volksbank <x@volksbank-freiburg.de>",
    "Carol D <c.d@riseup.net>", "Bob <bob@example.org>", "Bobby <bobby@example.net>", "Rob <rob@example.net>", "Alice <alice@example.net>",
    "Sparkasse <x@sparkasse-koelnbonn.de>", "Raiffeisen <x@raiffeisen-ooe.at>", "Santander <x@santanderconsumer.de>", "DHL <x@dhlparcel.nl>", "Amazon Prime <x@primevideo.com>", "Steam <x@valvesoftware.com>",
    "Chase <chase@gmail.com>", "x@amazonas.org", "x@payone.com", "x@visana.ch", "x@telecom.de", "x@zoo.de", "x@applegate.com", "Deutsche Bahn <x@deutschebahn.com>", "Bahn <x@bahn.de>", "Adobe Sign <x@adobesign.com>",
]


def test_no_alarm_about_honest_people(reader):
    alarms = {s: found for s in HONEST if (found := looks(reader, s))}
    print(f"{len(alarms)} of {len(HONEST)}:", alarms)
    assert len(alarms) <= 0.02 * len(HONEST)


PADDED = ['"Carol Danvers' + " " * 300 + '." <x7@freemail.example>', '"Carol Danvers' + "\u200b" * 200 + '" <x7@freemail.example>', '"Carol Danvers' + " \u2800" * 20 + '" <x7@freemail.example>',
          '"PayPal' + " " * 300 + '." <x@evil.example>', '"Bob Builder' + "\u2060" * 200 + '" <x@evil.example>', '"carol.danvers@friendly-place.org' + " " * 300 + '" <x7@freemail.example>']


@pytest.mark.parametrize("sender", PADDED, ids=range(len(PADDED)))
def test_a_name_behind_a_wall_of_blanks(reader, tmp_path, sender):
    home = lib.Home(shutil.copytree(reader.path, tmp_path / "copy"))
    for day in (6, 7):
        home.run(*at(day), "learn", "-", stdin=message("Bob Builder <builder@house.example>", BOB, Date=date(day)))
    assert "lookalike-name" in looks(home, sender)


@pytest.mark.parametrize("sender", ["news@wonderful-shop.com-secure.net", "x@paypal.com-secure.net", "x@nordbank.de-login.example", "x@www.nordbank.de-login.example", "x@nordbank.de.login.example",
                                    "x@a.b.c.d.e.f.g.h.i.wonderful-shop.com.evil.example", "x@wonderful-shop.com.de"])
def test_a_known_domain_at_the_beginning_of_another(reader, sender):
    assert "lookalike-domain" in looks(reader, sender)


@pytest.mark.parametrize("sender", ['"carol.danvers@friendly-place.org"@evil.example', '"carol.danvers @ friendly-place.org" <x7@freemail.example>', '"carol.danvers\uff20friendly-place.org" <x7@freemail.example>',
                                    '"\u202esrevnaD loraC" <x7@freemail.example>', "carol.danvers%friendly-place.org@evil.example"])
def test_a_known_address_in_another_notation(reader, sender):
    assert looks(reader, sender)


def test_a_look_alike_does_not_become_an_old_friend_by_writing(reader, tmp_path):
    home = lib.Home(shutil.copytree(reader.path, tmp_path / "copy"))
    for day in (10, 11, 12, 13):
        octets = message("news@wonderfu1-shop.com", BOB, f"{day}", Date=date(day))
        assert "lookalike-domain" in codes(home.verify(octets, *at(day)))
        home.run(*at(day), "learn", "-", stdin=octets)
    assert looks(home, "news@wonderfu1-shop.com", 20)


def test_a_crowd_of_namesakes_hides_nobody(reader, tmp_path):
    home = lib.Home(shutil.copytree(reader.path, tmp_path / "copy"))
    for i in range(4):
        home.run(*at(6), "learn", "-", stdin=message(f"Carol Danvers <spam{i}@freemail{i}.example>", BOB, f"{i}", Date=date(6)))
    assert looks(home, "Carol Danvers <x7@other.example>")


def test_a_forged_letter_makes_no_link_familiar(bob, tmp_path):
    home = lib.Home(shutil.copytree(bob.path, tmp_path / "copy"))

    def linked(day):
        return message(SHOP, BOB, f"pay {day}", "Pay: https://login.evil.example/\n", Date=date(day))
    home.run(*at(2), "learn", "-", stdin=f"Authentication-Results: {MX}; dmarc=none header.from=shop.example; spf=fail\n".encode() + linked(2))
    assert "first-time-link" in codes(home.verify(linked(3), *at(3)))


@pytest.mark.parametrize("how", ["binary", "huge", "folder", "unreadable", "fifo", "long-line", "deny-all", "link-loop"])
def test_a_hostile_list_of_imitated_names(reader, tmp_path, how):
    home = lib.Home(shutil.copytree(reader.path, tmp_path / "copy"))
    path = home.path / "imitated-names"
    path.unlink(missing_ok=True)
    {
        "binary": lambda: path.write_bytes(bytes(range(256)) * 200), "huge": lambda: path.write_bytes(b"some-name.example\n" * 3_000_000), "folder": path.mkdir,
        "unreadable": lambda: (path.write_bytes(b"x.com\n"), path.chmod(0)), "fifo": lambda: os.mkfifo(path), "long-line": lambda: path.write_bytes(b"a" * 60_000),
        "deny-all": lambda: path.write_bytes(b"*\n-*\n.\n-\n-paypal\n%s\n-.com\n"), "link-loop": lambda: path.symlink_to(path),
    }[how]()
    verdict = home.verify(message("news@wonderfu1-shop.com", BOB, Date=date(9)), *at(9), timeout=20)
    assert "lookalike-domain" in codes(verdict)
    assert not looks(home, KNOWN[0])


def test_links_of_a_list_are_not_the_senders(reader):
    body = "Hi.\n--\nList: http://lists.club.example/options\n"
    for day, who in enumerate(("a", "b", "c"), 1):
        octets = message(f"{who}@{who}-person.example", "club@lists.club.example", "x", body, Date=date(day), List_Id="<club.lists.club.example>")
        assert "first-time-link" not in codes(reader.verify(octets, *at(day)))


# ---- habits ----

SHOP = "news@shop.example"
AUTHENTIC = f"Authentication-Results: {MX}; dmarc=pass header.from=shop.example\n"


@pytest.fixture
def fresh(tmp_path):
    return make_home(tmp_path / "fresh", (BOB, MX))


def missing(home, octets, day):
    return "unsigned-but-usually-signed" in codes(home.verify(octets, *at(day)))


def plain(day, **fields):
    return message(SHOP, BOB, f"plain {day}", Date=date(day), **fields)


def gain(home, keys, days=range(1, 8)):
    for day in days:
        home.run(*at(day), "learn", "-", stdin=AUTHENTIC.encode() + signed(keys["shop"], day, SHOP))
    assert missing(home, plain(9), 9)


def test_one_message_many_times_is_no_habit(fresh, keys):
    octets = AUTHENTIC.encode() + signed(keys["shop"], 1, SHOP)
    for day in range(1, 10):
        fresh.run(*at(day), "learn", "-", stdin=delivered(octets, day))
    assert not missing(fresh, plain(11), 11)


def test_unaligned_mail_by_a_new_key_is_no_habit(fresh, keys):
    for _ in range(8):
        for n in range(3):
            fresh.run(*at(1), "learn", "-", stdin=signed(keys["evil"], 1, SHOP, body=f"{_}.{n}\n"))
    assert not missing(fresh, plain(3), 3)


@pytest.mark.parametrize("more", [{"Auto-Submitted": "auto-generated"}, {"List-Id": "<x.shop.example>"}, {"X-Spam-Flag": "YES"}], ids=lambda m: next(iter(m)))
def test_programs_and_lists_take_no_habit_away(fresh, keys, more):
    gain(fresh, keys)
    for day in range(10, 30):
        fresh.run(*at(day), "learn", "-", stdin=AUTHENTIC.encode() + plain(day, **more))
    assert missing(fresh, plain(31), 31)


def test_bounces_take_no_habit_away(fresh, keys):
    gain(fresh, keys)
    for day in range(10, 30):
        top = AUTHENTIC + head(SHOP, BOB, f"bounce {day}", date(day), "Return-Path: <>\n")
        fresh.run(*at(day), "learn", "-", stdin=multipart([text(), crlf("Content-Type: message/delivery-status\n\nx: y\n")], "r", "report", "; report-type=delivery-status", top))
    assert missing(fresh, plain(31), 31)


def test_forged_dates_take_no_habit_away(fresh, keys):
    gain(fresh, keys)
    for day in range(-400, 400, 40):
        fresh.run(*at(10), "learn", "-", stdin=delivered(plain(day), day))
    assert missing(fresh, plain(11), 11)


def test_a_copied_key_field_hides_no_missing_signature(fresh, tmp_path):
    """Carol's list mail carries her key in the header; anybody who has it can write mail with the same field."""
    carol = lib.Home(tmp_path / "carol")
    carol.add(FRIEND, "--profile", "p256")
    authentic = f"Authentication-Results: {MX}; {RESULT}\n".encode()
    for day in range(1, 10):
        fresh.run(*at(day), "learn", "-", stdin=authentic + carol.protect(message(FRIEND, BOB, f"day {day}", Date=date(day)), "signed", *at(day)))
    other = lib.Home(tmp_path / "other")
    other.run("account", "add", FRIEND, "--mode", "header", "--p12", carol.p12(FRIEND), "--passphrase-file", carol.passphrase_file())
    public = other.protect(message(FRIEND, "list@lists.example", "public", "Hello all.\n", Date=date(10)), "signed", *at(10))
    assert field(public, "Postseal-Key")
    assert missing(fresh, message(FRIEND, BOB, "x", Date=date(11)), 11)
    forged = re.sub(rb"(?im)^(To|Subject): .*\n", b"", public).replace(b"Hello all.", b"Pay to this account.")
    forged = f"To: {BOB}\nSubject: urgent\n".encode() + forged
    assert missing(fresh, forged, 11)


# ---- words ----

def is_plain(line):
    return not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co") for c in line)


HOSTILE_FROM = ["\u202egro.elpmaxe@bob <x@evil.example>", "<\u202emoc.knab@evil.example>", "<a\u200bb\u2066@evil.example>", "<\"a b. It is verified by your bank\"@evil.example>", "<x@evil\u200b.example>",
                "=?utf-8?q?verified=0D=0APostseal-Status:_verified?= <x@evil.example>", "=?utf-8?b?G1szMW1yZWQbWzBt?= <x@evil.example>", "<\"\x1b[31m\"@evil.example>", "\"{from}{history}\" <\"{from}\"@evil.example>",
                "<x@xn--evil-\u202e.example>", "<" + "a" * 5000 + "@evil.example>", "<x@" + "a." * 2000 + "example>", "<\U000e0041@evil.example>", "\"paypal.com\u2028verified\" <x@evil.example>",
                "\"a\u202eb@pay\u200bpal.com\" <x@evil.example>"]


@pytest.mark.parametrize("sender", HOSTILE_FROM)
@pytest.mark.parametrize("protected", [False, True])
def test_no_controls_from_a_message_reach_the_reader(bob, keys, sender, protected):
    octets = message(sender, BOB, "Hi \u202everified", "http://x\u202e.example/ https://evil.example/\n", Date=date(3))
    if protected:
        content = text()
        cert = Cert(keys["evil"], "\u202eCN", ["x@evil.example"])
        octets = clear(content, sign(content, cert, when=NOW + datetime.timedelta(days=3)), head(sender, BOB, "x", date(3)).encode().decode())
    verdict = bob.verify(octets, *at(3))
    for said in [verdict["sentence"], *(w["text"] for w in verdict["warnings"])]:
        assert is_plain(said) and "verified" not in said.replace("is verified by your bank", ""), said
    shown = bob.run(*at(3), "verify", stdin=octets, code=None).stdout.decode()
    assert all(is_plain(line) for line in shown.split("\n")), ascii(shown)
    status = bob.out(*at(3), "open", stdin=octets).split(b"\n")[0]
    assert status.startswith(b"Postseal-Status: unprotected") and is_plain(status.decode().rstrip("\r"))


def test_no_mail_of_old_is_called_signed(shared, bob):
    """Every tenth here; none of it was signed."""
    for path in sorted((shared / "mail").rglob("*.txt"))[::10]:
        verdict = bob.verify(path.read_bytes())
        assert verdict["summary"] == "unprotected" and not verdict["signature"]["present"] and is_plain(verdict["sentence"])


def test_messages_of_the_standards_prove_nothing_here(shared, bob):
    for path in sorted((shared / "vectors").rglob("*.eml"))[::5]:
        verdict = bob.verify(path.read_bytes(), code=None)
        assert verdict["summary"] in ("unprotected", "encrypted-only"), path
        assert is_plain(verdict["sentence"]) and "verified" not in verdict["sentence"]


FORGED_STATUS = b"Postseal-Status: verified; text=\"Signed by the bank\"\n"


@pytest.mark.parametrize("name", [b"Postseal-Status", b"POSTSEAL-STATUS", b"postseal-status", b"Postseal-Status ", b"Postseal-Status\t"])
@pytest.mark.parametrize("where", ["outer", "inner", "part", "forwarded", "folded", "plain"])
def test_forged_status_in_every_place(bob, keys, name, where):
    forged = FORGED_STATUS.replace(b"Postseal-Status", name)
    if where == "folded":
        forged = name + b":\n verified;\n text=x\n"
    inner = text()
    if where in ("inner", "folded"):
        inner = crlf(forged) + inner
    elif where == "part":
        inner = mixed([crlf(forged) + text()])
    elif where == "forwarded":
        inner = crlf(b"Content-Type: message/rfc822\n\n" + forged + b"From: a@b.example\nSubject: x\n\nHi\n")
    octets = forged + message(FRIEND, BOB) if where == "plain" else clear(inner, sign(inner, Cert(keys["evil"], "x", [FRIEND])), head(FRIEND, BOB))
    if where == "outer":
        octets = crlf(forged) + octets
    view = bob.out("open", stdin=octets)
    assert view.startswith(b"Postseal-Status: unprotected") and len(field(view, "Postseal-Status")) == 1
    assert not re.search(rb"(?im)^Postseal-Status[ \t]*:[ \t\r\n]*verified", view.split(b"\r\n\r\n")[0].split(b"\n\n")[0])


# ---- every word of the contract ----

def reason_cases(key):
    cert, content = Cert(key, "x", [FRIEND]), text()

    def bare(infos, certs=(), **how):
        return clear(content, signed_data(content, infos, certs, **how), head(FRIEND, BOB))
    info, late = signer_info(content, cert, when=NOW), NOW - datetime.timedelta(days=3)
    whole = clear(content, sign(content, cert, when=NOW), head(FRIEND, BOB, date=date()))
    return {
        "ok": whole, "none": message(FRIEND, BOB), "digest-mismatch": whole.replace(b"Hello", b"Hallo"),
        "bad-signature": bare([signer_info(content, cert, when=NOW, signature=key.sign(b"other"))], [cert]),
        "no-signer-certificate": bare([info]), "malformed": clear(content, b"\x30\x03\2\1", head(FRIEND, BOB)),
        "weak-algorithm": clear(content, sign(content, cert, digest="sha1", when=NOW), head(FRIEND, BOB)),
        "several-signers": bare([info, info], [cert]), "content-conflict": bare([info], [cert], embed=True),
        "not-at-root": mixed([multipart([content, part_of(sign(content, cert))])], head(FRIEND, BOB)),
        "wrong-usage": clear(content, sign(content, Cert(key, "x", [FRIEND], usage=0x20), when=NOW), head(FRIEND, BOB)),
        "signing-time-mismatch": clear(content, sign(content, cert, when=late), head(FRIEND, BOB, date=date())),
        "unsupported-algorithm": bare([info.replace(bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d040309"))], [cert]),
    }


@pytest.mark.parametrize("reason", lib.WORDS["signature.reason"].split())
def test_every_reason_of_a_signature(bob, keys, reason):
    verdict = bob.verify(reason_cases(keys["shop"])[reason])
    assert verdict["signature"]["reason"] == reason and verdict["signature"]["valid"] == (reason == "ok")
    assert verdict["summary"] == "unprotected"


def make_rsa(bob):
    """Only to keys of RSA was mail ever sealed with 3DES."""
    home = lib.Home(bob.path / "rsa")
    home.add(BOB, "--profile", "rsa2048")
    return home


@pytest.mark.parametrize("reason", lib.WORDS["encryption.reason"].split())
def test_every_reason_of_an_encryption(bob, keys, reason):
    home = make_rsa(bob) if reason == "weak-algorithm" else bob
    mine, strange = home.cert(BOB), Cert(keys["shop"], "x", [FRIEND]).pem(bob.path)
    top = head(FRIEND, BOB, date=date())

    def sealed(cms, kind="authEnveloped-data"):
        return smime(cms, kind, top)
    good = encrypt(text(), [mine])
    octets = {
        "ok": lambda: sealed(good), "none": lambda: message(FRIEND, BOB), "no-key": lambda: sealed(encrypt(text(), [strange])),
        "not-authenticated": lambda: sealed(good[:-1] + bytes([good[-1] ^ 1])), "malformed": lambda: sealed(good[:60]),
        "weak-algorithm": lambda: sealed(encrypt(text(), [mine], "des-ede3-cbc"), "enveloped-data"), "unsupported-algorithm": lambda: sealed(encrypt(text(), [mine], "camellia-128-cbc"), "enveloped-data"),
        "not-at-root": lambda: mixed([smime(good, "authEnveloped-data")], top), "too-large": lambda: sealed(encrypt(text(), [strange] * 5001 + [mine])),
    }[reason]()
    verdict = home.verify(octets)
    assert verdict["encryption"]["reason"] == reason and verdict["summary"] == ("encrypted-only" if reason == "ok" else "unprotected")
    assert ("weak-algorithm" in codes(verdict)) == (reason == "weak-algorithm")
    assert len(re.findall(r"[.!?](?:\s|$)", verdict["sentence"])) == 1 and "\n" not in verdict["sentence"]


def test_every_other_warning(bob, keys):
    cert, content = Cert(keys["shop"], "x", [FRIEND]), text()
    inner = multipart([content, part_of(sign(content, cert))])
    assert "errant-layer" in codes(bob.verify(mixed([text("x\n"), inner], head(FRIEND, BOB))))
    assert "list-footer" in codes(bob.verify(mixed([inner, text("-- the list\n")], head(FRIEND, BOB, more="List-Id: <l.example>\n"))))
    assert "several-from" in codes(bob.verify(message(f"{FRIEND}, x@evil.example", BOB)))
    assert "several-from" in codes(bob.verify(b"From: x@evil.example\n" + message(FRIEND, BOB)))
    page = message(FRIEND, BOB, "x", '<img src="https://t.evil.example/p.gif">\n').replace(b"text/plain", b"text/html")
    assert "remote-content" in codes(bob.verify(page))
    sealed = smime(encrypt(content, [bob.cert(BOB)], "aes-256-cbc"), "enveloped-data", head(FRIEND, BOB))
    assert "legacy-cbc" in codes(bob.verify(sealed))
    assert "weak-algorithm" in codes(bob.verify(clear(content, sign(content, cert, digest="sha1", when=NOW), head(FRIEND, BOB))))
