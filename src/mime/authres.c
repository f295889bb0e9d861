/* SPDX-License-Identifier: MPL-2.0 */
/* What the user's own mail server found out about a message: Authentication-Results (RFC 8601). */
#include "mime/authres.h"

/* What one field, or all that count, say. */
typedef struct {
	bool well_formed;
	bool has_dkim; /* a result of that method is there, whatever it is */
	bool has_dmarc;
	bool dkim_aligned;
	bool dmarc_pass;
	bool dmarc_fail;
	bool dmarc_other;
} Report;

typedef struct {
	const char *at;
	bool bad;
	const char *domain;
	MimeSameOrganization same;
	Report report;
} Reader;

typedef enum {
	METHOD_OTHER,
	METHOD_DKIM,
	METHOD_DMARC
} Method;

/* One resinfo while its properties are read. */
typedef struct {
	Method method;
	BaseBytes result;
	bool foreign; /* header.from is another domain */
	bool has_d;
	bool has_i;
	bool d_agrees; /* all of them */
	bool i_agrees;
} Result;

/* ---- Lexis ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* comment = "(" *([FWS] ccontent) [FWS] ")" ; RFC 5322 section 3.2.2. Counted, not recursed. */
static void
skip_comment(Reader *r)
{
	size_t depth = 0;
	do {
		if (*r->at == '\\' && r->at[1] != '\0') {
			r->at++;
		} else if (*r->at == '(') {
			depth++;
		} else if (*r->at == ')') {
			depth--;
		}
		r->at++;
	} while (*r->at != '\0' && depth > 0);
	r->bad = r->bad || depth > 0;
}

static void
skip_cfws(Reader *r)
{
	while (is_blank(*r->at) || *r->at == '(') {
		if (*r->at == '(') {
			skip_comment(r);
		} else {
			r->at++;
		}
	}
}

static bool
eat(Reader *r, char c)
{
	if (*r->at != c) {
		return false;
	}
	r->at++;
	skip_cfws(r);
	return true;
}

/* Keyword = Ldh-str ; RFC 5321 section 4.1.2, with "_" for those who write that. Bad if empty. */
static BaseBytes
read_keyword(Reader *r)
{
	const char *from = r->at;
	while (g_ascii_isalnum(*r->at) || *r->at == '-' || *r->at == '_') {
		r->at++;
	}
	r->bad = r->bad || r->at == from;
	return base_bytes(from, (size_t)(r->at - from));
}

static BaseBytes
read_digits(Reader *r)
{
	const char *from = r->at;
	while (g_ascii_isdigit(*r->at)) {
		r->at++;
	}
	return base_bytes(from, (size_t)(r->at - from));
}

static void
read_quoted(Reader *r, GString *out)
{
	const char *p = r->at + 1;
	for (; *p != '\0' && *p != '"'; p++) {
		if (*p == '\\' && p[1] != '\0') {
			p++;
		}
		g_string_append_c(out, *p);
	}
	r->bad = r->bad || *p == '\0';
	r->at = *p == '"' ? p + 1 : p;
}

/*
 * pvalue = [CFWS] ( value / [ [ local-part ] "@" ] domain-name ) [CFWS]
 * Also empty, and with the tspecials that servers write without quotes ("header.b=a/b=").
 */
