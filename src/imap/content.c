/* SPDX-License-Identifier: MPL-2.0 */
/* Reads Content-* fields (RFC 2045, 2183, 2231, 1864, 2557, 4646) for BODYSTRUCTURE. */
#include "imap/content.h"
#include "imap/fields.h"
#include "imap/words.h"

/* content = type "/" subtype *(";" parameter). A type that is all there is is kept, so that text
 * stays text. */
static void
read_type(ImapContent *content, BaseBytes value)
{
	if (content->type != NULL) {
		return;
	}
	g_autoptr(GString) type = g_string_new(NULL);
	g_autoptr(GString) subtype = g_string_new(NULL);
	ImapWords w = imap_words_on(value);
	ImapWordsState state = imap_words_skip(&w);
	state = state == IMAP_WORDS_MORE ? imap_words_token(&w, type) : state;
	bool alone = state != IMAP_WORDS_MORE;
	bool read = !alone && type->len > 0 && imap_words_eat(&w, '/') &&
		    imap_words_skip(&w) == IMAP_WORDS_MORE &&
		    imap_words_token(&w, subtype) != IMAP_WORDS_BROKEN && subtype->len > 0 &&
		    (w.at == w.end || imap_words_next_is(&w, ';'));
	content->type = g_strdup(read || alone ? type->str : "");
	content->subtype = g_strdup(read ? subtype->str : "");
	if (read) {
		g_ptr_array_unref(content->params);
		content->params = imap_params_parse(base_bytes(w.at, (size_t)(w.end - w.at)));
	}
}

/* encoding = token */
static void
read_encoding(ImapContent *content, BaseBytes value)
{
	g_autoptr(GString) token = g_string_new(NULL);
	ImapWords w = imap_words_on(value);
	imap_words_skip(&w);
	if (content->encoding == NULL && imap_words_token(&w, token) == IMAP_WORDS_END &&
	    token->len > 0) {
		content->encoding = g_strdup(token->str);
	}
}

/* disposition = token *(";" parameter) */
static void
read_disposition(ImapContent *content, BaseBytes value)
{
	g_autoptr(GString) token = g_string_new(NULL);
	ImapWords w = imap_words_on(value);
	imap_words_skip(&w);
	if (content->disposition != NULL || imap_words_token(&w, token) == IMAP_WORDS_BROKEN) {
		return;
	}
	content->disposition = g_strdup(token->str);
	g_ptr_array_unref(content->disposition_params);
	content->disposition_params = imap_params_parse(base_bytes(w.at, (size_t)(w.end - w.at)));
}

/* Language-List = Language-Tag *("," Language-Tag) */
static void
read_languages(ImapContent *content, BaseBytes value)
{
	if (content->languages != NULL) {
		return;
	}
	g_autoptr(GPtrArray) tags = g_ptr_array_new_with_free_func(g_free);
	ImapWords w = imap_words_on(value);
	imap_words_skip(&w);
	while (tags->len < IMAP_LANGUAGE_MAX) {
		g_autoptr(GString) tag = g_string_new(NULL);
		if (imap_words_atom(&w, tag) == IMAP_WORDS_BROKEN) {
			break;
		}
		g_ptr_array_add(tags, g_strdup(tag->str));
		if (!imap_words_eat(&w, ',')) {
			break;
		}
		imap_words_skip(&w);
	}
	if (tags->len > 0) {
		content->languages = g_steal_pointer(&tags);
	}
}

static const struct {
	const char *name;
	void (*read)(ImapContent *content, BaseBytes value);
} structured[] = {
	{"Content-Type", read_type},
	{"Content-Transfer-Encoding", read_encoding},
	{"Content-Disposition", read_disposition},
	{"Content-Language", read_languages},
};

static const struct {
	const char *name;
	size_t where;
} strings[] = {
	{"Content-ID", G_STRUCT_OFFSET(ImapContent, id)},
	{"Content-Description", G_STRUCT_OFFSET(ImapContent, description)},
	{"Content-MD5", G_STRUCT_OFFSET(ImapContent, md5)},
	{"Content-Location", G_STRUCT_OFFSET(ImapContent, location)},
};

static void
read_field(ImapContent *content, const ImapField *field)
{
	for (guint i = 0; i < G_N_ELEMENTS(structured); i++) {
		if (imap_field_is(field, structured[i].name)) {
			g_autoptr(GString) value = imap_field_value(field);
			structured[i].read(content, base_bytes(value->str, value->len));
			return;
		}
	}
	for (guint i = 0; i < G_N_ELEMENTS(strings); i++) {
		char **where = G_STRUCT_MEMBER_P(content, strings[i].where);
		if (*where == NULL && imap_field_is(field, strings[i].name)) {
			*where = imap_field_text(field);
		}
	}
}

ImapContent *
imap_content_new(BaseBytes header)
{
	ImapContent *content = g_new0(ImapContent, 1);
	content->params = g_ptr_array_new_with_free_func(g_free);
	content->disposition_params = g_ptr_array_new_with_free_func(g_free);
	ImapField field;
	while (imap_field_next(&header, &field)) {
		if (base_bytes_starts_nocase(field.name, "Content-")) {
			read_field(content, &field);
		} else if (imap_field_is(&field, "MIME-Version")) {
			content->mime_version = true;
		}
	}
	return content;
}

void
imap_content_free(ImapContent *content)
{
	if (content == NULL) {
		return;
	}
	g_free(content->type);
	g_free(content->subtype);
	g_ptr_array_unref(content->params);
	g_free(content->encoding);
	g_free(content->id);
	g_free(content->description);
	g_free(content->md5);
	g_free(content->disposition);
	g_ptr_array_unref(content->disposition_params);
	g_clear_pointer(&content->languages, g_ptr_array_unref);
	g_free(content->location);
	g_free(content);
}

bool
imap_content_is(const ImapContent *content, const char *type, const char *subtype)
{
	return content->type != NULL && g_ascii_strcasecmp(content->type, type) == 0 &&
	       (subtype == NULL || g_ascii_strcasecmp(content->subtype, subtype) == 0);
}

const char *
imap_content_param(const ImapContent *content, const char *name)
{
	for (guint i = 0; i + 1 < content->params->len; i += 2) {
		if (g_ascii_strcasecmp(content->params->pdata[i], name) == 0) {
			return content->params->pdata[i + 1];
		}
	}
	return NULL;
}
