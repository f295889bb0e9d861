"""The public API as Python sees it: every function is called, and what it gives away may be kept or dropped."""
import gc
import itertools
import json
import os
import pathlib
import xml.etree.ElementTree as ElementTree

import gi
import pytest

gi.require_version("Postseal", "0")
from gi.repository import Gio, GLib, Postseal  # noqa: E402

ALICE, BOB, CAROL = "alice@example.org", "bob@example.net", "carol@example.com"
PASSPHRASE = "correct horse"
CORE = "{http://www.gtk.org/introspection/core/1.0}"
IDENTIFIER = "{http://www.gtk.org/introspection/c/1.0}identifier"
CALLED = set()
NUMBERS = itertools.count()


class Api:
    """Functions by their C names; notes which were called."""

    def __init__(self, gir):
        root = ElementTree.parse(gir).getroot()
        self.owners = {}
        for parent in root.iter():
            for child in parent:
                if child.tag in (CORE + "function", CORE + "method", CORE + "constructor"):
                    owner = None if parent.tag == CORE + "namespace" else parent.get("name")
                    self.owners[child.get(IDENTIFIER)] = (owner, child.get("name"))

    def __getattr__(self, identifier):
        owner, name = self.owners[identifier]
        function = getattr(Postseal if owner is None else getattr(Postseal, owner), name)

        def call(*args):
            CALLED.add(identifier)
            result = function(*args)
            gc.collect()
            return result

        return call


API = Api(os.environ["POSTSEAL_GIR"])


def fails(code, function, *args):
    with pytest.raises(GLib.Error) as caught:
        function(*args)
    assert caught.value.domain == GLib.quark_to_string(API.ps_error_quark())
    assert caught.value.code == code, caught.value.message
    assert caught.value.message


def mail(sender, to, subject="hello", **fields):
    head = {"From": sender, "To": to, "Subject": subject, "Message-ID": f"<{next(NUMBERS)}@test.example>"}
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    text = "".join(f"{name}: {value}\n" for name, value in head.items()) + "\nhi\n"
    return API.ps_message_new_from_bytes(GLib.Bytes.new(text.encode()))


def octets(write, *args):
    """What the function writes to its stream argument, here the last but those in `args`."""
    stream = Gio.MemoryOutputStream.new_resizable()
    result = write(stream, *args)
    stream.close()
    return stream.steal_as_bytes().get_data(), result


def written(copy):
    return octets(lambda stream: API.ps_copy_write(copy, stream))[0]


def received(text):
    return API.ps_message_new_from_bytes(GLib.Bytes.new(text))


@pytest.fixture(name="homes", scope="module")
def two_people(tmp_path_factory):
    """Alice and Bob, who have just met: (engine of Alice, engine of Bob)."""
    engines = []
    for address, name in ((ALICE, "Alice"), (BOB, None)):
        engine = API.ps_engine_new(str(tmp_path_factory.mktemp("home") / "store"))
        account = API.ps_engine_add_account(engine, address, name, Postseal.Profile.P256, Postseal.Mode.AUTO)
        assert account.address == address and (account.name or None) == name
        engines.append(engine)
    alice, bob = engines
    for sender, to, here, there in ((ALICE, BOB, alice, bob), (BOB, ALICE, bob, alice)):
        outcome = API.ps_engine_protect(here, mail(sender, to), None)
        text = written(outcome.copies[0])
        octets(lambda stream, t=text, e=there: API.ps_engine_open(e, received(t), stream, True))
    return alice, bob


def test_words():
    assert API.ps_enum_nick(Postseal.Level, Postseal.Level.SEALED) == "sealed"
    assert API.ps_enum_nick(Postseal.Level, 99) == "unknown"
    assert API.ps_enum_parse(Postseal.Level, "sealed") == (True, Postseal.Level.SEALED)
    assert API.ps_enum_parse(Postseal.Level, "nonsense")[0] is False
    url = API.ps_howto_url("mutt", None, Postseal.RecipientState.NONE)
    assert url.endswith("/how-to/encrypt/mutt/any/none/")