static char *
read_value(Reader *r)
{
	g_autoptr(GString) out = g_string_new(NULL);
	while (*r->at != '\0' && !is_blank(*r->at) && strchr(";()", *r->at) == NULL) {
		if (*r->at == '"') {
			read_quoted(r, out);
			continue;
		}
		size_t n = strcspn(r->at, " \t;()\"");
		g_string_append_len(out, r->at, (gssize)n);
		r->at += n;
	}
	r->bad = r->bad || *r->at == ')';
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool
is_word(BaseBytes word, const char *name)
{
	return base_bytes_equal_nocase(word, base_bytes_str(name));
}

/* ---- Meaning ---- */

static bool
is_below(const char *below, const char *domain)
{
	size_t n = strlen(domain);
	size_t whole = strlen(below);
	return strchr(domain, '.') != NULL && whole > n + 1 && below[whole - n - 1] == '.' &&
	       g_str_equal(below + whole - n, domain);
}

static bool
same_or_below(const char *a, const char *b)
{
	return g_str_equal(a, b) || is_below(a, b) || is_below(b, a);
}

/* The domain of "domain", "@domain" or "local-part@domain" as A-labels in lower case, or NULL. */
static char *
domain_of(const char *value)
{
	const char *at = strrchr(value, '@');
	const char *name = at == NULL ? value : at + 1;
	g_autofree char *ascii = g_str_is_ascii(name)              ? g_ascii_strdown(name, -1)
				 : g_utf8_validate(name, -1, NULL) ? g_hostname_to_ascii(name)
								   : NULL;
	size_t n = ascii == NULL ? 0 : strlen(ascii);
	if (n > 0 && ascii[n - 1] == '.') {
		ascii[--n] = '\0';
	}
	return n == 0 ? NULL : g_steal_pointer(&ascii);
}

static void
take_property(const Reader *r, Result *result, BaseBytes property, const char *value)
{
	bool from = is_word(property, "from") && result->method == METHOD_DMARC;
	bool d = is_word(property, "d") && result->method == METHOD_DKIM;
	bool i = is_word(property, "i") && result->method == METHOD_DKIM;
	if (!from && !d && !i) {
		return;
	}
	g_autofree char *domain = domain_of(value);
	if (from) {
		result->foreign =
			result->foreign || domain == NULL || !g_str_equal(domain, r->domain);
		return;
	}
	bool agrees = domain != NULL && r->same(domain, r->domain);
	if (d) {
		result->d_agrees = agrees && (!result->has_d || result->d_agrees);
		result->has_d = true;
	} else {
		result->i_agrees = agrees && (!result->has_i || result->i_agrees);
		result->has_i = true;
	}
}

static void
take_result(Report *report, const Result *result)
{
	bool pass = is_word(result->result, "pass");
	if (result->method == METHOD_DKIM) {
		bool agrees = result->has_d ? result->d_agrees : result->i_agrees;
		report->has_dkim = true;
		report->dkim_aligned = report->dkim_aligned || (pass && agrees);
	} else if (result->method == METHOD_DMARC) {
		bool fail = is_word(result->result, "fail");
		report->has_dmarc = true;
		report->dmarc_pass = report->dmarc_pass || (pass && !result->foreign);
		report->dmarc_fail = report->dmarc_fail || (fail && !result->foreign);
		report->dmarc_other = report->dmarc_other || (!pass && !fail && !result->foreign);
	}
}

/* ---- Grammar: RFC 8601 section 2.2 ---- */

/*
 * reasonspec = "reason" [CFWS] "=" [CFWS] value
 * propspec   = ptype [CFWS] "." [CFWS] property [CFWS] "=" pvalue
 * In any order, and other words before "=", which some servers write ("action=none").
 */
static void
read_property(Reader *r, Result *result)
{
	BaseBytes type = read_keyword(r);
	BaseBytes property = {NULL, 0};
	skip_cfws(r);
	if (eat(r, '.')) {
		property = read_keyword(r);
		skip_cfws(r);
	}
	if (!eat(r, '=')) {
		r->bad = true;
	}
	g_autofree char *value = read_value(r);
	skip_cfws(r);
	if (!r->bad && is_word(type, "header")) {
		take_property(r, result, property, value);
	}
}

static Method
method_of(BaseBytes name)
{
	if (is_word(name, "dkim")) {
		return METHOD_DKIM;
	}
	return is_word(name, "dmarc") ? METHOD_DMARC : METHOD_OTHER;
}

/*
 * resinfo    = [CFWS] ";" methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ]
 * methodspec = [CFWS] method [CFWS] "=" [CFWS] result
 * method     = Keyword [ [CFWS] "/" [CFWS] method-version ]
 * no-result  = [CFWS] ";" [CFWS] "none"
 */
static void
read_resinfo(Reader *r)
{
	BaseBytes name = read_keyword(r);
	Result result = {.method = method_of(name)};
	skip_cfws(r);
	if (is_word(name, "none") && (*r->at == '\0' || *r->at == ';')) {
		return;
	}
	if (eat(r, '/')) {
		BaseBytes version = read_digits(r);
		r->bad = r->bad || version.n == 0;
		if (!base_bytes_equal(version, BASE_LIT("1"))) {
			result.method = METHOD_OTHER;
		}
		skip_cfws(r);
	}
	if (!eat(r, '=')) {
		r->bad = true;
	}
	result.result = read_keyword(r);
	r->bad = r->bad || strchr(" \t(;", *r->at) == NULL; /* the NUL is found, too */
	skip_cfws(r);
	while (!r->bad && *r->at != '\0' && *r->at != ';') {
		read_property(r, &result);
	}
	if (!r->bad) {
		take_result(&r->report, &result);
	}
}

/* What follows authserv-id: [ CFWS authres-version ] ( no-result / 1*resinfo ) [CFWS] */
static Report
read_results(const char *rest, const char *domain, MimeSameOrganization same)
{
	Reader r = {.at = rest, .domain = domain, .same = same};
	skip_cfws(&r);
	BaseBytes version = read_digits(&r);
	skip_cfws(&r);
	r.bad = r.bad || *r.at != ';' ||
		(version.n > 0 && !base_bytes_equal(version, BASE_LIT("1")));
	while (!r.bad && eat(&r, ';')) {
		if (*r.at != ';' && *r.at != '\0') {
			read_resinfo(&r);
		}
	}
	if (r.bad || *r.at != '\0') {
		return (Report){0};
	}
	r.report.well_formed = true;
	return r.report;
}

/* What follows the id if the field bears it plainly; else NULL. */
static const char *
after_id(const MimeField *field, const char *authserv_id)
{
	if (g_ascii_strcasecmp(field->name, MIME_AUTHRES_NAME) != 0) {
		return NULL;
	}
	const char *id = field->value + strspn(field->value, " \t");
	size_t n = strcspn(id, " \t;(");
	return base_bytes_equal_nocase(base_bytes(id, n), base_bytes_str(authserv_id)) ? id + n
										       : NULL;
}

/* ---- Which fields count ---- */

static void
merge(Report *sum, const Report *more, bool dkim, bool dmarc)
{
	sum->well_formed = sum->well_formed || more->well_formed;
	sum->has_dkim = sum->has_dkim || more->has_dkim;
	sum->has_dmarc = sum->has_dmarc || more->has_dmarc;
	sum->dkim_aligned = sum->dkim_aligned || (dkim && more->dkim_aligned);
	sum->dmarc_pass = sum->dmarc_pass || (dmarc && more->dmarc_pass);
	sum->dmarc_fail = sum->dmarc_fail || (dmarc && more->dmarc_fail);
	sum->dmarc_other = sum->dmarc_other || (dmarc && more->dmarc_other);
}

/* Fields above the first Received; 0 without one: then nothing tells who wrote what. */
static guint
count_above(const MimeHeader *header)
{
	guint n = mime_header_length(header);
	for (guint i = 0; i < n; i++) {
		if (g_ascii_strcasecmp(mime_header_at(header, i)->name, "Received") == 0) {
			return i;
		}
	}
	return 0;
}

typedef struct {
	const char *authserv_id;
	const char *domain;
	MimeSameOrganization same;
} Wanted;

/* False if none is there. */
static bool
read_above(const MimeHeader *header, guint end, const Wanted *wanted, Report *sum)
{
	bool any = false;
	for (guint i = 0; i < end; i++) {
		const char *rest = after_id(mime_header_at(header, i), wanted->authserv_id);
		if (rest != NULL) {
			Report report = read_results(rest, wanted->domain, wanted->same);
			merge(sum, &report, true, true);
			any = true;
		}
	}
	return any;
}

/* The topmost and its neighbours, up to one that cannot be read. */
static void
read_below(const MimeHeader *header, guint from, const Wanted *wanted, Report *sum)
{
	guint n = mime_header_length(header);
	guint i = from;
	while (i < n && after_id(mime_header_at(header, i), wanted->authserv_id) == NULL) {
		i++;
	}
	for (; i < n; i++) {
		const char *rest = after_id(mime_header_at(header, i), wanted->authserv_id);
		Report report = {0};
		if (rest != NULL) {
			report = read_results(rest, wanted->domain, wanted->same);
		}
		if (!report.well_formed) {
			return;
		}
		merge(sum, &report, !sum->has_dkim, !sum->has_dmarc);
	}
}

void
mime_authres_read(const MimeHeader *header, const char *authserv_id, const char *domain,
		  MimeSameOrganization same_organization, MimeAuthres *out)
{
	*out = (MimeAuthres){0};
	if (authserv_id == NULL || *authserv_id == '\0' || domain == NULL || *domain == '\0') {
		return;
	}
	Wanted wanted = {
		.authserv_id = authserv_id,
		.domain = domain,
		.same = same_organization != NULL ? same_organization : same_or_below,
	};
	Report sum = {0};
	guint above = count_above(header);
	if (!read_above(header, above, &wanted, &sum)) {
		read_below(header, above, &wanted, &sum);
	}
	out->found = sum.well_formed;
	out->dkim_aligned = sum.dkim_aligned;
	out->dmarc_fail = sum.dmarc_fail;
	out->dmarc_pass = sum.dmarc_pass && !sum.dmarc_fail && !sum.dmarc_other;
}
