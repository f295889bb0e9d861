/* SPDX-License-Identifier: MPL-2.0 */
/* From octets to a mark and readable content. */
#include "web/judge.h"

#include <string.h>

static const char *const NAMES[] = {
	[WEB_MARK_CLOSED] = "closed",     [WEB_MARK_WARNING] = "warning",
	[WEB_MARK_CHANGED] = "changed",   [WEB_MARK_CONFIDENTIAL] = "confidential",
	[WEB_MARK_VERIFIED] = "verified", [WEB_MARK_SEALED] = "sealed",
	[WEB_MARK_FIRST] = "first",       [WEB_MARK_NEW] = "new",
	[WEB_MARK_SIGNED] = "signed",     [WEB_MARK_NONE] = "none",
	[WEB_MARK_REFUSED] = "refused",   [WEB_MARK_UNKNOWN] = "unknown",
};

static const char *const TEXTS[] = {
	[WEB_MARK_CLOSED] = N_("Closed: it cannot be opened"),
	[WEB_MARK_WARNING] = N_("Take care"),
	[WEB_MARK_CHANGED] = N_("Another key than before"),
	[WEB_MARK_CONFIDENTIAL] = N_("Confidential: sealed, and the sender is proven"),
	[WEB_MARK_VERIFIED] = N_("Verified: the sender is proven"),
	[WEB_MARK_SEALED] = N_("Sealed, but nobody is proven to have written it"),
	[WEB_MARK_FIRST] = N_("Brings a key for the first time"),
	[WEB_MARK_NEW] = N_("Signed by a key that is still new"),
	[WEB_MARK_SIGNED] = N_("Signed, but the sender is not proven"),
	[WEB_MARK_NONE] = N_("Not protected"),
	[WEB_MARK_REFUSED] = N_("Signed with a key that you refused"),
	[WEB_MARK_UNKNOWN] = N_("Open it to see"),
};

static const char *const OWN_TEXTS[] = {
	[WEB_MARK_CONFIDENTIAL] = N_("Sealed by you"), [WEB_MARK_VERIFIED] = N_("Signed by you"),
	[WEB_MARK_SEALED] = N_("Sealed by you"),       [WEB_MARK_SIGNED] = N_("Signed by you"),
	[WEB_MARK_NONE] = N_("Not protected"),
};

const char *
web_mark_name(WebMark mark)
{
	return NAMES[mark];
}

const char *
web_mark_text(WebMark mark, bool own)
{
	bool named = own && (size_t)mark < G_N_ELEMENTS(OWN_TEXTS) && OWN_TEXTS[mark] != NULL;
	return _(named ? OWN_TEXTS[mark] : TEXTS[mark]);
}

const char *
web_protection_text(const char *protection)
{
	static const struct {
		const char *word;
		const char *text;
	} ROWS[] = {
		{"signed-and-encrypted", N_("signed, and hidden on the way")},
		{"encrypted-only", N_("hidden on the way, by nobody proven")},
		{"signed-only", N_("signed, and open on the way")},
		{"unprotected", N_("not protected: anybody on the way could change it")},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		if (g_strcmp0(ROWS[i].word, protection) == 0) {
			return _(ROWS[i].text);
		}
	}
	return "";
}

void
web_judged_clear(WebJudged *judged)
{
	g_clear_pointer(&judged->verdict, ps_verdict_unref);
	g_clear_pointer(&judged->json, json_object_unref);
	g_clear_pointer(&judged->content, g_bytes_unref);
	g_clear_pointer(&judged->failure, g_free);
}

static bool
warns(PsVerdict *verdict)
{
	g_autoptr(GPtrArray) warnings = ps_verdict_get_warnings(verdict);
	for (guint i = 0; i < warnings->len; i++) {
		const PsWarning *warning = g_ptr_array_index(warnings, i);
		if (strcmp(warning->level, "warning") == 0) {
			return true;
		}
	}
	return false;
}

