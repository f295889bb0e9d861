/* SPDX-License-Identifier: MPL-2.0 */
/* Mailboxes made for the benchmark: ordinary text, ordinary header fields, now and then a link. */
#include "mailbox.h"

#include "bench.h"
#include "people.h"

#include <postseal/postseal.h>

#define PEOPLE  500U
#define SIGNERS 20U
#define OCTETS  10240U
#define START   INT64_C(1760000000)
#define APART   500 /* seconds */

/* Of those who sign the first ones of the store's people, of the others every 50th: 480 domains. */
static char *
sender_of(guint i, bool is_signed)
{
	return bench_people_address(is_signed ? i % SIGNERS : bench_mix(i) % PEOPLE * 50);
}

static void
add_lines(GString *out, guint i)
{
	guint64 random = bench_mix(i + ((guint64)1 << 40));
	guint line = 0;

	while (out->len < OCTETS) {
		gsize start = out->len;

		if (++line == 20 && i % 4 == 0) {
			g_autofree char *domain = bench_people_domain(random % 100000);

			g_string_append_printf(out, "https://www.%s/news?id=%u\r\n", domain, i);
		}
		while (out->len - start < 68) {
			random = bench_mix(random);
			g_string_append_printf(out, "%.*s ", (int)(2 + random % 8),
					       &"onetherisandatenourishesto"[random % 18]);
		}
		g_string_append(out, "\r\n");
	}
}

static GBytes *
message_of(guint i, bool is_signed)
{
	g_autofree char *sender = sender_of(i, is_signed);
	g_autofree char *id = g_strdup_printf("%x.%d", i, is_signed);
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(START + (gint64)i * APART);
	g_autofree char *date = g_date_time_format(time, "%a, %d %b %Y %H:%M:%S +0000");
	GString *out = g_string_new(NULL);

	if (!is_signed) {
		g_string_append_printf(
			out,
			"Return-Path: <%s>\r\nReceived: from mx.example.net "
			"(mx.example.net [192.0.2.7])\r\n\tby mail.example.org with ESMTPS"
			" id %s;\r\n\t%s\r\n",
			sender, id, date);
	}
	g_string_append_printf(
		out,
		"From: Somebody <%s>\r\nTo: Bob <bob@example.org>\r\n"
		"Subject: About %u things\r\nDate: %s\r\nMessage-ID: <%s@example.net>\r\n"
		"User-Agent: Mozilla Thunderbird\r\nMIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n\r\n",
		sender, i, date, id);
	add_lines(out, i);
	return g_string_free_to_bytes(out);
}

static GBytes *
signed_of(PsEngine *engine, guint i)
{
	g_autofree char *sender = sender_of(i, true);
	g_autoptr(GBytes) plain = message_of(i, true);
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(plain);
	g_autoptr(PsRequest) request = ps_request_new();
	g_autoptr(GOutputStream) out = g_memory_output_stream_new_resizable();
	g_autoptr(PsOutcome) outcome = NULL;

	ps_engine_set_time(engine, START + (gint64)i * APART);
	ps_request_set_from(request, sender);
	ps_request_set_level(request, PS_LEVEL_SIGNED);
	outcome = ps_engine_protect(engine, message, request, NULL);
	bench_must(outcome != NULL && outcome->refused == NULL && outcome->copies->len == 1 &&
			   ps_copy_write(outcome->copies->pdata[0], out, NULL) &&
			   g_output_stream_close(out, NULL, NULL),
		   "cannot sign a message");
	return g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(out));
}

static PsEngine *
open_senders(const char *dir)
{
	g_autofree char *home = g_build_filename(dir, "senders", NULL);
	PsEngine *engine = ps_engine_new(home);

	ps_engine_set_time(engine, START);
	for (guint i = 0; i < SIGNERS; i++) {
		g_autofree char *sender = sender_of(i, true);
		g_autoptr(PsAccount) known = ps_engine_get_account(engine, sender, NULL);
		g_autoptr(PsAccount) account =
			known != NULL
				? NULL
				: ps_engine_add_account(engine, sender, "Somebody", PS_PROFILE_P256,
							PS_MODE_SIGNATURE, NULL);

		bench_must(known != NULL || account != NULL, "cannot make an account");
	}
	return engine;
}

GBytes *
bench_mailbox_signed(const char *dir)
{
	g_autoptr(PsEngine) engine = open_senders(dir);

	return signed_of(engine, 0);
}

static void
write_message(const char *folder, guint i, GBytes *message)
{
	g_autofree char *file =
		g_strdup_printf("%" G_GINT64_FORMAT ".%u.bench:2,S", START + (gint64)i * APART, i);
	g_autofree char *path = g_build_filename(folder, file, NULL);
	BaseBytes octets = base_bytes_of(message);

	bench_must(g_file_set_contents_full(path, (const char *)octets.p, (gssize)octets.n,
					    G_FILE_SET_CONTENTS_NONE, 0600, NULL),
		   "cannot write a file");
}

void
bench_mailbox_make(const char *dir, const char *name, guint n, guint per_cent)
{
	g_autofree char *folder = g_build_filename(dir, name, "cur", NULL);
	g_autoptr(PsEngine) engine = per_cent == 0 ? NULL : open_senders(dir);

	bench_must(g_mkdir_with_parents(folder, 0700) == 0, "cannot make a folder");
	for (guint i = 0; i < n; i++) {
		bool is_signed = i % 100 < per_cent;
		g_autoptr(GBytes) message = is_signed ? signed_of(engine, i) : message_of(i, false);

		write_message(folder, i, message);
	}
}
