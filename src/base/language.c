/* SPDX-License-Identifier: MPL-2.0 */
/* Catalogues are the MO files that msgfmt makes of po/CODE.po, built in. */
#include "base/language.h"

#include "base/languages.h"
#include <gio/gio.h>
#include <string.h>

#define MO_MAGIC 0x950412deU /* GNU gettext manual, "The Format of GNU MO Files" */

typedef struct {
	guint32 length;
	guint32 offset;
} MoEntry;

static const char *const CODES[] = {"en", "de", NULL};

/* English is what stands in the sources: no catalogue, and all of them have two forms, "one" and
 * "other" (n != 1). */
static GHashTable *catalogues[G_N_ELEMENTS(CODES)];
static _Thread_local const char *chosen; /* NULL: English */

const char *const *
base_language_list(void)
{
	return CODES;
}

/* The place of the texts @index of the table at @table; the file is our own build's. */
static const char *
mo_text(const char *mo, guint32 table, guint32 index)
{
	MoEntry entry;
	memcpy(&entry, mo + table + index * sizeof(MoEntry), sizeof entry);
	return mo + entry.offset;
}

/* Original text (of a plural the singular) -> translations, each with its NUL. */
static GHashTable *
read_catalogue(const char *code)
{
	GHashTable *texts = g_hash_table_new(g_str_hash, g_str_equal);
	g_autofree char *path = g_strdup_printf("/postseal/languages/%s.mo", code);
	g_autoptr(GBytes) file =
		g_resource_lookup_data(base_languages_get_resource(), path, 0, NULL);
	guint32 head[5] = {0}; /* magic, revision, number, originals, translations */
	if (file != NULL && g_bytes_get_size(file) >= sizeof head) {
		memcpy(head, g_bytes_get_data(file, NULL), sizeof head);
	}
	const char *mo = file == NULL ? NULL : g_bytes_get_data(file, NULL);
	for (guint32 i = 0; head[0] == MO_MAGIC && i < head[2]; i++) {
		g_hash_table_insert(texts, (gpointer)(guintptr)mo_text(mo, head[3], i),
				    (gpointer)(guintptr)mo_text(mo, head[4], i));
	}
	return texts; /* the octets are part of the program */
}

static GHashTable *
catalogue_of(const char *code)
{
	static GMutex lock;
	for (guint i = 1; CODES[i] != NULL; i++) {
		if (CODES[i] == code) {
			g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&lock);
			if (catalogues[i] == NULL) {
				catalogues[i] = read_catalogue(code);
			}
			return catalogues[i];
		}
	}
	return NULL;
}

/* "de" of "de", "de_AT" and "de_AT.UTF-8"; NULL without a catalogue. */
static const char *
known_code(const char *name)
{
	size_t n = strcspn(name, "_-.@");
	for (guint i = 0; CODES[i] != NULL; i++) {
		if (strlen(CODES[i]) == n && g_ascii_strncasecmp(CODES[i], name, n) == 0) {
			return CODES[i];
		}
	}
	return NULL;
}

void
base_language_use(const char *name)
{
	const char *code = name == NULL ? NULL : known_code(name);
	chosen = code == NULL ? CODES[0] : code;
}

const char *
base_language_code(void)
{
	return chosen == NULL ? CODES[0] : chosen;
}

const char *
base_language_text(const char *text)
{
	GHashTable *texts = catalogue_of(base_language_code());
	const char *found = texts == NULL ? NULL : g_hash_table_lookup(texts, text);
	return found == NULL || *text == '\0' ? text : found;
}

const char *
base_language_plural(const char *one, const char *many, unsigned long n)
{
	GHashTable *texts = catalogue_of(base_language_code());
	const char *found = texts == NULL ? NULL : g_hash_table_lookup(texts, one);
	if (found == NULL) {
		return n == 1 ? one : many;
	}
	return n == 1 ? found : found + strlen(found) + 1;
}