static bool
has_warning(PsVerdict *verdict, const char *const *codes)
{
	g_autoptr(GPtrArray) warnings = ps_verdict_get_warnings(verdict);
	for (guint i = 0; i < warnings->len; i++) {
		const PsWarning *warning = g_ptr_array_index(warnings, i);
		if (g_strv_contains(codes, warning->code)) {
			return true;
		}
	}
	return false;
}

static WebMark
mark_of_own(const WebJudged *judged)
{
	bool valid = ps_verdict_get_signature_valid(judged->verdict);
	return judged->encrypted ? WEB_MARK_SEALED : valid ? WEB_MARK_SIGNED : WEB_MARK_NONE;
}

/* Of a valid signature that proves nobody. */
static WebMark
mark_of_key(PsVerdict *verdict)
{
	const char *history = ps_verdict_get_history(verdict);
	return strcmp(history, "first") == 0 ? WEB_MARK_FIRST
	       : strcmp(history, "new") == 0 ? WEB_MARK_NEW
					     : WEB_MARK_SIGNED;
}

static WebMark
mark_of(const WebJudged *judged)
{
	static const char *const CHANGED[] = {"key-changed", "key-conflict", NULL};
	PsVerdict *verdict = judged->verdict;
	if (judged->closed) {
		return WEB_MARK_CLOSED;
	}
	if (judged->own) {
		return mark_of_own(judged);
	}
	if (has_warning(verdict, CHANGED)) {
		return WEB_MARK_CHANGED;
	}
	if (warns(verdict)) {
		return WEB_MARK_WARNING;
	}
	switch (ps_verdict_get_summary(verdict)) {
	case PS_SUMMARY_CONFIDENTIAL:
		return WEB_MARK_CONFIDENTIAL;
	case PS_SUMMARY_VERIFIED:
		return WEB_MARK_VERIFIED;
	case PS_SUMMARY_ENCRYPTED_ONLY:
		return WEB_MARK_SEALED;
	case PS_SUMMARY_UNPROTECTED:
		break;
	}
	return judged->refused                           ? WEB_MARK_REFUSED
	       : ps_verdict_get_signature_valid(verdict) ? mark_of_key(verdict)
							 : WEB_MARK_NONE;
}

/* Signed with a key of the account itself, as what lies in Sent. */
static bool
is_own(PsEngine *engine, const char *own, const WebJudged *judged)
{
	const char *from = ps_verdict_get_from(judged->verdict);
	JsonObject *signer = web_json_object(judged->json, "signer");
	const char *root = web_json_text(signer, "root_fingerprint");
	if (from == NULL || root == NULL || g_ascii_strcasecmp(from, own) != 0 ||
	    !ps_verdict_get_signature_valid(judged->verdict)) {
		return false;
	}
	g_autoptr(PsAccount) account = ps_engine_get_account(engine, own, NULL);
	return account != NULL && strcmp(root, account->root_fingerprint) == 0;
}

/* The engine knows its own drafts: their views alone have no Postseal-Status. What anybody else
 * sealed to the person is none, or sending it would open it to the world. */
static bool
is_draft(PsEngine *engine, const WebJudged *judged, GBytes *octets)
{
	static const char STATUS[] = "Postseal-Status:";
	g_autoptr(GPtrArray) headers = ps_verdict_get_headers(judged->verdict);
	bool named = false;
	for (guint i = 0; i < headers->len; i++) {
		const PsHeader *header = g_ptr_array_index(headers, i);
		named = named || g_ascii_strcasecmp(header->name, "Postseal-Draft") == 0;
	}
	g_autoptr(PsMessage) message = named ? ps_message_new_from_bytes(octets) : NULL;
	g_autoptr(PsView) view = named ? ps_engine_view(engine, message, NULL) : NULL;
	if (view == NULL || !view->opened) {
		return false;
	}
	BaseBytes content = base_bytes_of(view->content);
	return content.n < strlen(STATUS) || memcmp(content.p, STATUS, strlen(STATUS)) != 0;
}

