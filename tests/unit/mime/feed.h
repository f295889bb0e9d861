/* SPDX-License-Identifier: MPL-2.0 */
/* Pushing octets through sinks in every chunking that the tests want. */
#pragma once

#include "base/sink.h"
#include "t.h"

static const size_t feed_chunks[] = {SIZE_MAX, 1, 7};

/* Writes @data in chunks of @chunk octets and finishes; false with @error. */
static inline bool
feed_try(BaseSink *sink, BaseBytes data, size_t chunk, GError **error)
{
	for (size_t at = 0; at < data.n; at += chunk) {
		BaseBytes piece = base_bytes_slice(data, at, chunk);
		if (!base_sink_write(sink, piece, error)) {
			return false;
		}
		if (chunk > data.n - at) {
			break;
		}
	}
	return base_sink_finish(sink, error);
}

static inline void
feed(BaseSink *sink, BaseBytes data, size_t chunk)
{
	g_autoptr(GError) error = NULL;
	bool ok = feed_try(sink, data, chunk, &error);
	g_assert_no_error(error);
	g_assert_true(ok);
}

/* Calls @each with every mail of the shared corpus; false (and the test skipped) if it is not
 * there. */
static inline bool
feed_corpus(void (*each)(const char *path, BaseBytes mail, void *user), void *user)
{
	const char *shared = g_getenv("POSTSEAL_SHARED");
	static const char *const folders[] = {"ham", "hard-ham", "spam"};
	guint n = 0;
	for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *folder = g_build_filename(shared != NULL ? shared : "../shared",
							   "mail", folders[i], NULL);
		g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
		const char *name = NULL;
		while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
			g_autofree char *path = g_build_filename(folder, name, NULL);
			g_autofree char *text = NULL;
			gsize len = 0;
			g_assert_true(g_file_get_contents(path, &text, &len, NULL));
			each(path, base_bytes(text, len), user);
			n++;
		}
	}
	if (n == 0) {
		g_test_skip("no mail corpus: set POSTSEAL_SHARED");
	}
	return n > 0;
}
