/* SPDX-License-Identifier: MPL-2.0 */
/* Commands and responses, as far as a proxy has to understand them. */
#include "imap/command.h"

#include "imap/token.h"

void
imap_command_free(ImapCommand *command)
{
	if (command == NULL) {
		return;
	}
	g_free(command->tag);
	g_free(command->name);
	g_free(command);
}

static bool
is_tag_char(uint8_t c)
{
	return c != '+' && imap_is_astring_char(c);
}

/* Names of commands are letters; extensions and X-names have digits and a few marks as well. */
static bool
is_name_char(uint8_t c)
{
	return g_ascii_isalnum((char)c) || c == '-' || c == '_' || c == '.';
}

static char *
take_upper(BaseBytes *rest)
{
	BaseBytes span = imap_take_while(rest, is_name_char);
	return span.n == 0 ? NULL : g_ascii_strup((const char *)span.p, (gssize)span.n);
}

/* Behind a name: the one blank goes, the line end stays. */
static bool
take_separator(BaseBytes *rest)
{
	return imap_take_octet(rest, ' ') || imap_without_line_end(*rest).n == 0;
}

/* command = tag SP (name / "UID" SP name) [SP arguments] CRLF */
static bool
parse_name(ImapCommand *command, BaseBytes rest)
{
	g_autofree char *name = take_upper(&rest);
	if (name == NULL || !take_separator(&rest)) {
		return false;
	}
	command->uid = strcmp(name, "UID") == 0;
	if (command->uid) {
		g_free(name);
		name = take_upper(&rest);
		if (name == NULL || !take_separator(&rest)) {
			return false;
		}
	}
	command->name = g_steal_pointer(&name);
	command->args = rest;
	return true;
}

bool
imap_command_parse(BaseBytes octets, ImapCommand **out, GError **error)
{
	BaseBytes rest = octets;
	BaseBytes tag = imap_take_while(&rest, is_tag_char);
	bool has_end = octets.n > 0 && octets.p[octets.n - 1] == '\n';

	*out = NULL;
	bool tag_ends = rest.n > 0 && (rest.p[0] == ' ' || imap_without_line_end(rest).n == 0);
	if (tag.n == 0 || !tag_ends) {
		return base_fail(error, PS_ERROR_MALFORMED, "the command has no tag");
	}
	*out = g_new0(ImapCommand, 1);
	(*out)->tag = base_bytes_strdup(tag);
	if (!has_end || !imap_take_octet(&rest, ' ') || !parse_name(*out, rest)) {
		return base_fail(error, PS_ERROR_MALFORMED, "the command has no name");
	}
	return true;
}

/* A copy, unless there are octets that no C string holds. */
static char *
string_of(const ImapString *string)
{
	if (string->octets.n > 0 && memchr(string->octets.p, 0, string->octets.n) != NULL) {
		return NULL;
	}
	g_autoptr(GBytes) octets = imap_token_octets(string);
	return base_bytes_strdup(base_bytes_of(octets));
}

/* astring = 1*ASTRING-CHAR / string */
char *
imap_take_astring(BaseBytes *rest)
{
	BaseBytes at = *rest;
	ImapString string = {.octets = imap_take_while(&at, imap_is_astring_char)};

	if (string.octets.n == 0 && imap_take_string(&at, &string) != IMAP_TOKEN_WHOLE) {
		return NULL;
	}
	char *text = string_of(&string);
	if (text != NULL) {
		imap_take_octet(&at, ' ');
		*rest = at;
	}
	return text;
}

/* flag-perm = ["\"] atom / "\*"; "]" is let through because servers keep keywords that have it. */
char *
imap_take_atom(BaseBytes *rest)
{
	BaseBytes at = *rest;
	bool backslash = imap_take_octet(&at, '\\');
	BaseBytes word = imap_take_while(&at, imap_is_astring_char);
	bool star = backslash && word.n == 0 && imap_take_octet(&at, '*');

	if (word.n == 0 && !star) {
		return NULL;
	}
	char *atom = base_bytes_strdup(base_bytes_slice(*rest, 0, rest->n - at.n));
	imap_take_octet(&at, ' ');
	*rest = at;
	return atom;
}