def test_accounts(homes, tmp_path):
    alice, _ = homes
    account = API.ps_engine_get_account(alice, ALICE)
    copy = API.ps_account_copy(account)
    assert json.loads(API.ps_account_to_json(copy))["address"] == ALICE
    API.ps_account_free(copy)
    listed = API.ps_engine_list_accounts(alice)
    assert [a.address for a in listed] == [ALICE]
    del listed
    leaf = API.ps_engine_get_certificate(alice, ALICE, False)
    root = API.ps_engine_get_certificate(alice, ALICE, True)
    assert leaf.get_data()[0] == 0x30 and root.get_data() != leaf.get_data()
    rotated = API.ps_engine_rotate_account(alice, ALICE, False, False)
    assert rotated.root_fingerprint == account.root_fingerprint
    assert rotated.leaf_fingerprint != account.leaf_fingerprint
    fails(Postseal.Error.EXISTS, API.ps_engine_add_account, alice, ALICE, None, Postseal.Profile.P256, 0)
    fails(Postseal.Error.UNAVAILABLE, API.ps_engine_get_account, alice, CAROL)
    fails(Postseal.Error.ARGUMENT, API.ps_engine_add_account, alice, "nobody", None, Postseal.Profile.P256, 0)
    other = API.ps_engine_new(str(tmp_path / "other"))
    assert list(API.ps_engine_list_accounts(other)) == []


def test_files_of_keys(homes, tmp_path):
    alice, _ = homes
    p12 = API.ps_engine_export_account(alice, ALICE, PASSPHRASE, True)
    other = API.ps_engine_new(str(tmp_path / "imported"))
    taken = API.ps_engine_import_account(other, None, p12, PASSPHRASE, Postseal.Mode.SIGNATURE)
    assert taken.address == ALICE and taken.profile == Postseal.Profile.IMPORTED
    assert API.ps_address_normalise('"Alice"@EXAMPLE.org') == "alice@example.org" and API.ps_address_normalise("alice@example..org") is None
    assert API.ps_engine_set_account_name(other, ALICE, "Alice Example") and API.ps_engine_get_account(other, ALICE).name == "Alice Example"
    fails(Postseal.Error.ARGUMENT, API.ps_engine_set_account_name, other, ALICE, "two\nlines")
    fails(Postseal.Error.UNAVAILABLE, API.ps_engine_set_account_name, other, BOB, "Bob")
    fails(Postseal.Error.PASSPHRASE, API.ps_engine_import_account, other, None, p12, "wrong", Postseal.Mode.AUTO)
    assert API.ps_engine_remove_account(other, ALICE)
    backup = API.ps_engine_backup(alice, PASSPHRASE)
    restored = API.ps_engine_new(str(tmp_path / "restored"))
    fails(Postseal.Error.PASSPHRASE, API.ps_engine_restore, restored, backup, "wrong")
    assert API.ps_engine_restore(restored, backup, PASSPHRASE)
    assert API.ps_engine_get_account(restored, ALICE).address == ALICE
    joined = API.ps_engine_new(str(tmp_path / "joined"))
    fails(Postseal.Error.UNAVAILABLE, API.ps_engine_join_account, joined, BOB, backup, PASSPHRASE)
    fails(Postseal.Error.PASSPHRASE, API.ps_engine_join_account, joined, ALICE, backup, "wrong")
    same = API.ps_engine_join_account(joined, ALICE, backup, PASSPHRASE)
    assert same.root_fingerprint == API.ps_engine_get_account(alice, ALICE).root_fingerprint
    fails(Postseal.Error.EXISTS, API.ps_engine_join_account, joined, ALICE, backup, PASSPHRASE)
    alone = API.ps_engine_backup_account(alice, ALICE, PASSPHRASE)
    fails(Postseal.Error.UNAVAILABLE, API.ps_engine_backup_account, alice, CAROL, PASSPHRASE)
    fails(Postseal.Error.PASSPHRASE, API.ps_engine_backup_account, alice, ALICE, "")
    another = API.ps_engine_new(str(tmp_path / "another"))
    same = API.ps_engine_join_account(another, ALICE, alone, PASSPHRASE)
    assert same.root_fingerprint == API.ps_engine_get_account(alice, ALICE).root_fingerprint
    assert [p for p in API.ps_engine_list_peers(joined, None)] == []


def test_people(homes):
    alice, _ = homes
    peers = API.ps_engine_list_peers(alice, None)
    kept = peers[0]
    del peers
    gc.collect()
    assert kept.address == BOB and kept.state == Postseal.RecipientState.READY
    peer = API.ps_peer_copy(kept)
    fingerprint = peer.identities[0].root_fingerprint
    assert json.loads(API.ps_peer_to_json(peer))["address"] == BOB
    API.ps_peer_free(peer)
    assert API.ps_engine_decide(alice, Postseal.Decision.VERIFY, BOB, fingerprint)
    fails(Postseal.Error.UNAVAILABLE, API.ps_engine_decide, alice, Postseal.Decision.ACCEPT, BOB, "00" * 32)
    fails(Postseal.Error.UNAVAILABLE, API.ps_engine_list_peers, alice, CAROL)


