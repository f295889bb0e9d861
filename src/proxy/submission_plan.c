/* SPDX-License-Identifier: MPL-2.0 */
/* What leaves: the engine's decision, its copies in memory, and what of them waits on the disk. */
#include "base/error.h"
#include "base/lines.h"
#include "proxy/sent.h"
#include "proxy/submission_private.h"

void
submission_plan_free(SubmissionPlan *plan)
{
	if (plan != NULL) {
		g_ptr_array_unref(plan->copies);
		queue_entry_free(plan->entry);
		g_free(plan->answer);
		g_free(plan);
	}
}

/* MAIL as the provider was told; BODY only if it knows the word. */
static char *
sender_of(const Submission *session)
{
	const SmtpPath *mail = session->mail;
	bool theirs = (provider_offer(session->provider)->keywords & SMTP_OFFER_8BITMIME) != 0;
	return g_strdup_printf("<%s>%s%s", mail->address,
			       mail->eight_bit && theirs ? " BODY=8BITMIME" : "", mail->parameters);
}

static void
add_rcpt(QueueCopy *copy, const SmtpPath *path)
{
	g_ptr_array_add(copy->rcpts, g_strdup_printf("<%s>%s", path->address, path->parameters));
}

QueueCopy *
submission_envelope(const Submission *session, GBytes *message)
{
	g_autofree char *sender = sender_of(session);
	QueueCopy *copy = queue_copy_new(sender, message);
	for (guint i = 0; i < session->rcpts->len; i++) {
		add_rcpt(copy, g_ptr_array_index(session->rcpts, i));
	}
	return copy;
}

/* Addresses as the engine has them: no case, and the domain in ASCII. */
static char *
address_key(const char *address)
{
	g_autofree char *lower = g_ascii_strdown(address, -1);
	char *at = strrchr(lower, '@');
	g_autofree char *host = at == NULL ? NULL : g_hostname_to_ascii(at + 1);
	if (host == NULL) {
		return g_steal_pointer(&lower);
	}
	*at = '\0';
	return g_strconcat(lower, "@", host, NULL);
}

static bool
is_for(PsCopy *copy, const char *address)
{
	g_autofree char *key = address_key(address);
	const char *const *to = ps_copy_get_recipients(copy);
	for (; *to != NULL; to++) {
		g_autofree char *one = address_key(*to);
		if (strcmp(one, key) == 0) {
			return true;
		}
	}
	return false;
}

static void
answer(SubmissionPlan *plan, guint code, const char *status, const char *text)
{
	g_free(plan->answer);
	plan->answer = smtp_reply_format(code, status, text, false);
}

/* Each recipient that the provider accepted belongs to one copy; *@left counts those that were
 * given one. */
static QueueCopy *
address_copy(Submission *session, PsCopy *copy, bool only, GBytes *octets, guint *given)
{
	g_autofree char *sender = sender_of(session);
	QueueCopy *addressed = queue_copy_new(sender, octets);
	for (guint i = 0; i < session->rcpts->len; i++) {
		const SmtpPath *path = g_ptr_array_index(session->rcpts, i);
		if (only || is_for(copy, path->address)) {
			add_rcpt(addressed, path);
			(*given)++;
		}
	}
	return addressed;
}

static GBytes *
write_copy(PsCopy *copy, GError **error)
{
	g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
	if (!ps_copy_write(copy, stream, error) || !g_output_stream_close(stream, NULL, error)) {
		return NULL;
	}
	return g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(stream));
}

/* Our own field, and those that name who is hidden from the others, never leave. */
static bool
has_fields_to_strip(GBytes *message)
{
	static const char *const NAMES[] = {"Bcc", "Resent-Bcc", "X-Postseal-Level"};
	g_autoptr(PsMessage) mail = ps_message_new_from_bytes(message);
	bool found = false;
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES) && !found; i++) {
		g_autofree char *value = ps_message_get_field(mail, NAMES[i]);
		found = value != NULL;
	}
	return found;
}

