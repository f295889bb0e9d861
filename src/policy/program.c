/* SPDX-License-Identifier: MPL-2.0 */
/* Which mail program wrote a message. */
#include "policy/program.h"

#include "policy/program_table.h"

#define VERSION_MAX 32U /* octets of a version that are kept */

const char *const *
policy_program_list(void)
{
	return POLICY_PROGRAMS;
}

static const char *
find_nocase(const char *text, const char *needle)
{
	size_t n = strlen(needle);
	for (const char *p = text; *p != '\0'; p++) {
		if (g_ascii_strncasecmp(p, needle, n) == 0) {
			return p;
		}
	}
	return NULL;
}

/* Digits, dots and letters of a build number, or NULL. */
static char *
version_at(const char *p)
{
	size_t n = strspn(p, "0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_");
	return n == 0 || !g_ascii_isdigit(p[0]) ? NULL : g_strndup(p, MIN(n, VERSION_MAX));
}

static bool
starts(const char *value, const char *text)
{
	return g_ascii_strncasecmp(value, text, strlen(text)) == 0;
}

static bool
contains(const char *value, const char *text)
{
	return find_nocase(value, text) != NULL;
}

static bool
ends(const char *value, const char *text)
{
	size_t all = strlen(value);
	size_t n = strlen(text);
	return n <= all && g_ascii_strcasecmp(value + all - n, text) == 0;
}

static bool
is(const char *value, const char *text)
{
	return g_ascii_strcasecmp(value, text) == 0;
}

static bool
present(const char *value G_GNUC_UNUSED, const char *text G_GNUC_UNUSED)
{
	return true;
}

static bool
tell_fits(const PolicyTell *tell, const char *value)
{
	static bool (*const FITS[])(const char *, const char *) = {
		[POLICY_STARTS] = starts, [POLICY_CONTAINS] = contains, [POLICY_ENDS] = ends,
		[POLICY_IS] = is,         [POLICY_PRESENT] = present,
	};

	return FITS[tell->match](value, tell->text);
}

static char *
version_in(const PolicyTell *tell, const char *value)
{
	const char *after =
		tell->version_after == NULL ? NULL : find_nocase(value, tell->version_after);
	return after == NULL ? NULL : version_at(after + strlen(tell->version_after));
}

PolicyProgram
policy_program_recognise(PolicyField field, const void *header)
{
	for (const PolicyTell *tell = POLICY_TELLS; tell->id != NULL; tell++) {
		const char *value = field(header, tell->field);
		if (value != NULL && tell_fits(tell, value)) {
			return (PolicyProgram){tell->id, version_in(tell, value), tell->field};
		}
	}
	return (PolicyProgram){NULL, NULL, NULL};
}

const char *
policy_program_of_client(const char *name)
{
	const PolicyTell *tell = POLICY_CLIENT_TELLS;
	while (tell->id != NULL && !tell_fits(tell, name)) {
		tell++;
	}
	return tell->id;
}

bool
policy_program_is_quiet(const char *id, const char *version)
{
	/* One that does not tell its version may be older than those that are quiet. */
	guint64 number = version == NULL ? 0 : g_ascii_strtoull(version, NULL, 10);
	for (const PolicyQuiet *quiet = POLICY_QUIET; id != NULL && quiet->id != NULL; quiet++) {
		if (strcmp(quiet->id, id) == 0 && number >= quiet->first && number <= quiet->last) {
			return true;
		}
	}
	return false;
}
