/* SPDX-License-Identifier: MPL-2.0 */
/* The page for a pair of programs in a state. */
#include "howto/compose.h"
#include "howto/howto.h"
#include "howto/plan.h"
#include "howto/words.h"

/* What was said already; each of it once a page. */
typedef struct {
	HowtoPage *page;
	const HowtoPlan *plan;
	HowtoGaps gaps;
	bool proxy_told[2]; /* of the sender, of the recipient */
	bool smime_told[2];
	guint steps[HOWTO_BLOCKS_MAX]; /* of each block, by the way that comes first */
} Telling;

static void
tell(Telling *t, const char *tag, const char *text)
{
	g_autofree char *filled = howto_fill(text, &t->gaps);
	html_marked_element(t->page, tag, filled);
}

static HowtoSide
side_of(const Telling *t, bool recipient)
{
	return recipient ? t->page->place->to : t->page->place->from;
}

static bool
is(HowtoSide side, const char *fact, const char *value)
{
	return strcmp(howto_value(side.program, fact, side.version), value) == 0;
}

static bool
takes_no_own_keys(HowtoSide side)
{
	return is(side, "own-keys", "no") || is(side, "own-keys", "admin");
}

/* ---- the proxy ---- */

/* Its servers cannot be changed; "closed": nor can another program read its mailbox. */
static bool
has_no_proxy(HowtoSide side)
{
	return is(side, "proxy", "no") || is(side, "proxy", "closed");
}

static void
tell_no_proxy(Telling *t, HowtoSide side)
{
	if (is(side, "proxy", "closed")) {
		tell(t, "p",
		     _("No other program can read the mailbox of {name}, so there is no way for the "
		       "proxy. What works: a mailbox elsewhere, with postseal or a mail program "
		       "that can."));
	} else {
		tell(t, "p",
		     _("{name} cannot be pointed to another server, so the proxy is no way here. What "
		       "works: the page of postseal, a mail program in the browser, or another "
		       "program for the same mailbox."));
	}
}

static void
tell_proxy(Telling *t, bool recipient)
{
	HowtoSide side = side_of(t, recipient);
	if (!t->proxy_told[recipient] && has_no_proxy(side)) {
		tell_no_proxy(t, side);
	} else if (!t->proxy_told[recipient]) {
		howto_write_task(t->page, side, "use-proxy");
	}
	t->proxy_told[recipient] = true;
}

static void
tell_with_postseal(Telling *t, const HowtoBlock *block)
{
	g_string_append_printf(t->page->out, "<p class=\"postseal\"><strong>%s</strong> ",
			       _("With postseal:"));
	html_marked(t->page, _(block->with_postseal));
	g_string_append(t->page->out, "</p>\n");
}

/* ---- warnings of a side ---- */

static bool
trusts(const HowtoBlock *block)
{
	return g_strv_contains(block->tasks, "trust-sender");
}

/* Why the proxy comes first; NULL: it does not. */
static const char *
proxy_reason(HowtoSide side, const HowtoBlock *block)
{
	if (is(side, "smime", "no")) {
		return _("{name} cannot do this itself.");
	}
	if (block->recipient || !trusts(block)) {
		return NULL;
	}
	if (is(side, "trust-scope", "anyone")) {
		return _(
			"Take care: {name} has no way to trust a person for one address only. Once "
			"you trust a person's root certificate, that person can sign as anyone, and "
			"{name} will call it a good signature. The proxy has no such gap, so it comes "
			"first here.");
	}
	if (takes_no_own_keys(side)) {
		return _(
			"{name} encrypts only to keys that an authority vouches for. A key that the "
			"recipient made, as postseal does, is not taken.");
	}
	return NULL;
}

