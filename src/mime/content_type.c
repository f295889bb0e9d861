/* SPDX-License-Identifier: MPL-2.0 */
/* The values "type/subtype; name=value" and what S/MIME makes of them. */
#include "mime/content_type.h"

#include "mime/rfc2047.h"
#include "mime/tokens.h"

#define PARAMS_MAX 100U

static void
param_free(gpointer data)
{
	MimeParam *p = data;
	g_free(p->name);
	g_free(p->value);
	g_free(p);
}

static void
param_add(GPtrArray *params, char *name, char *value)
{
	MimeParam *p = g_new(MimeParam, 1);
	p->name = name;
	p->value = value;
	g_ptr_array_add(params, p);
}

static MimeContentType *
ct_new(const char *type, const char *subtype)
{
	MimeContentType *ct = g_new0(MimeContentType, 1);
	ct->type = g_ascii_strdown(type, -1);
	ct->subtype = g_ascii_strdown(subtype, -1);
	ct->params = g_ptr_array_new_with_free_func(param_free);
	return ct;
}

void
mime_content_type_free(MimeContentType *ct)
{
	if (ct != NULL) {
		g_free(ct->type);
		g_free(ct->subtype);
		g_ptr_array_unref(ct->params);
		g_free(ct);
	}
}

MimeContentType *
mime_content_type_copy(const MimeContentType *ct)
{
	MimeContentType *copy = ct_new(ct->type, ct->subtype);
	for (guint i = 0; i < ct->params->len; i++) {
		const MimeParam *p = ct->params->pdata[i];
		param_add(copy->params, g_strdup(p->name), g_strdup(p->value));
	}
	copy->defaulted = ct->defaulted;
	copy->duplicate = ct->duplicate;
	copy->odd = ct->odd;
	return copy;
}

/* ---- reading ---- */

/* A token or quoted-string, or else all up to the next ";", as senders mean it. */
static char *
read_value(MimeTokens *t, bool *odd)
{
	char *value = mime_tokens_quoted(t);
	if (value != NULL) {
		return value;
	}
	MimeTokens start = *t;
	value = mime_tokens_token(t);
	if (value != NULL && (mime_tokens_at_end(t) || *t->at == ';')) {
		return value;
	}
	g_free(value);
	*t = start;
	value = mime_tokens_until(t, ";");
	*odd = *odd || strpbrk(value, " \t\"") != NULL;
	return value;
}

/* parameter = attribute "=" value ; value = token / quoted-string ; RFC 2045 section 5.1 */
static bool
read_param(MimeTokens *t, GPtrArray *raw, bool *odd)
{
	g_autofree char *name = mime_tokens_token(t);
	if (name == NULL || !mime_tokens_eat(t, '=')) {
		*odd = true;
		return false;
	}
	g_autofree char *value = read_value(t, odd);
	if (raw->len < PARAMS_MAX) {
		g_autofree char *lower = g_ascii_strdown(name, -1);
		param_add(raw, g_steal_pointer(&lower), g_steal_pointer(&value));
	} else {
		*odd = true;
	}
	return true;
}

static void
read_params(MimeTokens *t, GPtrArray *raw, bool *odd)
{
	while (!mime_tokens_at_end(t)) {
		if (mime_tokens_eat(t, ';')) {
			continue;
		}
		if (!read_param(t, raw, odd)) {
			g_free(mime_tokens_until(t, ";"));
		}
	}
}

static const MimeParam *
find_raw(const GPtrArray *raw, const char *name)
{
	for (guint i = 0; i < raw->len; i++) {
		const MimeParam *p = raw->pdata[i];
		if (strcmp(p->name, name) == 0) {
			return p;
		}
	}
	return NULL;
}

/* name*0, name*0*, name*1 ...: joined while the numbers go on; *@encoded if the first piece was
 * name*0*. */
static char *
join_continuations(const GPtrArray *raw, const char *name, bool *encoded)
{
	g_autoptr(GString) all = g_string_new(NULL);
	for (guint i = 0; i < PARAMS_MAX; i++) {
		g_autofree char *plain = g_strdup_printf("%s*%u", name, i);
		g_autofree char *coded = g_strconcat(plain, "*", NULL);
		const MimeParam *p = find_raw(raw, coded);
		if (p != NULL) {
			*encoded = *encoded || i == 0;
			g_string_append(all, p->value);
			continue;
		}
		p = find_raw(raw, plain);
		if (p == NULL) {
			break;
		}
		/* a piece that is not encoded may hold a "%" of its own */
		for (const char *c = p->value; *c != '\0'; c++) {
			g_string_append(all, *c == '%' && *encoded ? "%25" : (char[]){*c, 0});
		}
	}
	return g_string_free(g_steal_pointer(&all), FALSE);
}