static bool
make_copies(Submission *session, const PsOutcome *outcome, GBytes *message, SubmissionPlan *plan,
	    GError **error)
{
	bool passes = outcome->untouched != NULL ||
		      (*session->mail->address == '\0' && outcome->level != PS_LEVEL_SEALED);
	bool as_it_is = passes && !has_fields_to_strip(message);
	guint given = 0;
	for (guint i = 0; i < outcome->copies->len; i++) {
		PsCopy *copy = g_ptr_array_index(outcome->copies, i);
		g_autoptr(GBytes) octets =
			as_it_is ? g_bytes_ref(message) : write_copy(copy, error);
		if (octets == NULL) {
			return false;
		}
		g_autoptr(QueueCopy) addressed =
			address_copy(session, copy, outcome->copies->len == 1, octets, &given);
		if (addressed->rcpts->len > 0) {
			g_ptr_array_add(plan->copies, g_steal_pointer(&addressed));
		}
	}
	if (given != session->rcpts->len) {
		return base_fail(error, PS_ERROR_INTERNAL,
				 "the copies are not for the recipients that were named");
	}
	return true;
}

static bool
is_eight_bit(BaseBytes octets)
{
	uint8_t bits = 0;
	for (size_t i = 0; i < octets.n; i++) {
		bits |= octets.p[i];
	}
	return (bits & 0x80) != 0;
}

/* What the provider cannot take is better said before it has anything. */
static void
check_copies(const Submission *session, SubmissionPlan *plan)
{
	const SmtpOffer *offer = provider_offer(session->provider);
	for (guint i = 0; i < plan->copies->len && plan->answer == NULL; i++) {
		const QueueCopy *copy = g_ptr_array_index(plan->copies, i);
		BaseBytes octets = base_bytes_of(copy->message);
		if (!base_lines_is_crlf(octets)) {
			answer(plan, 451, "4.3.0", "A copy came out with broken line ends");
		} else if (offer->size > 0 && octets.n > offer->size) {
			answer(plan, 552, "5.3.4",
			       "Protected, the message is too big for your provider");
		} else if ((offer->keywords & SMTP_OFFER_8BITMIME) == 0 && is_eight_bit(octets)) {
			answer(plan, 554, "5.6.3",
			       "Your provider does not take 8-bit mail, and this may not be changed");
		}
	}
}

/* The further copies on the disk, before the provider has anything. */
static bool
queue_copies(Submission *session, PsEngine *engine, const PsOutcome *outcome, const char *name,
	     SubmissionPlan *plan, GError **error)
{
	if (plan->copies->len < 2) {
		return true;
	}
	if (outcome->level != PS_LEVEL_SEALED) {
		return base_fail(error, PS_ERROR_INTERNAL, "several copies that are not sealed");
	}
	plan->entry = queue_entry_new(session->login, name, error);
	bool good = plan->entry != NULL;
	for (guint i = 1; i < plan->copies->len && good; i++) {
		good = queue_entry_add(plan->entry, session->login, engine,
				       g_ptr_array_index(plan->copies, i), error);
	}
	return good;
}

/* What the Sent folder is to hold; that it cannot be kept is no reason not to send. */
static void
remember(Submission *session, PsEngine *engine, const SubmissionPlan *plan)
{
	const QueueCopy *main = g_ptr_array_index(plan->copies, 0);
	g_autoptr(PsMessage) copy = ps_message_new_from_bytes(main->message);
	g_autofree char *id = ps_message_get_field(copy, "Message-ID");
	g_autoptr(GError) reason = NULL;
	if (id != NULL &&
	    !sent_remember(session->house, session->login, engine, id, copy, &reason)) {
		house_log(session->house, "submission: no copy for Sent: %s", reason->message);
	}
}

/* 550 with the code that fits (RFC 3463 section 3.8): 5.7.5 if keys are there but do not serve. */
static void
refuse(SubmissionPlan *plan, const PsOutcome *outcome)
{
	bool missing = false;
	bool invalid = false;
	for (guint i = 0; i < outcome->recipients->len; i++) {
		const PsRecipient *one = g_ptr_array_index(outcome->recipients, i);
		invalid = invalid || one->state == PS_RECIPIENT_STATE_EXPIRED;
		missing = missing || (one->state != PS_RECIPIENT_STATE_READY &&
				      one->state != PS_RECIPIENT_STATE_EXPIRED);
	}
	answer(plan, 550, invalid && !missing ? "5.7.5" : "5.7.1", outcome->refused);
}

