/* SPDX-License-Identifier: MPL-2.0 */
/* Whatever somebody sends, taken apart, shown, answered: nothing active in the HTML, no line end in
 * a header field. */
#include "letter/html.h"
#include "letter/reply.h"
#include "letter/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool good)
{
	if (!good) {
		abort();
	}
}

/* Only our own tags begin with "<": everything else is escaped. */
static void
check_tag(const char *tag)
{
	static const char *const elements[] = {"<script", "<svg",  "<iframe", "<form",
					       "<object", "<link", "<base",   "<!--"};
	static const char *const styles[] = {"url(", "\\", "@", "expression", "position"};
	for (size_t i = 0; i < G_N_ELEMENTS(elements); i++) {
		demand(!g_str_has_prefix(tag, elements[i]));
	}
	const char *style = strstr(tag, " style=\"");
	for (size_t i = 0; style != NULL && i < G_N_ELEMENTS(styles); i++) {
		demand(strstr(style, styles[i]) == NULL);
	}
}

static void
check_html(const char *html)
{
	const char *body = strstr(html, "<body>");
	demand(g_utf8_validate(html, -1, NULL) && body != NULL);
	for (const char *tag = strchr(body + 6, '<'); tag != NULL; tag = strchr(tag + 1, '<')) {
		const char *end = strchr(tag, '>');
		demand(end != NULL);
		g_autofree char *text = g_strndup(tag, (gsize)(end - tag));
		check_tag(text);
	}
}

static void
check_answer(const LetterShown *shown, LetterReplyKind kind)
{
	LetterReplyRequest request = {.kind = kind, .own = "Me <me@example.org>"};
	g_autoptr(LetterDraft) draft = letter_reply(shown, &request);
	g_autoptr(GBytes) octets = letter_draft_compose(draft, LETTER_TO_KEEP, NULL);
	if (octets == NULL) {
		return;
	}
	g_autoptr(LetterSummary) header = letter_summary_new(base_bytes_of(octets));
	demand(header->from->len == 1);
	const LetterMailbox *from = g_ptr_array_index(header->from, 0);
	demand(g_str_equal(from->address, "me@example.org"));
	g_autoptr(LetterDraft) again = letter_draft_read(octets, NULL);
	demand(again != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) octets = g_bytes_new(data, size);
	LetterShownOptions options = {.legacy_display = true};
	g_autoptr(LetterShown) shown = letter_shown_new(octets, &options, NULL);
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autoptr(LetterHtml) html = letter_html_new(text, NULL);
	g_autofree char *document = letter_html_document(html->body);
	check_html(document);
	g_autofree char *name = letter_file_name(text);
	demand(strpbrk(name, "/\\\r\n") == NULL && *name != '.' && *name != '\0');
	if (shown == NULL) {
		return 0;
	}
	demand(g_utf8_validate(shown->text, -1, NULL));
	if (shown->html != NULL) {
		check_html(shown->html);
	}
	for (guint i = 0; i < shown->attachments->len; i++) {
		const LetterAttachment *a = g_ptr_array_index(shown->attachments, i);
		g_autoptr(GBytes) content = letter_shown_part(shown, a->part, NULL);
		demand(content != NULL && g_bytes_get_size(content) == a->size);
	}
	check_answer(shown, LETTER_REPLY_ALL);
	check_answer(shown, LETTER_FORWARD);
	return 0;
}
