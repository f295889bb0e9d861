/* SPDX-License-Identifier: MPL-2.0 */
/* People with homes of their own, who write to each other through the public API. */
#pragma once

#include "../store/temp.h"
#include "mime/header.h"
#include <postseal/postseal.h>

#define ALICE "alice@example.org"
#define BOB   "bob@example.net"
#define CAROL "carol@example.com"

typedef struct {
	char *home;
	PsEngine *engine;
} Person;

static inline Person
person_stranger(void)
{
	char *home = temp_dir();
	return (Person){home, ps_engine_new(home)};
}

/* With an account. */
static inline Person
person_new(const char *address)
{
	Person person = person_stranger();
	g_autoptr(GError) error = NULL;
	g_autoptr(PsAccount) account = ps_engine_add_account(person.engine, address, NULL,
							     PS_PROFILE_P256, PS_MODE_AUTO, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(account->address, ==, address);
	return person;
}

static inline void
person_clear(Person *person)
{
	g_clear_object(&person->engine);
	g_clear_pointer(&person->home, temp_remove);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Person, person_clear)

/* Lets the person live so many hours from now. */
static inline void
person_at(Person *person, int hours)
{
	ps_engine_set_time(person->engine, g_get_real_time() / G_USEC_PER_SEC + hours * 3600);
}

static inline PsMessage *
message_of(const char *text)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
	return ps_message_new_from_bytes(bytes);
}

/* @fields: further lines, each with its LF; "" for none. */
static inline char *
mail_text(const char *from, const char *to, const char *subject, const char *fields)
{
	static guint number;
	return g_strdup_printf("From: %s\nTo: %s\nSubject: %s\nMessage-ID: <%u@%s.test>\n%s\nHi.\n",
			       from, to, subject, ++number, from, fields);
}

/* What is decided about @text; @level PS_LEVEL_AUTO leaves it to the message. */
static inline PsOutcome *
outcome_of(Person *person, const char *text, PsLevel level)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = message_of(text);
	g_autoptr(PsRequest) request = ps_request_new();
	ps_request_set_level(request, level);
	PsOutcome *outcome = ps_engine_protect(person->engine, message, request, &error);
	g_assert_no_error(error);
	return outcome;
}

static inline char *
stream_text(GOutputStream *stream)
{
	g_output_stream_close(stream, NULL, NULL);
	g_autoptr(GBytes) bytes =
		g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(stream));
	gsize n = g_bytes_get_size(bytes);
	return n == 0 ? g_strdup("") : g_strndup(g_bytes_get_data(bytes, NULL), n);
}

static inline char *
copy_text(PsOutcome *outcome, guint index)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(outcome->refused);
	g_assert_cmpuint(index, <, outcome->copies->len);
	g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
	ps_copy_write(g_ptr_array_index(outcome->copies, index), stream, &error);
	g_assert_no_error(error);
	return stream_text(stream);
}

/* The only copy of @text as it leaves. */
static inline char *
sent(Person *person, const char *text, PsLevel level)
{
	g_autoptr(PsOutcome) outcome = outcome_of(person, text, level);
	g_assert_cmpstr(outcome->refused, ==, NULL);
	g_assert_cmpuint(outcome->copies->len, ==, 1);
	char *text_sent = copy_text(outcome, 0);
	ps_engine_note_sent(person->engine, g_ptr_array_index(outcome->copies, 0));
	return text_sent;
}

/* Opens and learns; @view (may be NULL) takes the readable message. */
static inline PsVerdict *
received(Person *person, const char *text, char **view)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = message_of(text);
	g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
	PsVerdict *verdict = ps_engine_open(person->engine, message, stream, TRUE, &error);
	g_assert_no_error(error);
	g_autofree char *opened = stream_text(stream);
	if (view != NULL) {
		*view = g_steal_pointer(&opened);
	}
	return verdict;
}

static inline void
person_learns(Person *person, const char *text)
{
	g_autoptr(PsVerdict) verdict = received(person, text, NULL);
	g_assert_true(ps_verdict_get_signature_valid(verdict) ||
		      strstr(text, "Postseal-Key") != NULL);
}

/* Each learns the other's key from a first message. */
static inline void
people_meet(Person *one, const char *one_is, Person *other, const char *other_is)
{
	g_autofree char *there = mail_text(one_is, other_is, "hello", "");
	g_autofree char *back = mail_text(other_is, one_is, "hello back", "");
	g_autofree char *first = sent(one, there, PS_LEVEL_AUTO);
	g_autofree char *second = sent(other, back, PS_LEVEL_AUTO);
	person_learns(other, first);
	person_learns(one, second);
}

/* The value of a field; (transfer full), NULL if it is not there. */
static inline char *
field_of(const char *text, const char *name)
{
	g_autoptr(MimeHeader) header = NULL;
	const char *end = strstr(text, "\n\n");
	size_t n = end == NULL ? strlen(text) : (size_t)(end - text) + 1;
	g_assert_true(mime_header_parse(base_bytes(text, n), &header, NULL));
	return g_strdup(mime_header_value(header, name));
}

/* "Name: value\n" with the Message-ID of @text. */
static inline char *
answering(const char *name, const char *text)
{
	g_autofree char *id = field_of(text, "Message-ID");
	g_assert_nonnull(id);
	return g_strdup_printf("%s: %s\n", name, id);
}