/* Why nothing can be decided. */
static void
fail(Submission *session, SubmissionPlan *plan, const GError *error)
{
	static const struct {
		PsError code;
		guint reply;
		const char *status;
	} replies[] = {
		{PS_ERROR_MALFORMED, 554, "5.6.0"},   {PS_ERROR_LIMIT, 554, "5.6.0"},
		{PS_ERROR_UNAVAILABLE, 550, "5.7.1"}, {PS_ERROR_ARGUMENT, 550, "5.7.1"},
		{PS_ERROR_PASSPHRASE, 451, "4.7.5"},
	};

	guint reply = 451;
	const char *status = "4.3.0";
	for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
		if (g_error_matches(error, PS_ERROR, (gint)replies[i].code)) {
			reply = replies[i].reply;
			status = replies[i].status;
		}
	}
	house_log(session->house, "submission: not sent: error %d", error->code);
	answer(plan, reply, status, error->message);
}

/* The word behind "program" in {"program":"mutt",...}; NULL if none is known. */
static char *
program_of(PsEngine *engine, PsMessage *message)
{
	static const char key[] = "\"program\":\"";
	g_autofree char *json = ps_engine_recognise(engine, message, NULL);
	const char *word = json == NULL ? NULL : strstr(json, key);
	return word == NULL ? NULL
			    : g_strndup(word + strlen(key), strcspn(word + strlen(key), "\""));
}

static PsRequest *
request_of(const Submission *session, PsEngine *engine, PsMessage *message)
{
	PsRequest *request = ps_request_new();
	g_autofree char *told = program_of(engine, message);
	g_autofree char *program = told != NULL ? g_steal_pointer(&told)
						: house_program(session->house, session->login);
	ps_request_set_program(request, program);
	if (session->login->sealed) {
		ps_request_set_level(request, PS_LEVEL_SEALED);
	}
	for (guint i = 0; i < session->rcpts->len; i++) {
		const SmtpPath *path = g_ptr_array_index(session->rcpts, i);
		ps_request_add_recipient(request, path->address);
	}
	return request;
}

/* Reports from nobody get neither key nor signature; who wants them sealed is not deceived. */
static PsOutcome *
protect(const Submission *session, PsEngine *engine, PsMessage *mail, GError **error)
{
	g_autoptr(PsRequest) request = request_of(session, engine, mail);
	g_autoptr(PsOutcome) outcome = ps_engine_protect(engine, mail, request, error);
	if (outcome == NULL || *session->mail->address != '\0' || outcome->refused != NULL ||
	    outcome->level != PS_LEVEL_SIGNED) {
		return g_steal_pointer(&outcome);
	}
	ps_request_set_level(request, PS_LEVEL_PLAIN);
	return ps_engine_protect(engine, mail, request, error);
}

static bool
decide(Submission *session, PsEngine *engine, GBytes *message, const char *name,
       SubmissionPlan *plan, GError **error)
{
	g_autoptr(PsMessage) mail = ps_message_new_from_bytes(message);
	g_autoptr(PsOutcome) outcome = protect(session, engine, mail, error);
	if (outcome == NULL) {
		return false;
	}
	if (outcome->refused != NULL) {
		house_log(session->house, "submission: refused");
		refuse(plan, outcome);
		return true;
	}
	if (!make_copies(session, outcome, message, plan, error)) {
		return false;
	}
	check_copies(session, plan);
	if (plan->answer == NULL && outcome->untouched == NULL) {
		remember(session, engine, plan);
	}
	return plan->answer != NULL || queue_copies(session, engine, outcome, name, plan, error);
}

SubmissionPlan *
submission_plan(Submission *session, GBytes *message, const char *name)
{
	SubmissionPlan *plan = g_new0(SubmissionPlan, 1);
	g_autoptr(GError) error = NULL;
	plan->copies = g_ptr_array_new_with_free_func((GDestroyNotify)queue_copy_free);
	PsEngine *engine = house_lend(session->house, session->login);
	bool good = decide(session, engine, message, name, plan, &error);
	house_give_back(session->house, session->login, engine);
	if (!good) {
		fail(session, plan, error);
	}
	return plan;
}