def test_can_seal(homes):
    alice, _ = homes
    check = API.ps_engine_can_seal(alice, ALICE, [BOB, CAROL])
    copy = API.ps_seal_check_copy(check)
    del check
    gc.collect()
    assert not copy.ready and copy.own == "ready"
    assert [r.address for r in copy.recipients] == [BOB, CAROL]
    recipient = API.ps_recipient_copy(copy.recipients[1])
    assert recipient.state == Postseal.RecipientState.NONE
    assert recipient.reasons == ["no-key"]
    API.ps_recipient_free(recipient)
    assert json.loads(API.ps_seal_check_to_json(copy))["ready"] is False
    API.ps_seal_check_free(copy)


def test_authorities(homes):
    alice, _ = homes
    root = API.ps_engine_get_certificate(alice, ALICE, True)
    fingerprint = API.ps_engine_get_account(alice, ALICE).root_fingerprint
    assert API.ps_engine_add_authorities(alice, root) == 1
    listed = API.ps_engine_list_authorities(alice)
    own = [a for a in listed if a.origin == "own"]
    del listed
    gc.collect()
    assert [a.fingerprint for a in own] == [fingerprint] and own[0].trusted and own[0].expires > 0
    copy = API.ps_authority_copy(own[0])
    assert json.loads(API.ps_authority_to_json(copy))["fingerprint"] == fingerprint
    API.ps_authority_free(copy)
    assert API.ps_engine_remove_authority(alice, fingerprint)
    fails(Postseal.Error.UNAVAILABLE, API.ps_engine_remove_authority, alice, fingerprint)
    fails(Postseal.Error.ARGUMENT, API.ps_engine_remove_authority, alice, "nonsense")
    API.ps_engine_add_authorities(alice, root)
    assert API.ps_engine_remove_authorities(alice, root)
    fails(Postseal.Error.MALFORMED, API.ps_engine_add_authorities, alice, GLib.Bytes.new(b"junk"))


def test_how_mail_is_looked_at(homes):
    alice, _ = homes
    assert API.ps_engine_set_authserv_id(alice, ALICE, "mx.example.org")
    assert API.ps_engine_set_authserv_id(alice, ALICE, None)
    fails(Postseal.Error.UNAVAILABLE, API.ps_engine_set_authserv_id, alice, CAROL, "mx.example.org")
    assert API.ps_engine_set_online_revocation(alice, True)
    assert API.ps_engine_set_online_revocation(alice, False)


def test_rules(homes):
    alice, _ = homes
    assert API.ps_engine_set_rule(alice, "*@example.com", Postseal.Level.PLAIN)
    rules = API.ps_engine_list_rules(alice)
    assert rules == {"*@example.com": "plain"}
    assert API.ps_engine_set_rule(alice, "*@example.com", Postseal.Level.AUTO)
    fails(Postseal.Error.UNAVAILABLE, API.ps_engine_set_rule, alice, "*@example.com", Postseal.Level.AUTO)


def test_decisions_are_counted(homes, tmp_path):
    alice, bob = homes
    assert API.ps_engine_count_decisions(API.ps_engine_new(str(tmp_path / "empty"))) == 0
    before = API.ps_engine_count_decisions(alice)
    root = API.ps_engine_get_certificate(bob, BOB, True)
    API.ps_engine_add_authorities(alice, root)
    assert API.ps_engine_count_decisions(alice) == before + 1
    assert API.ps_engine_remove_authorities(alice, root)
    assert API.ps_engine_count_decisions(alice) > before + 1


def sealed_to_bob(alice):
    request = API.ps_request_new()
    API.ps_request_set_from(request, ALICE)
    API.ps_request_set_level(request, Postseal.Level.SEALED)
    API.ps_request_set_form(request, Postseal.Form.SIGNATURE)
    API.ps_request_set_override_author(request, True)
    API.ps_request_add_recipient(request, BOB)
    assert API.ps_request_add_rule(request, "lists=no")
    fails(Postseal.Error.ARGUMENT, API.ps_request_add_rule, request, "nonsense")
    copy = API.ps_request_copy(request)
    API.ps_request_free(request)
    return API.ps_engine_protect(alice, mail(ALICE, BOB, "secret"), copy)