static void
take_param(MimeContentType *ct, const GPtrArray *raw, const MimeParam *p)
{
	const char *star = strchr(p->name, '*');
	g_autofree char *name =
		star == NULL ? g_strdup(p->name) : g_strndup(p->name, (gsize)(star - p->name));
	const char *had = mime_content_type_get(ct, name);
	if (had != NULL) {
		/* the further pieces of one continued value are no duplicates */
		ct->duplicate = ct->duplicate || star == NULL || find_raw(raw, name) != NULL;
		return;
	}
	if (star == NULL) {
		param_add(ct->params, g_steal_pointer(&name), g_strdup(p->value));
		return;
	}
	bool encoded = strcmp(star, "*") == 0;
	g_autofree char *joined =
		encoded ? g_strdup(p->value) : join_continuations(raw, name, &encoded);
	char *value = encoded ? mime_rfc2231_decode(joined) : g_steal_pointer(&joined);
	param_add(ct->params, g_steal_pointer(&name), value);
}

static void
take_params(MimeContentType *ct, MimeTokens *t)
{
	g_autoptr(GPtrArray) raw = g_ptr_array_new_with_free_func(param_free);
	read_params(t, raw, &ct->odd);
	for (guint i = 0; i < raw->len; i++) {
		take_param(ct, raw, raw->pdata[i]);
	}
}

MimeContentType *
mime_content_type_parse(const char *value)
{
	MimeTokens t = mime_tokens_on(value == NULL ? "" : value);
	g_autofree char *type = mime_tokens_token(&t);
	bool slash = type != NULL && mime_tokens_eat(&t, '/');
	g_autofree char *subtype = slash ? mime_tokens_token(&t) : NULL;
	bool good = subtype != NULL;
	MimeContentType *ct = ct_new(good ? type : "text", good ? subtype : "plain");
	ct->defaulted = !good;
	ct->odd = !good && value != NULL;
	if (!good) {
		g_free(mime_tokens_until(&t, ";"));
	}
	take_params(ct, &t);
	return ct;
}

MimeContentType *
mime_content_type_of(const MimeHeader *header, const char *def)
{
	const char *value = mime_header_value(header, "Content-Type");
	MimeContentType *ct = mime_content_type_parse(value == NULL ? def : value);
	ct->defaulted = ct->defaulted || value == NULL;
	return ct;
}

/* ---- using ---- */

bool
mime_content_type_is(const MimeContentType *ct, const char *type, const char *subtype)
{
	return strcmp(ct->type, type) == 0 &&
	       (subtype == NULL || strcmp(ct->subtype, subtype) == 0);
}

char *
mime_content_type_name(const MimeContentType *ct)
{
	return g_strconcat(ct->type, "/", ct->subtype, NULL);
}

static MimeParam *
find_param(const MimeContentType *ct, const char *name, guint *at)
{
	for (guint i = 0; i < ct->params->len; i++) {
		MimeParam *p = ct->params->pdata[i];
		if (g_ascii_strcasecmp(p->name, name) == 0) {
			*at = i;
			return p;
		}
	}
	return NULL;
}

const char *
mime_content_type_get(const MimeContentType *ct, const char *name)
{
	guint at = 0;
	const MimeParam *p = find_param(ct, name, &at);
	return p == NULL ? NULL : p->value;
}

void
mime_content_type_set(MimeContentType *ct, const char *name, const char *value)
{
	guint at = 0;
	MimeParam *p = find_param(ct, name, &at);
	if (value == NULL) {
		if (p != NULL) {
			g_ptr_array_remove_index(ct->params, at);
		}
		return;
	}
	if (p == NULL) {
		param_add(ct->params, g_ascii_strdown(name, -1), g_strdup(value));
		return;
	}
	char *copy = g_strdup(value); /* before the old one goes: @value may be it */
	g_free(p->value);
	p->value = copy;
}

