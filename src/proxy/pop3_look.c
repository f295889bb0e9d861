/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Looking at messages before they are asked for, since LIST and STAT must tell the octets that RETR
 * will send (RFC 1939 section 11).
 */
#include "proxy/pop3_session.h"

#include "base/limits.h"
#include "pop3/line.h"
#include "proxy/views.h"

#define LOOK_SECONDS 10U         /* no mail program waits for ever for its list */
#define LOOK_MAX     5000U       /* messages */
#define LOOK_OCTETS  (64U << 20) /* of protected messages */
#define LOOK_AT_ONCE 32U         /* commands, if the provider takes them */

static bool
name_message(BaseBytes line, gpointer user, GError **error G_GNUC_UNUSED)
{
	Pop3Session *session = user;
	guint32 number;
	BaseBytes id;

	if (pop3_uidl_parse(line, &number, &id)) {
		pop3_sizes_name(session->sizes, number, id);
	}
	return true;
}

BaseSink *
pop3_new_uidl_reader(Pop3Session *session)
{
	return pop3_new_lines(name_message, session, POP3_RESPONSE_MAX);
}

/* Which messages there are, by name where the provider gives names. */
static bool
number_messages(Pop3Session *session, GError **error)
{
	Pop3Status status;
	BaseBytes text;
	guint32 count;
	guint64 octets;

	if (!pop3_ask(session, "UIDL", &status, &text, error)) {
		return false;
	}
	if (status == POP3_OK) {
		g_autoptr(BaseSink) reader = pop3_new_uidl_reader(session);
		return pop3_read_body(session, reader, error);
	}
	if (!pop3_ask(session, "STAT", &status, &text, error)) {
		return false;
	}
	if (status == POP3_OK && pop3_sizes_parse(text, &count, &octets)) {
		pop3_sizes_reserve(session->sizes, count);
	}
	return true;
}

/* Keeps the beginning of what it gets. */
typedef struct {
	BaseSink sink;
	GByteArray *octets;
} Head;

static bool
head_write(BaseSink *sink, BaseBytes data, GError **error G_GNUC_UNUSED)
{
	Head *head = (Head *)sink;
	size_t room = BASE_LIMIT_HEADER - head->octets->len;

	if (data.n > 0) {
		g_byte_array_append(head->octets, data.p, (guint)MIN(room, data.n));
	}
	return true;
}

/* The answer to TOP n 0. */
static bool
judge(Pop3Session *session, guint32 number, bool *is_protected, GError **error)
{
	static const BaseSinkClass klass = {head_write, NULL, NULL};
	g_autoptr(GByteArray) octets = g_byte_array_new();
	Head head = {{&klass}, octets};
	Pop3Status status;
	BaseBytes text;

	*is_protected = false;
	if (!pop3_read_status(session, &status, &text, error)) {
		return false;
	}
	if (status != POP3_OK) {
		return true; /* deleted, or TOP is not known */
	}
	if (!pop3_read_body(session, &head.sink, error)) {
		return false;
	}
	*is_protected = views_has(session->login, kind_of(base_bytes_of_array(octets)));
	if (!*is_protected) {
		pop3_sizes_set(session->sizes, number, POP3_SIZE_AS_IS);
	}
	return true;
}

static bool
ask_header(Pop3Session *session, guint32 number, GError **error)
{
	return net_conn_print(session->server, error, "TOP %u 0\r\n", number);
}

/* What is still allowed. */
typedef struct {
	gint64 deadline; /* monotonic */
	guint64 octets;
} Budget;

/* Opens message @number if that is allowed. */
static bool
weigh(Pop3Session *session, guint32 number, Budget *budget, GError **error)
{
	Pop3Status status;
	BaseBytes text;
	guint32 same;
	guint64 octets;

	if (g_get_monotonic_time() > budget->deadline) {
		return true;
	}
	if (!pop3_ask_number(session, "LIST", number, &status, &text, error)) {
		return false;
	}
	if (status != POP3_OK || !pop3_sizes_parse(text, &same, &octets) ||
	    octets > budget->octets) {
		return true;
	}
	budget->octets -= octets;
	return pop3_weigh(session, number, error);
}

/* Whose headers say that they are protected: all are asked for before the first answer is read. */
static bool
judge_some(Pop3Session *session, const guint32 *numbers, guint n, bool *are_protected,
	   GError **error)
{
	for (guint i = 0; i < n; i++) {
		if (!ask_header(session, numbers[i], error)) {
			return false;
		}
	}
	for (guint i = 0; i < n; i++) {
		if (!judge(session, numbers[i], &are_protected[i], error)) {
			return false;
		}
	}
	return true;
}

static bool
look_at_some(Pop3Session *session, const guint32 *numbers, guint n, Budget *budget, GError **error)
{
	bool all = views_marks(session->login);
	bool are_protected[LOOK_AT_ONCE] = {false};

	if (!all && !judge_some(session, numbers, n, are_protected, error)) {
		return false;
	}
	for (guint i = 0; i < n; i++) {
		if ((all || are_protected[i]) && !weigh(session, numbers[i], budget, error)) {
			return false;
		}
	}
	return true;
}

/* The newest messages that nothing is known of, some at a time. */
static bool
look(Pop3Session *session, Budget *budget, GError **error)
{
	guint at_once = session->capa->pipelining ? LOOK_AT_ONCE : 1;
	guint32 some[LOOK_AT_ONCE];
	guint n = 0, seen = 0;

	for (guint32 number = pop3_sizes_count(session->sizes);
	     number > 0 && seen < LOOK_MAX && g_get_monotonic_time() < budget->deadline; number--) {
		if (pop3_sizes_get(session->sizes, number) != POP3_SIZE_UNKNOWN) {
			continue;
		}
		some[n++] = number;
		seen++;
		if (n == at_once) {
			if (!look_at_some(session, some, n, budget, error)) {
				return false;
			}
			n = 0;
		}
	}
	return look_at_some(session, some, n, budget, error);
}

static Budget
new_budget(void)
{
	return (Budget){g_get_monotonic_time() + LOOK_SECONDS * G_USEC_PER_SEC, LOOK_OCTETS};
}

bool
pop3_look_at_all(Pop3Session *session, GError **error)
{
	Budget budget = new_budget();

	if (!session->opens || session->looked) {
		return true;
	}
	session->looked = true;
	return number_messages(session, error) && look(session, &budget, error);
}

bool
pop3_look_at(Pop3Session *session, guint32 number, GError **error)
{
	Budget budget = new_budget();

	if (!session->opens || session->looked ||
	    pop3_sizes_get(session->sizes, number) != POP3_SIZE_UNKNOWN) {
		return true;
	}
	return look_at_some(session, &number, 1, &budget, error);
}