static void
tell_proxy_first(Telling *t, const HowtoBlock *block, const char *reason)
{
	HowtoSide side = side_of(t, block->recipient);
	bool scope = !block->recipient && is(side, "trust-scope", "anyone");
	g_string_append(t->page->out, "<div class=\"first\">\n");
	if (scope || !t->proxy_told[block->recipient]) {
		tell(t, "p class=\"warn\"", reason);
	}
	const HowtoFact *fact =
		scope ? howto_fact(side.program, "trust-scope", side.version) : NULL;
	if (fact != NULL) {
		howto_write_mark(t->page, &fact->mark, howto_text(&side.program->name));
	}
	tell_proxy(t, block->recipient);
	tell_with_postseal(t, block);
	g_string_append(t->page->out, "</div>\n");
}

/* What stands in the way of S/MIME in a program that can do it. */
static void
tell_smime(Telling *t, HowtoSide side)
{
	const HowtoFact *fact = howto_fact(side.program, "smime", side.version);
	bool told_anyway =
		fact != NULL && strcmp(fact->value, "no") == 0 && howto_text(&fact->text) == NULL;
	if (fact == NULL || told_anyway || strcmp(fact->value, "yes") == 0) {
		return;
	}
	g_string_append(t->page->out, "<p class=\"note\">");
	html_text(t->page, howto_fact_title("smime"));
	g_string_append(t->page->out, ": <strong>");
	html_text(t->page, howto_value_text(fact->value));
	g_string_append(t->page->out, "</strong>.");
	if (howto_text(&fact->text) != NULL) {
		g_string_append_c(t->page->out, ' ');
		html_marked(t->page, howto_text(&fact->text));
	}
	g_string_append(t->page->out, "</p>\n");
	howto_write_mark(t->page, &fact->mark, howto_text(&side.program->name));
}

/* ---- who does what ---- */

static bool
is_done(HowtoSide side, const char *task)
{
	return strcmp(task, "trust-sender") == 0 &&
	       (is(side, "needs-trust", "no") || takes_no_own_keys(side));
}

static void
tell_tasks(Telling *t, const HowtoBlock *block)
{
	HowtoSide side = side_of(t, block->recipient);
	for (guint i = 0; i < HOWTO_TASKS_MAX && block->tasks[i] != NULL; i++) {
		if (strcmp(block->tasks[i], "use-proxy") == 0) {
			tell_proxy(t, block->recipient);
		} else if (!is_done(side, block->tasks[i])) {
			howto_write_task(t->page, side, block->tasks[i]);
		} else if (!takes_no_own_keys(side)) {
			tell(t, "p",
			     _("{name} encrypts to a key without being told to trust it: that step is "
			       "not needed."));
		}
	}
}

/* Neither by itself nor behind the proxy. */
static bool
is_out(HowtoSide side, const HowtoBlock *block)
{
	bool by_proxy = is(side, "smime", "no") || g_strv_contains(block->tasks, "use-proxy");
	return block->tasks[0] != NULL && by_proxy && has_no_proxy(side);
}

/* What the recipient's own key must be for the sender's program. */
static void
tell_kind_of_key(Telling *t, const HowtoBlock *block)
{
	if (block->recipient && g_strv_contains(block->tasks, "get-own-key") &&
	    takes_no_own_keys(side_of(t, false))) {
		tell(t, "p class=\"note\"",
		     _("{from} encrypts only to keys that an authority vouches for: for mail from "
		       "there, a self-made key will not do."));
	}
}

/* "You, in Thunderbird" (transfer full) */
static char *
who_does(Telling *t, const HowtoBlock *block)
{
	t->gaps.name = block->recipient ? t->gaps.to : t->gaps.from;
	return howto_fill(block->recipient ? _("The recipient, in {name}") : _("You, in {name}"),
			  &t->gaps);
}

