/* SPDX-License-Identifier: MPL-2.0 */
/* Rules for web servers: versions, unknown programs and the form, as the daemon answers them. */
#include "howto/compose.h"
#include "howto/data.h"

/* All identifiers as alternatives of a regular expression. (transfer full) */
static char *
all_programs(void)
{
	g_autofree char *named = g_strjoinv("|", (char **)(guintptr)HOWTO_PROGRAM_IDS);
	return g_strconcat(HOWTO_ANY.id, "|", named, NULL);
}

/* What stands before /how-to/ in a path: "/folder", "". (transfer full) */
static char *
folder_of(const char *base)
{
	g_autoptr(GUri) uri = base == NULL ? NULL : g_uri_parse(base, G_URI_FLAGS_NONE, NULL);
	return g_strdup(uri == NULL ? "" : g_uri_get_path(uri));
}

static const char APACHE[] =
	"# Versions behind programs, programs that these pages do not know, and the form.\n"
	"# Needs \"AllowOverride FileInfo\" and mod_alias; the form needs mod_rewrite, too.\n"
	"ErrorDocument 404 {folder}/404.html\n"
	"RedirectMatch 302 \"^(.*/(?:encrypt|program)/(?:[a-z-]+/)?[a-z]+(?:-[a-z]+)*)"
	"-[0-9][0-9A-Za-z._-]*(/.*)?$\" \"$1$2\"\n"
	"RedirectMatch 302 \"^(.*/(?:encrypt|program)/)(?!(?:{programs})(?:/|$))"
	"[a-z]+(?:-[a-z]+)*(/.*)?$\" \"$1any$2\"\n"
	"RedirectMatch 302 \"^(.*/encrypt/[a-z-]+/)(?!(?:{programs})(?:/|$))"
	"[a-z]+(?:-[a-z]+)*(/.*)?$\" \"$1any$2\"\n"
	"<IfModule mod_rewrite.c>\n"
	"RewriteEngine On\n"
	"RewriteCond \"%{REQUEST_URI}?%{QUERY_STRING}\" "
	"\"^(.*/)find/(?:index\\.html)?\\?from=([a-z-]+)&to=([a-z-]+)&state=([a-z-]+)$\"\n"
	"RewriteRule \"^\" \"%1encrypt/%2/%3/%4/\" [R=302,L,QSD]\n"
	"</IfModule>\n";

static const char NGINX[] =
	"# To be included in a server block; \"root\" is the folder of the export.\n"
	"# Versions behind programs, programs that these pages do not know, and the form.\n"
	"location {folder}/how-to/ {\n"
	"\tindex index.html;\n"
	"\tabsolute_redirect off;\n"
	"\terror_page 404 {folder}/404.html;\n"
	"\trewrite \"^(.*/(?:encrypt|program)/(?:[a-z-]+/)?[a-z]+(?:-[a-z]+)*)"
	"-[0-9][0-9A-Za-z._-]*(/.*)?$\" $1$2 redirect;\n"
	"\trewrite \"^(.*/(?:encrypt|program)/)(?!(?:{programs})(?:/|$))"
	"[a-z]+(?:-[a-z]+)*(/.*)?$\" $1any$2 redirect;\n"
	"\trewrite \"^(.*/encrypt/[a-z-]+/)(?!(?:{programs})(?:/|$))"
	"[a-z]+(?:-[a-z]+)*(/.*)?$\" $1any$2 redirect;\n"
	"\tif ($args ~ \"^from=[a-z-]+&to=[a-z-]+&state=[a-z-]+$\") {\n"
	"\t\trewrite \"^(.*/)find/(?:index\\.html)?$\" "
	"$1encrypt/$arg_from/$arg_to/$arg_state/? redirect;\n"
	"\t}\n"
	"}\n";

static char *
fill(const char *rules, const char *base)
{
	g_autofree char *programs = all_programs();
	g_autofree char *folder = folder_of(base);
	GString *filled = g_string_new(rules);
	g_string_replace(filled, "{programs}", programs, 0);
	g_string_replace(filled, "{folder}", folder, 0);
	return g_string_free(filled, FALSE);
}

char *
howto_rules_apache(const char *base)
{
	return fill(APACHE, base);
}

char *
howto_rules_nginx(const char *base)
{
	return fill(NGINX, base);
}