/* To history a refused key is as new as one that never came. */
static bool
is_refused(PsEngine *engine, const WebJudged *judged)
{
	static const char *const NEW[] = {"first", "new", NULL};
	const char *from = ps_verdict_get_from(judged->verdict);
	const char *root =
		web_json_text(web_json_object(judged->json, "signer"), "root_fingerprint");
	if (from == NULL || root == NULL || !ps_verdict_get_signature_valid(judged->verdict) ||
	    !g_strv_contains(NEW, ps_verdict_get_history(judged->verdict))) {
		return false;
	}
	g_autoptr(GPtrArray) peers = ps_engine_list_peers(engine, from, NULL);
	const PsPeer *peer = peers == NULL || peers->len == 0 ? NULL : g_ptr_array_index(peers, 0);
	for (guint i = 0; peer != NULL && i < peer->identities->len; i++) {
		const PsIdentity *one = g_ptr_array_index(peer->identities, i);
		if (one->refused && strcmp(one->root_fingerprint, root) == 0) {
			return true;
		}
	}
	return false;
}

static void
read_verdict(PsEngine *engine, const char *own, GBytes *octets, WebJudged *out)
{
	g_autofree char *text = ps_verdict_to_json(out->verdict);
	out->json = web_json_own(text);
	JsonObject *encryption = web_json_object(out->json, "encryption");
	JsonObject *signer = web_json_object(out->json, "signer");
	out->encrypted = web_json_true(encryption, "present");
	out->closed =
		out->encrypted && strcmp(ps_verdict_get_encryption_reason(out->verdict), "ok") != 0;
	out->own = !out->closed && is_own(engine, own, out);
	out->draft = !out->closed && is_draft(engine, out, octets);
	out->own = out->own || out->draft;
	out->refused = !out->own && is_refused(engine, out);
	out->inert = out->encrypted && !out->closed && !out->own &&
		     !(ps_verdict_get_signature_valid(out->verdict) &&
		       web_json_true(signer, "matches_from"));
}

void
web_judge(PsEngine *engine, const char *own, GBytes *octets, WebJudging how, WebJudged *out)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
	out->verdict = ps_engine_open(engine, message, stream, how == WEB_JUDGE_LEARN, &error);
	if (out->verdict != NULL) {
		read_verdict(engine, own, octets, out);
	} else {
		out->json = json_object_new();
		out->failure = g_strdup(error->message);
		out->closed = true;
	}
	(void)g_output_stream_close(stream, NULL, NULL);
	g_autoptr(GBytes) content =
		g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(stream));
	out->closed = out->closed || g_bytes_get_size(content) == 0;
	out->content = g_bytes_ref(out->closed ? octets : content);
	out->mark = out->verdict == NULL ? WEB_MARK_CLOSED : mark_of(out);
}

const char *
web_judged_mark_text(const WebJudged *judged)
{
	return judged->draft ? _("A draft, sealed to yourself")
			     : web_mark_text(judged->mark, judged->own);
}

char *
web_judged_sentence(const WebJudged *judged)
{
	if (judged->verdict == NULL) {
		return web_fill(_("It cannot be read: {reason}"), "reason", judged->failure, NULL);
	}
	if (judged->draft) {
		return g_strdup(_("A draft of yours; nobody else can open it."));
	}
	if (judged->own && judged->mark != WEB_MARK_NONE) {
		return g_strdup(judged->mark == WEB_MARK_SEALED
					? _("You wrote it; only the readers and you can open it.")
					: _("You wrote and signed it."));
	}
	return g_strdup(judged->mark == WEB_MARK_REFUSED
				? _("It is signed with a key that you refused for this address; "
				    "that proves nothing.")
				: ps_verdict_get_sentence(judged->verdict));
}
