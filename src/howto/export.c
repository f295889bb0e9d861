/* SPDX-License-Identifier: MPL-2.0 */
/* The whole site as files. */
#include "howto/compose.h"
#include "howto/howto.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>

#define DOOR   "index.html"
#define MARK   "how-to/nginx.conf"
#define N_REST 6U /* files of write_rest() and the door */

typedef struct {
	const char *dir;
	HowtoSite site;
	HowtoProgressFunc progress; /* NULL: nobody looks */
	gpointer watcher;
	guint total;
	HowtoExported *done;
	GError **error;
} Export;

/*
 * Not by way of a temporary file: these are thousands, and all can be made again. What was there is
 * removed first: file systems wait for the disk when a file is cut to nothing and written again.
 */
static bool
write_text(const char *name, const char *text)
{
	if (g_unlink(name) != 0 && errno != ENOENT) {
		return false;
	}
	FILE *file = g_fopen(name, "wbe");
	if (file == NULL && errno == ENOENT) {
		g_autofree char *folder = g_path_get_dirname(name);
		file = g_mkdir_with_parents(folder, 0755) == 0 ? g_fopen(name, "wbe") : NULL;
	}
	if (file == NULL) {
		return false;
	}
	bool written = fputs(text, file) >= 0;
	written = fclose(file) == 0 && written;
	int why = errno;
	if (!written) {
		g_unlink(name);
		errno = why;
	}
	return written;
}

static guint
count_files(void)
{
	guint programs = HOWTO_N_PROGRAMS + 1;
	guint pages = 1 + g_strv_length((char **)(guintptr)howto_states());
	return HOWTO_LANGUAGES * (2 + programs * (2 + programs * pages)) + N_REST;
}

static bool
write_file(Export *export, const char *path, const char *text)
{
	g_autofree char *name = g_build_filename(export->dir, path, NULL);
	if (!write_text(name, text)) {
		return base_fail(export->error, PS_ERROR_IO, "%s: %s", name, g_strerror(errno));
	}
	export->done->pages++;
	export->done->octets += strlen(text);
	if (export->progress != NULL) {
		export->progress(export->done->pages, export->total, export->watcher);
	}
	return true;
}

static bool
write_place(Export *export, const HowtoPlace *place)
{
	g_autofree char *path = howto_place_path(place);
	g_autofree char *file = g_strconcat(path, "index.html", NULL);
	g_autofree char *text = howto_compose(place, &export->site, false);
	return write_file(export, file, text);
}

static const HowtoProgram *
program_at(guint i)
{
	return i < HOWTO_N_PROGRAMS ? &HOWTO_PROGRAMS[i] : &HOWTO_ANY;
}

static bool
write_pair(Export *export, HowtoPlace place)
{
	place.kind = HOWTO_PLACE_PAIR;
	if (!write_place(export, &place)) {
		return false;
	}
	place.kind = HOWTO_PLACE_PAGE;
	for (const char *const *state = howto_states(); *state != NULL; state++) {
		place.state = *state;
		if (!write_place(export, &place)) {
			return false;
		}
	}
	return true;
}

static bool
write_program(Export *export, HowtoPlace place)
{
	static const HowtoPlaceKind KINDS[] = {HOWTO_PLACE_PROGRAM, HOWTO_PLACE_FROM};
	for (guint i = 0; i < G_N_ELEMENTS(KINDS); i++) {
		place.kind = KINDS[i];
		if (!write_place(export, &place)) {
			return false;
		}
	}
	for (guint i = 0; i <= HOWTO_N_PROGRAMS; i++) {
		place.to = (HowtoSide){program_at(i), 0};
		if (!write_pair(export, place)) {
			return false;
		}
	}
	return true;
}

static bool
write_language(Export *export, const char *language)
{
	HowtoPlace place = {.kind = HOWTO_PLACE_FIND, .language = language};
	if (!write_place(export, &place)) {
		return false;
	}
	for (guint i = 0; i <= HOWTO_N_PROGRAMS; i++) {
		place.from = (HowtoSide){program_at(i), 0};
		if (!write_program(export, place)) {
			return false;
		}
	}
	return true;
}

static HowtoPlace
index_in(guint language)
{
	return (HowtoPlace){.kind = HOWTO_PLACE_INDEX, .language = HOWTO_CODES[language]};
}

/* What is not a page of /how-to/: style, script, rules for web servers, the page of last resort.
 * The mark stands first: an export that was not finished can be made again. */