def test_outcome(homes):
    alice, _ = homes
    outcome = API.ps_outcome_copy(sealed_to_bob(alice))
    gc.collect()
    assert outcome.refused is None and outcome.level == Postseal.Level.SEALED
    assert outcome.author_rule is None and not outcome.overridden
    assert "level: sealed" in API.ps_outcome_explain(outcome)
    assert json.loads(API.ps_outcome_to_json(outcome))["level"] == "sealed"
    copy = outcome.copies[0]
    API.ps_outcome_free(outcome)
    assert API.ps_copy_get_recipients(copy) == [BOB]
    assert json.loads(API.ps_copy_to_json(copy))["to"] == [BOB]
    assert b"secret" not in written(copy)
    API.ps_engine_note_sent(alice, copy)


def test_reading(homes):
    alice, bob = homes
    sealed = written(sealed_to_bob(alice).copies[0])
    text, verdict = octets(lambda stream: API.ps_engine_open(bob, received(sealed), stream, False))
    assert b"Subject: secret" in text
    verdict = API.ps_verdict_ref(verdict)
    assert API.ps_verdict_get_summary(verdict) == Postseal.Summary.ENCRYPTED_ONLY
    assert API.ps_verdict_get_sentence(verdict).endswith(".")
    assert API.ps_verdict_get_from(verdict) == API.ps_verdict_get_shown(verdict) == ALICE
    assert API.ps_verdict_get_signer(verdict) is None  # the certificate names nothing but the address
    assert API.ps_verdict_get_signature_valid(verdict)
    assert API.ps_verdict_get_signature_reason(verdict) == "ok"
    assert API.ps_verdict_get_encryption_reason(verdict) == "ok"
    assert API.ps_verdict_get_history(verdict) == "new"
    assert json.loads(API.ps_verdict_to_json(verdict))["summary"] == "encrypted-only"
    headers = API.ps_verdict_get_headers(verdict)
    kept = [h for h in headers if h.name == "Subject"]
    del headers
    gc.collect()
    assert [(h.value, h.protection) for h in kept] == [("secret", "signed-and-encrypted")]
    warnings = API.ps_verdict_get_warnings(verdict)
    assert all(w.code and w.text for w in warnings)
    API.ps_verdict_unref(verdict)


def test_verify_and_recognise(homes, tmp_path):
    alice, _ = homes
    text = b"From: bob@example.net\nUser-Agent: Mutt/2.2.12\nSubject: x\n\nhi\n"
    path = tmp_path / "plain.eml"
    path.write_bytes(text)
    message = API.ps_message_new_from_path(str(path))
    assert API.ps_message_get_size(message) == len(text)
    verdict = API.ps_engine_verify(alice, message)
    assert API.ps_verdict_get_summary(verdict) == Postseal.Summary.UNPROTECTED
    known = json.loads(API.ps_engine_recognise(alice, message))
    assert known == {"program": "mutt", "version": "2.2.12", "by": "User-Agent", "known": True}
    fails(Postseal.Error.NOT_FOUND, API.ps_message_new_from_path, str(tmp_path / "missing"))


def test_learn_and_time(homes, tmp_path):
    alice, _ = homes
    outcome = API.ps_engine_protect(alice, mail(ALICE, BOB, "signed"), None)
    pathlib.Path(tmp_path / "one.eml").write_bytes(written(outcome.copies[0]))
    reader = API.ps_engine_new(str(tmp_path / "reader"))
    seen = []
    learned = API.ps_engine_learn(reader, str(tmp_path / "one.eml"), lambda done, total: seen.append((done, total)))
    assert (learned.messages, learned.signed_messages, learned.keys_new, learned.errors) == (1, 1, 1, 0)
    API.ps_learned_free(learned)
    API.ps_engine_set_time(reader, 4102444800)
    check = API.ps_engine_can_seal(reader, None, [ALICE])
    assert check.recipients[0].state == Postseal.RecipientState.EXPIRED
    API.ps_engine_set_time(reader, -1)
    check = API.ps_engine_can_seal(reader, None, [ALICE])
    assert check.recipients[0].state == Postseal.RecipientState.READY


