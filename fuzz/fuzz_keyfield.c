/* SPDX-License-Identifier: MPL-2.0 */
/* Fuzz target: the small languages in header fields: Postseal-Key, Originator-Rules, Sig, subjects.
 */
#include "mime/keyfield.h"
#include "mime/respond.h"
#include "mime/rules.h"
#include "mime/unobtrusive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A field that was read can be written, and reads as the same again. */
static void
try_keyfield(BaseBytes value)
{
	MimeKeyfieldReason reason = MIME_KEYFIELD_OK;
	g_autoptr(MimeKeyfield) field = mime_keyfield_parse(value, &reason);
	g_assert_true((field != NULL) == (reason == MIME_KEYFIELD_OK));
	g_assert_nonnull(mime_keyfield_reason_name(reason));
	g_autofree char *text = field == NULL ? NULL : mime_keyfield_format(field, NULL);
	if (text == NULL) {
		return;
	}
	g_autoptr(MimeHeader) header = NULL;
	g_assert_true(mime_header_parse(base_bytes_str(text), &header, NULL));
	g_autoptr(MimeKeyfield) back = mime_keyfield_read(header, &reason);
	g_assert_nonnull(back);
	g_assert_cmpstr(back->addr, ==, field->addr);
	g_assert_cmpint(back->time, ==, field->time);
	g_assert_true(g_bytes_equal(back->leaf, field->leaf));
	g_assert_true(g_bytes_equal(back->root, field->root));
	g_assert_true(g_bytes_equal(back->pop, field->pop));
}

static void
try_rules(BaseBytes value)
{
	MimeRules rules = {0};
	if (!mime_rules_parse(value, &rules)) {
		return;
	}
	g_autofree char *text = mime_rules_format(&rules);
	MimeRules back = {0};
	g_assert_true(mime_rules_parse(base_bytes_str(text), &back));
	g_assert_true(back.lists == rules.lists && back.forward == rules.forward &&
		      back.reply == rules.reply && back.expires == rules.expires);
	MimeRules both = mime_rules_merge(&rules, &back);
	g_assert_true(both.lists == rules.lists && both.expires == rules.expires);
}

static void
try_subjects(BaseBytes value)
{
	g_autofree char *text = base_bytes_strdup(value);
	char *half = text + value.n / 2;
	mime_subject_hides(text, half);
	g_assert_false(mime_subject_hides(text, ""));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BaseBytes value = base_bytes(data, size);
	try_keyfield(value);
	try_rules(value);
	if (size < 4096) {
		try_subjects(value);
	}
	return 0;
}