/* "(" [atom *(SP atom)] ")" */
char **
imap_take_atoms(BaseBytes *rest)
{
	g_autoptr(GPtrArray) atoms = g_ptr_array_new_with_free_func(g_free);
	BaseBytes at = *rest;
	char *atom = NULL;

	if (!imap_take_octet(&at, '(')) {
		return NULL;
	}
	while ((atom = imap_take_atom(&at)) != NULL) {
		g_ptr_array_add(atoms, atom);
	}
	if (!imap_take_octet(&at, ')')) {
		return NULL;
	}
	imap_take_octet(&at, ' ');
	*rest = at;
	g_ptr_array_add(atoms, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&atoms), FALSE);
}

char *
imap_quote(const char *text)
{
	g_autoptr(GString) out = g_string_new("\"");

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\r' || *p == '\n' || (guchar)*p > 0x7f) {
			return NULL;
		}
		if (*p == '"' || *p == '\\') {
			g_string_append_c(out, '\\');
		}
		g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
	return g_string_free(g_steal_pointer(&out), FALSE);
}

bool
imap_response_is_status(const ImapResponse *response)
{
	static const char *const names[] = {"OK", "NO", "BAD", "BYE", "PREAUTH", NULL};
	return g_strv_contains(names, response->name) && !response->has_number;
}

bool
imap_response_has_code(const ImapResponse *response, const char *word)
{
	size_t n = strlen(word);
	BaseBytes code = response->code;
	return base_bytes_starts_nocase(code, word) && (code.n == n || code.p[n] == ' ');
}

/*
 * resp-text = ["[" resp-text-code "]" SP] [text]. The code ends at the first "]" outside quoted
 * strings and parentheses (keywords in PERMANENTFLAGS may have one), else at the first at all.
 */
static BaseBytes
code_of(BaseBytes text)
{
	BaseBytes group = {NULL, 0};
	BaseBytes rest = text;

	if (text.n == 0 || text.p[0] != '[') {
		return group;
	}
	if (imap_take_group(&rest, &group) == IMAP_TOKEN_WHOLE) {
		return base_bytes_slice(group, 1, group.n - 2);
	}
	size_t end = base_bytes_find(text, BASE_LIT("]"));
	return end == SIZE_MAX ? (BaseBytes){NULL, 0} : base_bytes_slice(text, 1, end - 1);
}

static bool
parse_untagged(BaseBytes rest, ImapResponse *out)
{
	uint64_t number = 0;

	if (imap_take_number(&rest, G_MAXUINT32, &number)) {
		out->has_number = true;
		out->number = (guint32)number;
		if (!imap_take_octet(&rest, ' ')) {
			return false;
		}
	}
	out->kind = IMAP_UNTAGGED;
	out->rest = rest;
	return true;
}

static bool
parse_name_and_rest(ImapResponse *out)
{
	BaseBytes rest = out->rest;
	BaseBytes name = imap_take_while(&rest, is_name_char);

	if (name.n == 0 || g_ascii_isdigit((char)name.p[0]) ||
	    (rest.n > 0 && !imap_take_octet(&rest, ' '))) {
		return false;
	}
	for (size_t i = 0; i < name.n && name.n < sizeof(out->name); i++) {
		out->name[i] = g_ascii_toupper((char)name.p[i]);
	}
	out->rest = rest;
	if (imap_response_is_status(out)) {
		out->code = code_of(rest);
	}
	return true;
}

/*
 *	response = "+" SP text / "*" SP [number SP] name [SP data] / tag SP name [SP text]
 *
 * "+" alone is what some servers say for "+ ".
 */
void
imap_response_parse(BaseBytes line, ImapResponse *out)
{
	BaseBytes rest = imap_without_line_end(line);
	bool ok = false;

	*out = (ImapResponse){.kind = IMAP_BROKEN};
	if (imap_take_octet(&rest, '+')) {
		if (rest.n == 0 || imap_take_octet(&rest, ' ')) {
			*out = (ImapResponse){.kind = IMAP_CONTINUE, .rest = rest};
		}
		return;
	}
	if (imap_take_octet(&rest, '*')) {
		ok = imap_take_octet(&rest, ' ') && parse_untagged(rest, out);
	} else {
		out->kind = IMAP_TAGGED;
		out->tag = imap_take_while(&rest, is_tag_char);
		ok = out->tag.n > 0 && imap_take_octet(&rest, ' ');
		out->rest = rest;
	}
	if (!ok || !parse_name_and_rest(out)) {
		*out = (ImapResponse){.kind = IMAP_BROKEN};
	}
}