def test_views(homes):
    alice, bob = homes
    sealed = received(written(sealed_to_bob(alice).copies[0]))
    message_id = API.ps_message_get_field(sealed, "message-id")
    view = API.ps_engine_view(bob, sealed)
    copy = API.ps_view_copy(view)
    del view
    gc.collect()
    assert copy.opened and copy.message_id == message_id
    assert b"\r\nSubject: secret\r\n" in copy.content.get_data()
    assert json.loads(copy.verdict)["summary"] == Postseal.Summary(copy.summary).value_nick
    again = API.ps_engine_view(bob, sealed)
    assert again.verdict is None and again.content.get_data() == copy.content.get_data()
    API.ps_view_free(copy)
    assert API.ps_engine_was_sealed(bob, message_id) == (True, True)
    assert API.ps_engine_was_sealed(bob, "<other@test.example>") == (True, False)
    fails(Postseal.Error.MALFORMED, API.ps_engine_view, bob, received(b"\n"))
    plain = mail(ALICE, BOB, "plain")
    marked = API.ps_engine_view_as(bob, plain, Postseal.ViewFlags.MARKED).content.get_data()
    assert marked.startswith(b"Postseal-Status: unprotected; ")
    assert marked.partition(b"\n")[2] == API.ps_message_get_octets(plain).get_data()


def test_learning_in_passing(homes, tmp_path):
    alice, bob = homes
    signed = written(API.ps_engine_protect(alice, mail(ALICE, CAROL, "signed"), None).copies[0])
    reader = API.ps_engine_new(str(tmp_path / "passing"))
    for text, header_only in ((signed.partition(b"\n\n")[0] + b"\n\n", True), (signed, False)):
        verdict = API.ps_engine_learn_message(reader, received(text), header_only)
        assert API.ps_verdict_get_signature_valid(verdict) is not header_only
    assert [p.address for p in API.ps_engine_list_peers(reader, None)] == [ALICE]
    API.ps_engine_refresh(reader)
    told = []
    several = [received(signed), mail(CAROL, BOB, "plain"), received(b"\n")]
    assert API.ps_engine_learn_messages(reader, several, lambda m, v, *_: told.append(API.ps_verdict_get_from(v)), None)
    assert told == [ALICE, CAROL]
    account = API.ps_engine_get_account(alice, ALICE)
    assert API.ps_engine_own_identity_seen(alice, ALICE, received(signed)) == (True, None)
    assert API.ps_engine_own_identity_seen(bob, ALICE, received(signed)) == (True, account.root_fingerprint)
    fails(Postseal.Error.ARGUMENT, API.ps_engine_own_identity_seen, bob, "nobody", received(signed))


def test_limits(homes):
    alice, _ = homes
    API.ps_engine_limit(alice, [BOB])
    assert not list(API.ps_engine_list_accounts(alice))
    API.ps_engine_limit(alice, None)
    assert len(API.ps_engine_list_accounts(alice)) == 1


def test_where_to_look_for_help(homes):
    alice, _ = homes
    request = API.ps_request_new()
    API.ps_request_set_level(request, Postseal.Level.SEALED)
    API.ps_request_set_program(request, "mutt")
    API.ps_engine_set_howto_base(alice, "http://127.0.0.1:9")
    outcome = API.ps_engine_protect(alice, mail(ALICE, CAROL), request)
    API.ps_engine_set_howto_base(alice, None)
    assert outcome.refused.endswith(": http://127.0.0.1:9/how-to/encrypt/mutt/any/none/")


def test_what_is_kept(homes, tmp_path):
    alice, _ = homes
    draft = mail(ALICE, BOB, "unfinished", Bcc=CAROL)
    sealed, done = octets(lambda stream: API.ps_engine_seal_draft(alice, ALICE, draft, stream))
    assert done and b"unfinished" not in sealed
    shown = API.ps_engine_view(alice, received(sealed)).content.get_data()
    assert b"\r\nBcc: carol@example.com\r\n" in shown
    path = tmp_path / "kept"
    assert API.ps_engine_keep(alice, ALICE, draft, str(path))
    assert b"unfinished" not in path.read_bytes()
    again = API.ps_engine_kept(alice, ALICE, str(path))
    assert API.ps_message_get_field(again, "Subject") == "unfinished"
    assert API.ps_message_get_octets(again).get_data() == API.ps_message_get_octets(draft).get_data()
    fails(Postseal.Error.NOT_FOUND, API.ps_engine_kept, alice, ALICE, str(tmp_path / "missing"))


def test_local_certificate():
    pem = API.ps_local_certificate().get_data()
    assert pem.startswith(b"-----BEGIN CERTIFICATE-----") and b"-----BEGIN PRIVATE KEY-----" in pem


def test_language():
    API.ps_language_use("de")
    assert Postseal.Engine.new("/nowhere") is not None
    API.ps_language_use(None)


def test_programs():
    assert "thunderbird" in API.ps_howto_programs()
    assert API.ps_howto_program_of_client("Mac OS X Mail") == "apple-mail"


def test_every_function_was_called():
    assert set(API.owners) - CALLED == set()
