/* SPDX-License-Identifier: MPL-2.0 */
/* A table with an end: when it is full, it begins anew. */
#include "web/marks.h"

#define MARKS_MAX 4000U

struct WebMarks {
	GMutex lock;
	GHashTable *glances; /* key -> WebGlance */
};

void
web_glance_free(WebGlance *glance)
{
	if (glance != NULL) {
		g_free(glance->text);
		g_free(glance->subject);
		g_free(glance->address);
		g_free(glance->display);
		g_free(glance);
	}
}

static WebGlance *
glance_copy(const WebGlance *glance)
{
	WebGlance *copy = g_memdup2(glance, sizeof *glance);
	copy->text = g_strdup(glance->text);
	copy->subject = g_strdup(glance->subject);
	copy->address = g_strdup(glance->address);
	copy->display = g_strdup(glance->display);
	return copy;
}

static void
free_glance(gpointer glance)
{
	web_glance_free(glance);
}

WebMarks *
web_marks_new(void)
{
	WebMarks *marks = g_new0(WebMarks, 1);
	g_mutex_init(&marks->lock);
	marks->glances = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_glance);
	return marks;
}

void
web_marks_free(WebMarks *marks)
{
	if (marks != NULL) {
		g_hash_table_unref(marks->glances);
		g_mutex_clear(&marks->lock);
		g_free(marks);
	}
}

WebGlance *
web_marks_find(WebMarks *marks, const char *key)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&marks->lock);
	const WebGlance *found = g_hash_table_lookup(marks->glances, key);
	return found == NULL ? NULL : glance_copy(found);
}

void
web_marks_note(WebMarks *marks, const char *key, const WebGlance *glance)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&marks->lock);
	if (g_hash_table_size(marks->glances) >= MARKS_MAX) {
		g_hash_table_remove_all(marks->glances);
	}
	g_hash_table_replace(marks->glances, g_strdup(key), glance_copy(glance));
}

void
web_marks_forget(WebMarks *marks)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&marks->lock);
	g_hash_table_remove_all(marks->glances);
}