char *
mime_content_type_to_string(const MimeContentType *ct)
{
	g_autoptr(GString) out = g_string_new(ct->type);
	if (*ct->subtype != '\0') {
		g_string_append_printf(out, "/%s", ct->subtype);
	}
	for (guint i = 0; i < ct->params->len; i++) {
		const MimeParam *p = ct->params->pdata[i];
		mime_rfc2231_append(out, p->name, p->value);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* ---- Content-Transfer-Encoding, Content-Disposition ---- */

static const char *const cte_names[] = {
	[MIME_CTE_7BIT] = "7bit",     [MIME_CTE_8BIT] = "8bit",
	[MIME_CTE_BINARY] = "binary", [MIME_CTE_QP] = "quoted-printable",
	[MIME_CTE_BASE64] = "base64",
};

MimeCte
mime_cte_parse(const char *value)
{
	if (value == NULL) {
		return MIME_CTE_7BIT;
	}
	MimeTokens t = mime_tokens_on(value);
	g_autofree char *token = mime_tokens_token(&t);
	for (guint i = 0; token != NULL && i < G_N_ELEMENTS(cte_names); i++) {
		if (g_ascii_strcasecmp(token, cte_names[i]) == 0) {
			return (MimeCte)i;
		}
	}
	return MIME_CTE_OTHER;
}

MimeCte
mime_cte_of(const MimeHeader *header)
{
	return mime_cte_parse(mime_header_value(header, "Content-Transfer-Encoding"));
}

const char *
mime_cte_name(MimeCte cte)
{
	return cte < G_N_ELEMENTS(cte_names) ? cte_names[cte] : cte_names[MIME_CTE_BINARY];
}

MimeContentType *
mime_disposition_of(const MimeHeader *header)
{
	const char *value = mime_header_value(header, "Content-Disposition");
	MimeTokens t = mime_tokens_on(value == NULL ? "" : value);
	g_autofree char *type = mime_tokens_token(&t);
	const char *unread = value == NULL ? "inline" : "attachment";
	MimeContentType *ct = ct_new(type == NULL ? unread : type, "");
	ct->defaulted = type == NULL;
	take_params(ct, &t);
	return ct;
}

bool
mime_is_attachment(const MimeHeader *header)
{
	if (mime_header_find(header, "Content-Disposition") == NULL) {
		return false;
	}
	g_autoptr(MimeContentType) d = mime_disposition_of(header);
	return strcmp(d->type, "inline") != 0;
}

char *
mime_filename_of(const MimeHeader *header)
{
	g_autoptr(MimeContentType) d = mime_disposition_of(header);
	g_autoptr(MimeContentType) t = mime_content_type_of(header, NULL);
	const char *name = mime_content_type_get(d, "filename");
	if (name == NULL) {
		name = mime_content_type_get(t, "name");
	}
	if (name == NULL) {
		return NULL;
	}
	g_autofree char *clean = mime_rfc2047_decode(name);
	const char *base = clean;
	for (const char *p = clean; *p != '\0'; p++) {
		base = *p == '/' || *p == '\\' ? p + 1 : base;
	}
	return *base == '\0' ? NULL : g_strdup(base);
}

/* ---- S/MIME ---- */

static const struct {
	const char *suffix;
	MimeSmimeKind kind;
} smime_suffixes[] = {
	{".p7m", MIME_SMIME_PKCS7_MIME},
	{".p7c", MIME_SMIME_PKCS7_MIME},
	{".p7z", MIME_SMIME_PKCS7_MIME},
	{".p7s", MIME_SMIME_PKCS7_SIGNATURE},
};

static const struct {
	const char *subtype;
	MimeSmimeKind kind;
} smime_types[] = {
	{"pkcs7-mime", MIME_SMIME_PKCS7_MIME},
	{"x-pkcs7-mime", MIME_SMIME_PKCS7_MIME},
	{"pkcs7-signature", MIME_SMIME_PKCS7_SIGNATURE},
	{"x-pkcs7-signature", MIME_SMIME_PKCS7_SIGNATURE},
};

static MimeSmimeKind
kind_of_file(const char *filename)
{
	size_t n = filename == NULL ? 0 : strlen(filename);
	for (guint i = 0; n >= 4 && i < G_N_ELEMENTS(smime_suffixes); i++) {
		if (g_ascii_strcasecmp(filename + n - 4, smime_suffixes[i].suffix) == 0) {
			return smime_suffixes[i].kind;
		}
	}
	return MIME_SMIME_NONE;
}

static MimeSmimeKind
kind_of_subtype(const char *subtype)
{
	for (guint i = 0; i < G_N_ELEMENTS(smime_types); i++) {
		if (strcmp(subtype, smime_types[i].subtype) == 0) {
			return smime_types[i].kind;
		}
	}
	return MIME_SMIME_NONE;
}

MimeSmimeKind
mime_type_is_smime(const MimeContentType *ct, const char *filename)
{
	if (mime_content_type_is(ct, "multipart", "signed")) {
		const char *protocol = mime_content_type_get(ct, "protocol");
		bool ours = protocol != NULL &&
			    (g_ascii_strcasecmp(protocol, "application/pkcs7-signature") == 0 ||
			     g_ascii_strcasecmp(protocol, "application/x-pkcs7-signature") == 0);
		return ours ? MIME_SMIME_SIGNED_MULTIPART : MIME_SMIME_NONE;
	}
	if (!mime_content_type_is(ct, "application", NULL)) {
		return MIME_SMIME_NONE;
	}
	return strcmp(ct->subtype, "octet-stream") == 0 ? kind_of_file(filename)
							: kind_of_subtype(ct->subtype);
}

const char *
mime_smime_kind_name(MimeSmimeKind kind)
{
	static const char *const names[] = {
		[MIME_SMIME_NONE] = "none",
		[MIME_SMIME_SIGNED_MULTIPART] = "signed-multipart",
		[MIME_SMIME_PKCS7_MIME] = "pkcs7-mime",
		[MIME_SMIME_PKCS7_SIGNATURE] = "pkcs7-signature",
	};
	return names[kind];
}
