/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Holding messages. The engine spools what it reads from a pipe, encrypted under a key that only
 * this process has: so a large message goes through a pipe, whose other end a thread reads.
 */
#include "proxy/pop3_hold.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include <fcntl.h>
#include <unistd.h>

struct Pop3Hold {
	BaseSink sink;
	GByteArray *memory; /* all, or the beginning if there is a pipe */
	int pipe;           /* -1: none */
	GThread *reader;
	bool failed;
};

typedef struct {
	int fd;
	PsMessage *message;
	GError *error;
} Spooled;

static void
spooled_free(Spooled *spooled)
{
	g_clear_object(&spooled->message);
	g_clear_error(&spooled->error);
	g_free(spooled);
}

static gpointer
spool(gpointer data)
{
	Spooled *spooled = data;
	g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", spooled->fd);
	g_autofree uint8_t *rest = g_malloc(BASE_LIMIT_BLOCK);

	spooled->message = ps_message_new_from_path(path, &spooled->error);
	while (spooled->message == NULL && read(spooled->fd, rest, BASE_LIMIT_BLOCK) > 0) {
		/* else whoever writes would wait for ever */
	}
	(void)close(spooled->fd);
	return spooled;
}

static void
start_pipe(Pop3Hold *hold)
{
	int ends[2];
	Spooled *spooled;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		hold->failed = true;
		return;
	}
	spooled = g_new0(Spooled, 1);
	spooled->fd = ends[0];
	hold->pipe = ends[1];
	hold->reader = g_thread_try_new("pop3-spool", spool, spooled, NULL);
	if (hold->reader == NULL) {
		(void)close(ends[0]);
		spooled_free(spooled);
	}
	hold->failed = hold->reader == NULL ||
		       !file_write(hold->pipe, base_bytes_of_array(hold->memory), NULL);
}

static bool
hold_write(BaseSink *sink, BaseBytes data, GError **error G_GNUC_UNUSED)
{
	Pop3Hold *hold = (Pop3Hold *)sink;
	bool fits = hold->pipe < 0 && data.n <= BASE_LIMIT_SPOOL_MEMORY - hold->memory->len;

	if (hold->failed || data.n == 0) {
		return true;
	}
	if (fits) {
		g_byte_array_append(hold->memory, data.p, (guint)data.n);
		return true;
	}
	if (hold->pipe < 0) {
		start_pipe(hold);
	}
	hold->failed = hold->failed || !file_write(hold->pipe, data, NULL);
	return true;
}

Pop3Hold *
pop3_hold_new(void)
{
	static const BaseSinkClass klass = {hold_write, NULL, NULL};
	Pop3Hold *hold = g_new0(Pop3Hold, 1);

	hold->sink.klass = &klass;
	hold->memory = g_byte_array_new();
	hold->pipe = -1;
	return hold;
}

/* NULL if there was no pipe. */
static Spooled *
end_pipe(Pop3Hold *hold)
{
	if (hold->pipe < 0) {
		return NULL;
	}
	(void)close(hold->pipe);
	hold->pipe = -1;
	return hold->reader == NULL ? NULL : g_thread_join(hold->reader);
}

void
pop3_hold_free(Pop3Hold *hold)
{
	if (hold != NULL) {
		g_clear_pointer(&hold->memory, g_byte_array_unref);
		g_autofree Spooled *spooled = end_pipe(hold);
		if (spooled != NULL) {
			spooled_free(g_steal_pointer(&spooled));
		}
		g_free(hold);
	}
}

BaseSink *
pop3_hold_sink(Pop3Hold *hold)
{
	return &hold->sink;
}

BaseBytes
pop3_hold_head(const Pop3Hold *hold)
{
	return base_bytes_of_array(hold->memory);
}

PsMessage *
pop3_hold_take(Pop3Hold *hold, GError **error)
{
	Spooled *spooled = end_pipe(hold);
	PsMessage *message = NULL;

	if (spooled != NULL) {
		message = g_steal_pointer(&spooled->message);
		if (message == NULL) {
			g_propagate_error(error, g_steal_pointer(&spooled->error));
		}
		spooled_free(spooled);
	} else if (!hold->failed) {
		g_autoptr(GBytes) bytes =
			g_byte_array_free_to_bytes(g_steal_pointer(&hold->memory));
		hold->memory = g_byte_array_new();
		message = ps_message_new_from_bytes(bytes);
	}
	if (message == NULL && (error == NULL || *error == NULL)) {
		base_fail(error, PS_ERROR_IO, "the message cannot be held");
	}
	return message;
}