static bool
write_rest(Export *export)
{
	const HowtoPlace index = index_in(HOWTO_EN);
	g_autofree char *missing = howto_compose(&index, &export->site, true);
	g_autofree char *apache = howto_rules_apache(export->site.base);
	g_autofree char *nginx = howto_rules_nginx(export->site.base);
	return write_file(export, MARK, nginx) && write_file(export, "404.html", missing) &&
	       write_file(export, "how-to/.htaccess", apache) &&
	       write_file(export, "how-to/style.css", HOWTO_STYLE) &&
	       write_file(export, "how-to/find.js", HOWTO_SCRIPT);
}

/* The ways in stand last: a site that was not finished has none. */
static bool
close_doors(const Export *export)
{
	g_autofree char *door = g_build_filename(export->dir, DOOR, NULL);
	bool closed = g_unlink(door) == 0 || errno == ENOENT;
	for (guint i = 0; closed && i < HOWTO_LANGUAGES; i++) {
		const HowtoPlace index = index_in(i);
		g_autofree char *path = howto_place_path(&index);
		g_autofree char *name = g_build_filename(export->dir, path, DOOR, NULL);
		closed = g_unlink(name) == 0 || errno == ENOENT;
	}
	return closed ||
	       base_fail(export->error, PS_ERROR_IO, "%s: %s", export->dir, g_strerror(errno));
}

static bool
open_doors(Export *export)
{
	static const char TEXT[] =
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"refresh\" content=\"0; url=how-to/index.html\">\n"
		"<title>How to encrypt mail</title>\n</head>\n<body>\n<main>\n"
		"<h1>How to encrypt mail</h1>\n"
		"<p><a href=\"how-to/index.html\">English</a></p>\n"
		"<p lang=\"de\"><a href=\"how-to/de/index.html\">Deutsch</a></p>\n"
		"</main>\n</body>\n</html>\n";
	for (guint i = 0; i < HOWTO_LANGUAGES; i++) {
		const HowtoPlace index = index_in(i);
		if (!write_place(export, &index)) {
			return false;
		}
	}
	return write_file(export, DOOR, TEXT);
}

static bool
is_earlier_export(const char *dir)
{
	char line[128] = "";
	g_autofree char *name = g_build_filename(dir, MARK, NULL);
	g_autofree char *rules = howto_rules_nginx(NULL);
	FILE *file = g_fopen(name, "rbe");
	if (file == NULL) {
		return false;
	}
	bool marked = fgets(line, sizeof(line), file) != NULL &&
		      strncmp(line, rules, strcspn(rules, "\n")) == 0;
	(void)fclose(file);
	return marked;
}

/* Thousands of files among a person's own could hardly be found again. */
static bool
may_fill(const char *dir, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GDir) folder = g_dir_open(dir, 0, &reason);
	if (folder == NULL) {
		return base_fail(error, PS_ERROR_CREATE, "%s", reason->message);
	}
	return g_dir_read_name(folder) == NULL || is_earlier_export(dir) ||
	       base_fail(error, PS_ERROR_EXISTS,
			 "%s has other files: name an empty folder, or one with an earlier export",
			 dir);
}

static bool
is_base(const char *base)
{
	g_autoptr(GUri) uri = g_uri_parse(base, G_URI_FLAGS_NONE, NULL);
	const char *scheme = uri == NULL ? NULL : g_uri_get_scheme(uri);
	return scheme != NULL && g_str_has_prefix(scheme, "http") &&
	       (scheme[4] == '\0' || strcmp(scheme, "https") == 0) && g_uri_get_host(uri) != NULL &&
	       *g_uri_get_host(uri) != '\0' && g_uri_get_query(uri) == NULL &&
	       g_uri_get_fragment(uri) == NULL && !g_str_has_suffix(base, "/");
}

bool
howto_export(const char *dir, const char *base, HowtoProgressFunc progress, gpointer watcher,
	     HowtoExported *out, GError **error)
{
	HowtoExported done = {0, 0};
	Export export = {
		dir, {.files = true, .base = base}, progress, watcher, count_files(), &done, error};
	if (base != NULL && !is_base(base)) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "%s is no address like https://example.org/folder", base);
	}
	if (g_mkdir_with_parents(dir, 0755) != 0) {
		return base_fail(error, PS_ERROR_CREATE, "%s: %s", dir, g_strerror(errno));
	}
	if (!may_fill(dir, error) || !close_doors(&export) || !write_rest(&export)) {
		return false;
	}
	for (guint i = 0; i < HOWTO_LANGUAGES; i++) {
		if (!write_language(&export, HOWTO_CODES[i])) {
			return false;
		}
	}
	if (!open_doors(&export)) {
		return false;
	}
	*out = done;
	return true;
}