static void
tell_block(Telling *t, guint number, const HowtoBlock *block)
{
	HowtoSide side = side_of(t, block->recipient);
	guint before = t->page->n_steps;
	const char *reason = block->tasks[0] == NULL ? NULL : proxy_reason(side, block);
	bool itself = reason == NULL || !is(side, "smime", "no");
	g_autofree char *who = who_does(t, block);
	g_autofree char *heading = g_strdup_printf("%u. %s", number, who);
	g_string_append_printf(t->page->out, "<section class=\"who\" aria-labelledby=\"who-%u\">\n",
			       number);
	g_autofree char *tag = g_strdup_printf("h2 id=\"who-%u\"", number);
	html_element(t->page, tag, heading);
	html_element(t->page, "p", _(block->text));
	if (block->recipient && block->tasks[0] != NULL && !is_out(side, block)) {
		html_element(t->page, "p class=\"mark\"",
			     _("The steps are written to the recipient: pass them on."));
	}
	if (!t->smime_told[block->recipient] && block->tasks[0] != NULL) {
		tell_smime(t, side);
		t->smime_told[block->recipient] = true;
	}
	tell_kind_of_key(t, block);
	if (reason != NULL) {
		tell_proxy_first(t, block, reason);
	}
	guint first = t->page->n_steps - before;
	if (itself && reason != NULL) {
		tell(t, "p",
		     takes_no_own_keys(side)
			     ? _("With a key that an authority vouches for, in {name} itself:")
			     : _("If you do it in {name} itself:"));
	}
	if (itself) {
		tell_tasks(t, block);
	}
	if (reason == NULL) {
		tell_with_postseal(t, block);
	}
	bool waits = g_strv_contains(block->tasks, "read"); /* for the message: nothing to do now */
	t->steps[number - 1] = waits ? 0 : first > 0 ? first : t->page->n_steps - before;
	g_string_append(t->page->out, "</section>\n");
}

/* ---- in short ---- */

static void
tell_short_block(Telling *t, guint i)
{
	const HowtoBlock *block = &t->plan->blocks[i];
	g_autofree char *who = who_does(t, block);
	g_autofree char *number = g_strdup_printf("%u", t->steps[i]);
	g_string_append_printf(t->page->out, "<li><a href=\"#who-%u\">", i + 1);
	html_text(t->page, who);
	g_string_append(t->page->out, "</a>: ");
	HowtoSide side = side_of(t, block->recipient);
	if (is_out(side, block) && is(side, "proxy", "closed")) {
		html_text(t->page,
			  _("this program cannot, and no other one can read its mailbox."));
	} else if (is_out(side, block)) {
		html_text(t->page, _("this program cannot; another one for the same mailbox can."));
	} else {
		html_text(t->page, _(block->brief));
	}
	if (t->steps[i] > 0) {
		const HowtoGaps gaps = {.number = number};
		g_autofree char *time = howto_fill(_("about {number} min"), &gaps);
		g_string_append_printf(t->page->out, " <span class=\"time\">%s</span>", time);
	}
	g_string_append(t->page->out, "</li>\n");
}

static bool
has_more_than_encrypting(const HowtoPlan *plan)
{
	for (guint i = 0; plan->blocks[i].text != NULL; i++) {
		const char *const *tasks = plan->blocks[i].tasks;
		if (g_strv_contains(tasks, "encrypt") && tasks[1] != NULL) {
			return true;
		}
	}
	return false;
}

/* What is done once, and what is left for each message after that. */
static void
tell_once(Telling *t)
{
	if (is(side_of(t, false), "smime", "no")) {
		tell(t, "p",
		     _("All of it is needed once. After that each message takes `[seal]` at the "
		       "beginning of its Subject, no more."));
		return;
	}
	const HowtoGaps gaps = {.name = howto_task_title("encrypt")};
	g_autofree char *once = howto_fill(
		_("All of it is needed once. After that each message takes “{name}” only."), &gaps);
	html_element(t->page, "p", once);
}

static void
tell_short(Telling *t)
{
	g_string_append(t->page->out, "<section class=\"short\" aria-labelledby=\"short\">\n");
	html_element(t->page, "h2 id=\"short\"", _("In short"));
	g_string_append(t->page->out, "<ol>\n");
	for (guint i = 0; t->plan->blocks[i].text != NULL; i++) {
		tell_short_block(t, i);
	}
	g_string_append(t->page->out, "</ol>\n");
	HowtoSide from = side_of(t, false);
	bool never = is(from, "smime", "no") && has_no_proxy(from);
	if (has_more_than_encrypting(t->plan) && !never) {
		tell_once(t);
	}
	g_string_append(t->page->out, "</section>\n");
}

