/* SPDX-License-Identifier: MPL-2.0 */
/* The whole site as files. */
#include "howto/compose.h"
#include "howto/howto.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>

typedef struct {
	const char *dir;
	HowtoSite site;
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
	if (file == NULL) {
		return false;
	}
	bool written = fputs(text, file) >= 0;
	return fclose(file) == 0 && written;
}

static bool
write_file(Export *export, const char *path, const char *text)
{
	g_autofree char *name = g_build_filename(export->dir, path, NULL);
	g_autofree char *folder = g_path_get_dirname(name);
	if (g_mkdir_with_parents(folder, 0755) != 0) {
		return base_fail(export->error, PS_ERROR_CREATE, "%s: %s", folder,
				 g_strerror(errno));
	}
	if (!write_text(name, text)) {
		return base_fail(export->error, PS_ERROR_IO, "%s: %s", name, g_strerror(errno));
	}
	export->done->pages++;
	export->done->octets += strlen(text);
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
	HowtoPlace place = {.kind = HOWTO_PLACE_INDEX, .language = language};
	HowtoPlace find = {.kind = HOWTO_PLACE_FIND, .language = language};
	if (!write_place(export, &place) || !write_place(export, &find)) {
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

/* What is not a page of /how-to/: the door, style, script, rules for web servers. */
static bool
write_rest(Export *export)
{
	static const char DOOR[] =
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"refresh\" content=\"0; url=how-to/index.html\">\n"
		"<title>How to encrypt mail</title>\n</head>\n<body>\n<main>\n"
		"<h1>How to encrypt mail</h1>\n"
		"<p><a href=\"how-to/index.html\">English</a></p>\n"
		"<p lang=\"de\"><a href=\"how-to/de/index.html\">Deutsch</a></p>\n"
		"</main>\n</body>\n</html>\n";
	/* Versions in addresses: every page is there for the plain program. */
	static const char APACHE[] =
		"RedirectMatch 302 \"^(.*/(?:encrypt|program)/(?:[a-z-]+/)?[a-z]+(?:-[a-z]+)*)"
		"-[0-9][0-9A-Za-z._-]*(/.*)?$\" \"$1$2\"\n";
	const HowtoPlace index = {.kind = HOWTO_PLACE_INDEX, .language = HOWTO_CODES[HOWTO_EN]};
	g_autofree char *missing = howto_compose(&index, &export->site, true);
	return write_file(export, "index.html", DOOR) && write_file(export, "404.html", missing) &&
	       write_file(export, "how-to/.htaccess", APACHE) &&
	       write_file(export, "how-to/style.css", HOWTO_STYLE) &&
	       write_file(export, "how-to/find.js", HOWTO_SCRIPT);
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
howto_export(const char *dir, const char *base, HowtoExported *out, GError **error)
{
	HowtoExported done = {0, 0};
	Export export = {dir, {.files = true, .base = base}, &done, error};
	if (base != NULL && !is_base(base)) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "%s is no address like https://example.org/folder", base);
	}
	if (!write_rest(&export)) {
		return false;
	}
	for (guint i = 0; i < HOWTO_LANGUAGES; i++) {
		if (!write_language(&export, HOWTO_CODES[i])) {
			return false;
		}
	}
	*out = done;
	return true;
}
