/* SPDX-License-Identifier: MPL-2.0 */
/* PsVerdict: what a message's protection says. */
#include "engine/verdict.h"

#include "engine/warning.h"

static PsHeader *
header_copy(const PsHeader *header)
{
	PsHeader *copy = g_memdup2(header, sizeof(*header));
	copy->name = g_strdup(header->name);
	copy->value = g_strdup(header->value);
	return copy;
}

static void
header_free(PsHeader *header)
{
	g_free(header->name);
	g_free(header->value);
	g_free(header);
}

static PsWarning *
warning_copy(const PsWarning *warning)
{
	PsWarning *copy = g_memdup2(warning, sizeof(*warning));
	copy->text = g_strdup(warning->text);
	return copy;
}

static void
warning_free(PsWarning *warning)
{
	g_free(warning->text);
	g_free(warning);
}

G_DEFINE_BOXED_TYPE(PsHeader, ps_header, header_copy, header_free)
G_DEFINE_BOXED_TYPE(PsWarning, ps_warning, warning_copy, warning_free)
G_DEFINE_BOXED_TYPE(PsVerdict, ps_verdict, ps_verdict_ref, ps_verdict_unref)

PsVerdict *
verdict_new(void)
{
	PsVerdict *verdict = g_new0(PsVerdict, 1);
	g_atomic_ref_count_init(&verdict->refs);
	verdict->signature.form = "none";
	verdict->signature.reason = "none";
	verdict->signature.signing_time = INT64_MIN;
	verdict->signer.chain = "unknown";
	verdict->signer.proof = "none";
	verdict->encryption.reason = "none";
	verdict->history.state = "none";
	verdict->headers = g_ptr_array_new_with_free_func((GDestroyNotify)header_free);
	verdict->warnings = g_ptr_array_new_with_free_func((GDestroyNotify)warning_free);
	verdict->structure = g_ptr_array_new_with_free_func(g_free);
	verdict->rules = g_ptr_array_new_with_free_func(g_free);
	return verdict;
}

PsVerdict *
ps_verdict_ref(PsVerdict *verdict)
{
	g_atomic_ref_count_inc(&verdict->refs);
	return verdict;
}

void
ps_verdict_unref(PsVerdict *verdict)
{
	if (!g_atomic_ref_count_dec(&verdict->refs)) {
		return;
	}
	g_free(verdict->sentence);
	g_free(verdict->signer_phrase);
	g_free(verdict->from_address);
	g_free(verdict->from_display);
	g_free(verdict->outer_address);
	g_free(verdict->from_shown);
	g_free(verdict->alike);
	g_free(verdict->named_like);
	g_clear_pointer(&verdict->signer.addresses, g_ptr_array_unref);
	g_free(verdict->signer.fingerprint);
	g_free(verdict->signer.root_fingerprint);
	g_free(verdict->signer.subject);
	g_free(verdict->signer.issuer);
	g_free(verdict->signer.organization);
	g_free(verdict->signer.person);
	g_free(verdict->signer.issuer_name);
	g_free(verdict->signer.claimed_name);
	g_ptr_array_unref(verdict->headers);
	g_ptr_array_unref(verdict->warnings);
	g_ptr_array_unref(verdict->structure);
	g_ptr_array_unref(verdict->rules);
	g_free(verdict);
}

void
verdict_add_header(PsVerdict *verdict, const char *name, const char *value, const char *protection)
{
	PsHeader *header = g_new0(PsHeader, 1);
	header->name = g_strdup(name);
	header->value = g_strdup(value);
	header->protection = protection;
	g_ptr_array_add(verdict->headers, header);
}

bool
verdict_has_warning(const PsVerdict *verdict, const char *code)
{
	for (guint i = 0; i < verdict->warnings->len; i++) {
		const PsWarning *warning = g_ptr_array_index(verdict->warnings, i);
		if (strcmp(warning->code, code) == 0) {
			return true;
		}
	}
	return false;
}

static void
add_warning(PsVerdict *verdict, const char *code, const char *level, const char *detail)
{
	if (verdict_has_warning(verdict, code)) {
		return;
	}
	PsWarning *warning = g_new0(PsWarning, 1);
	warning->code = code;
	warning->level = level;
	warning->text = warning_text(code, detail);
	g_ptr_array_add(verdict->warnings, warning);
}

void
verdict_warn(PsVerdict *verdict, const char *code, const char *detail)
{
	add_warning(verdict, code, warning_level(code), detail);
}

void
verdict_note(PsVerdict *verdict, const char *code, const char *detail)
{
	add_warning(verdict, code, WARNING_NOTE, detail);
}

PsSummary
ps_verdict_get_summary(PsVerdict *verdict)
{
	return verdict->summary;
}

const char *
ps_verdict_get_sentence(PsVerdict *verdict)
{
	return verdict->sentence;
}

const char *
ps_verdict_get_from(PsVerdict *verdict)
{
	return verdict->from_address;
}

const char *
ps_verdict_get_shown(PsVerdict *verdict)
{
	return verdict->from_shown;
}

const char *
ps_verdict_get_signer(PsVerdict *verdict)
{
	return verdict->signer_phrase;
}

gboolean
ps_verdict_get_signature_valid(PsVerdict *verdict)
{
	return verdict->signature.valid;
}

const char *
ps_verdict_get_signature_reason(PsVerdict *verdict)
{
	return verdict->signature.reason;
}

const char *
ps_verdict_get_encryption_reason(PsVerdict *verdict)
{
	return verdict->encryption.reason;
}

const char *
ps_verdict_get_history(PsVerdict *verdict)
{
	return verdict->history.state;
}

GPtrArray *
ps_verdict_get_headers(PsVerdict *verdict)
{
	return g_ptr_array_ref(verdict->headers);
}

GPtrArray *
ps_verdict_get_warnings(PsVerdict *verdict)
{
	return g_ptr_array_ref(verdict->warnings);
}