/* ---- the rest of the page ---- */

static void
tell_page_of_postseal(Telling *t)
{
	g_string_append(t->page->out, "<section aria-labelledby=\"either\">\n");
	html_element(t->page, "h2 id=\"either\"", _("Without either program"));
	html_marked_element(
		t->page, "p",
		_("Where postseal's daemon runs, its page in the browser reads and writes mail for any "
		  "IMAP account, with an Encrypt button: `postseal setup ADDRESS` makes it ready. "
		  "Nothing has to be changed in a mail program for that."));
	html_element(
		t->page, "p",
		_("If both sides run postseal, there is nothing to do: keys travel with all mail, "
		  "and the button lights up after one message each way."));
	g_string_append(t->page->out, "</section>\n");
}

static void
add_item(HowtoPage *page, const HowtoPlace *place, const char *text)
{
	g_string_append(page->out, "<li>");
	html_link(page, place, text);
	g_string_append(page->out, "</li>\n");
}

static void
tell_other_states(Telling *t)
{
	HowtoPage *page = t->page;
	g_string_append_printf(page->out, "<nav class=\"more\" aria-labelledby=\"more\">\n");
	html_element(page, "h2 id=\"more\"", _("Not this?"));
	g_string_append(page->out, "<ul>\n");
	for (guint i = 0; i < HOWTO_N_PLANS; i++) {
		HowtoPlace place = *page->place;
		place.state = HOWTO_PLANS[i].state;
		if (strcmp(place.state, page->place->state) != 0) {
			add_item(page, &place, _(HOWTO_PLANS[i].name));
		}
	}
	g_string_append(page->out, "</ul>\n<ul>\n");
	HowtoPlace swapped = *page->place;
	swapped.from = page->place->to;
	swapped.to = page->place->from;
	g_autofree char *round =
		howto_fill(_("The other way round: from {to} to {from}"), &t->gaps);
	add_item(page, &swapped, round);
	const HowtoSide sides[] = {page->place->from, page->place->to};
	for (guint i = 0; i < G_N_ELEMENTS(sides); i++) {
		HowtoPlace known = {.kind = HOWTO_PLACE_PROGRAM,
				    .language = page->place->language,
				    .from = sides[i]};
		g_autofree char *name = howto_side_name(sides[i]);
		const HowtoGaps gaps = {.name = name};
		g_autofree char *all = howto_fill(_("All about {name}, with sources"), &gaps);
		if (i == 0 || sides[i].program != sides[0].program) {
			add_item(page, &known, all);
		}
	}
	HowtoPlace index = {.kind = HOWTO_PLACE_INDEX, .language = page->place->language};
	add_item(page, &index, _("Other programs"));
	g_string_append(page->out, "</ul>\n</nav>\n");
}

void
howto_compose_page(HowtoPage *page)
{
	g_autofree char *from = howto_side_name(page->place->from);
	g_autofree char *to = howto_side_name(page->place->to);
	Telling t = {
		.page = page,
		.plan = howto_plan(page->place->state),
		.gaps = {.from = from, .to = to, .name = _(howto_plan(page->place->state)->name)}};
	g_autofree char *title = howto_fill(_("From {from} to {to}: {name}"), &t.gaps);
	html_begin(page, title, _(t.plan->meaning));
	g_string_append_printf(page->out, "<p class=\"state %s\">", t.plan->kind);
	html_text(page, _(t.plan->meaning));
	g_string_append(page->out, "</p>\n");
	/* The summary stands first and counts what the blocks will say. */
	GString *head = page->out;
	g_autoptr(GString) blocks = page->out = g_string_new(NULL);
	for (guint i = 0; t.plan->blocks[i].text != NULL; i++) {
		tell_block(&t, i + 1, &t.plan->blocks[i]);
	}
	page->out = head;
	tell_short(&t);
	g_string_append_len(page->out, blocks->str, (gssize)blocks->len);
	tell_page_of_postseal(&t);
	tell_other_states(&t);
	html_end(page);
}
