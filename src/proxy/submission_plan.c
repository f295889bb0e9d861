/* SPDX-License-Identifier: MPL-2.0 */
/* What leaves: the engine's decision, its copies in memory, and what of them waits on the disk. */
#include "base/error.h"
#include "base/lines.h"
#include "proxy/submission_private.h"

#define GROWTH (1U << 20) /* octets: signature, certificates and recipients */

void
submission_plan_free(SubmissionPlan *plan)
{
	if (plan != NULL) {
		submission_writing_free(plan->writing);
		g_clear_pointer(&plan->own, g_bytes_unref);
		ps_outcome_free(plan->outcome);
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

/* What the same mailbox has in common, however it is written; what the engine cannot read as an
 * address stays as it is. */
static char *
address_key(const char *address)
{
	char *key = ps_address_normalise(address);
	return key == NULL ? g_strdup(address) : key;
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

/* Each recipient that the provider accepted belongs to one copy; @given counts how many each got.
 */
static QueueCopy *
address_copy(Submission *session, PsCopy *copy, bool only, GBytes *octets, guint *given)
{
	g_autofree char *sender = sender_of(session);
	QueueCopy *addressed = queue_copy_new(sender, octets);
	for (guint i = 0; i < session->rcpts->len; i++) {
		const SmtpPath *path = g_ptr_array_index(session->rcpts, i);
		if (only || is_for(copy, path->address)) {
			add_rcpt(addressed, path);
			given[i]++;
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

/* The line behind the one at @line. */
static const char *
next_line(const char *line, const char *end)
{
	const char *lf = memchr(line, '\n', (size_t)(end - line));
	return lf == NULL ? end : lf + 1;
}

/* Our own fields, and those that name who is hidden from the others, never leave; of others that
 * begin like these the engine takes none out. */
static bool
has_fields_to_strip(GBytes *message)
{
	static const char *const NAMES[] = {"Bcc", "Resent-Bcc", "X-Postseal-"};
	BaseBytes octets = base_bytes_of(message);
	const char *end = (const char *)octets.p + octets.n;
	for (const char *line = (const char *)octets.p; line < end && *line != '\r';
	     line = next_line(line, end)) {
		for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
			size_t n = strlen(NAMES[i]);
			if ((size_t)(end - line) > n &&
			    g_ascii_strncasecmp(line, NAMES[i], n) == 0) {
				return true;
			}
		}
	}
	return false;
}

static bool
all_are_one(const guint *given, guint n)
{
	for (guint i = 0; i < n; i++) {
		if (given[i] != 1) {
			return false;
		}
	}
	return true;
}

/* What is not ours leaves as it came. */
static bool
make_copies(Submission *session, const PsOutcome *outcome, GBytes *message, SubmissionPlan *plan,
	    GError **error)
{
	bool as_it_is = outcome->untouched != NULL && !has_fields_to_strip(message);
	g_autofree guint *given = g_new0(guint, session->rcpts->len);
	for (guint i = 0; i < outcome->copies->len; i++) {
		PsCopy *copy = g_ptr_array_index(outcome->copies, i);
		g_autoptr(GBytes) octets =
			as_it_is ? g_bytes_ref(message) : write_copy(copy, error);
		if (octets == NULL) {
			return false;
		}
		g_autoptr(QueueCopy) addressed =
			address_copy(session, copy, outcome->copies->len == 1, octets, given);
		if (addressed->rcpts->len > 0) {
			g_ptr_array_add(plan->copies, g_steal_pointer(&addressed));
		}
		if (i == 0) {
			plan->own = g_bytes_ref(octets);
		}
	}
	if (!all_are_one(given, session->rcpts->len)) {
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

/* 550 with the code that fits (RFC 3463 section 3.8): what was asked for cannot be, or only because
 * of keys that are there but do not serve. After the message, and for all recipients: a message
 * that the program encrypted by itself needs no key of ours, so before its header was seen nothing
 * is certain (RFC 6409 section 6.3). */
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
	answer(plan, 550, invalid && !missing ? "5.7.5" : "5.7.0", outcome->refused);
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

/* "a b"@example.org is an address, but none that a key is bound to, and the engine knows no such.
 */
static bool
has_blank(const char *address)
{
	return strpbrk(address, " \t") != NULL;
}

static const SmtpPath *
find_blank(const Submission *session)
{
	for (guint i = 0; i < session->rcpts->len; i++) {
		const SmtpPath *path = g_ptr_array_index(session->rcpts, i);
		if (has_blank(path->address)) {
			return path;
		}
	}
	return NULL;
}

/* Everybody gets what is not sealed. */
static void
refuse_blank(const Submission *session, const PsOutcome *outcome, SubmissionPlan *plan)
{
	const SmtpPath *blank = find_blank(session);
	if (blank != NULL && outcome->level == PS_LEVEL_SEALED) {
		g_autofree char *text = g_strdup_printf(
			"%s cannot get sealed mail: no key is for such an address; nothing was sent",
			blank->address);
		answer(plan, 550, "5.7.0", text);
	}
}

static PsRequest *
request_of(const Submission *session)
{
	PsRequest *request = ps_request_new();
	g_autofree char *program = house_program(session->house, session->login);
	ps_request_set_program(request, program);
	if (session->login->sealed) {
		ps_request_set_level(request, PS_LEVEL_SEALED);
	}
	guint named = 0;
	for (guint i = 0; i < session->rcpts->len; i++) {
		const SmtpPath *path = g_ptr_array_index(session->rcpts, i);
		if (!has_blank(path->address)) {
			ps_request_add_recipient(request, path->address);
			named++;
		}
	}
	if (named == 0) {
		/* Nobody of whom anything could be known: as to oneself. */
		const ProxyAccount *own = g_ptr_array_index(session->login->accounts, 0);
		ps_request_add_recipient(request, own->address);
	}
	return request;
}

/* The same with the how-to for the program that made the message, if that tells its name. */
static PsOutcome *
refuse_in_words(PsEngine *engine, PsMessage *mail, PsRequest *request, PsOutcome *refused,
		GError **error)
{
	g_autoptr(PsOutcome) before = refused;
	g_autofree char *program = program_of(engine, mail);
	if (program == NULL) {
		return g_steal_pointer(&before);
	}
	ps_request_set_program(request, program);
	return ps_engine_protect(engine, mail, request, error);
}

/* Reports from nobody get neither key nor signature by default; who asks for it in the Subject or
 * by a rule, or wants them sealed, is not deceived. */
static PsOutcome *
protect(const Submission *session, PsEngine *engine, PsMessage *mail, GError **error)
{
	g_autoptr(PsRequest) request = request_of(session);
	g_autoptr(PsOutcome) outcome = ps_engine_protect(engine, mail, request, error);
	if (outcome != NULL && outcome->refused != NULL) {
		return refuse_in_words(engine, mail, request, g_steal_pointer(&outcome), error);
	}
	if (outcome == NULL || *session->mail->address != '\0' ||
	    outcome->level != PS_LEVEL_SIGNED) {
		return g_steal_pointer(&outcome);
	}
	ps_request_set_level(request, PS_LEVEL_PLAIN);
	return ps_engine_protect(engine, mail, request, error);
}

/* Whether the provider will take what becomes of @message, so that DATA can be said before it is
 * there: sealed it grows by less than half, and comes out in ASCII. Long text with few ASCII
 * letters may grow more; then only the connection to the provider ends, before the message is over.
 */
static bool
is_sure_to_fit(const Submission *session, GBytes *message)
{
	const SmtpOffer *offer = provider_offer(session->provider);
	return (offer->keywords & SMTP_OFFER_8BITMIME) != 0 &&
	       (offer->size == 0 ||
		g_bytes_get_size(message) < (offer->size - MIN(offer->size, GROWTH)) / 2);
}

/* Decides, and makes the copies or begins to. *@engine is NULL afterwards if it is still needed. */
static bool
decide(Submission *session, PsEngine **engine, GBytes *message, const char *name,
       SubmissionPlan *plan, GError **error)
{
	g_autoptr(PsMessage) mail = ps_message_new_from_bytes(message);
	g_autoptr(PsOutcome) outcome = protect(session, *engine, mail, error);
	if (outcome == NULL) {
		return false;
	}
	if (outcome->refused != NULL) {
		house_log(session->house, "submission: refused");
		refuse(plan, outcome);
		return true;
	}
	refuse_blank(session, outcome, plan);
	if (plan->answer != NULL) {
		return true;
	}
	plan->kept = outcome->untouched == NULL;
	plan->sealed = outcome->level == PS_LEVEL_SEALED;
	plan->fits = is_sure_to_fit(session, message);
	if (outcome->copies->len == 1 && outcome->untouched == NULL) {
		bool beside = plan->sealed || !provider_takes_chunks(session->provider);
		plan->writing = submission_writing_begin(session, g_steal_pointer(engine),
							 g_steal_pointer(&outcome), beside);
		return true;
	}
	if (!make_copies(session, outcome, message, plan, error)) {
		return false;
	}
	check_copies(session, plan);
	if (plan->answer == NULL && !queue_copies(session, *engine, outcome, name, plan, error)) {
		return false;
	}
	plan->outcome = outcome->untouched == NULL ? g_steal_pointer(&outcome) : NULL;
	return true;
}

SubmissionPlan *
submission_plan(Submission *session, GBytes *message, const char *name)
{
	SubmissionPlan *plan = g_new0(SubmissionPlan, 1);
	g_autoptr(GError) error = NULL;
	plan->copies = g_ptr_array_new_with_free_func((GDestroyNotify)queue_copy_free);
	PsEngine *engine = house_lend(session->house, session->login);
	bool good = decide(session, &engine, message, name, plan, &error);
	if (engine != NULL) {
		house_give_back(session->house, session->login, engine);
	}
	if (!good) {
		fail(session, plan, error);
	}
	return plan;
}

void
submission_plan_finish(Submission *session, SubmissionPlan *plan)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) octets = submission_writing_octets(plan->writing, &error);
	if (octets == NULL) {
		fail(session, plan, error);
		return;
	}
	g_ptr_array_add(plan->copies, submission_envelope(session, octets));
	check_copies(session, plan);
}
