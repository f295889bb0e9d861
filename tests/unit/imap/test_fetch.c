/* SPDX-License-Identifier: MPL-2.0 */
/* FETCH commands: all items, in all forms; what servers call them. */
#include "imap/fetch.h"
#include "t.h"

/* One item each: what it is, how a response names it. */
static const struct {
	const char *wire;
	ImapItemKind kind;
	const char *name;
	const char *part; /* "1.2" */
	ImapSectionText text;
	const char *fields; /* joined with "|" */
} items[] = {
	{"FLAGS", IMAP_ITEM_FLAGS, "FLAGS", "", 0, ""},
	{"uid", IMAP_ITEM_UID, "UID", "", 0, ""},
	{"InternalDate", IMAP_ITEM_INTERNALDATE, "INTERNALDATE", "", 0, ""},
	{"MODSEQ", IMAP_ITEM_MODSEQ, "MODSEQ", "", 0, ""},
	{"envelope", IMAP_ITEM_ENVELOPE, "ENVELOPE", "", 0, ""},
	{"BODYSTRUCTURE", IMAP_ITEM_BODYSTRUCTURE, "BODYSTRUCTURE", "", 0, ""},
	{"body", IMAP_ITEM_BODY_STRUCTURE_SHORT, "BODY", "", 0, ""},
	{"rfc822", IMAP_ITEM_RFC822, "RFC822", "", 0, ""},
	{"RFC822.PEEK", IMAP_ITEM_RFC822, "RFC822", "", 0, ""},
	{"RFC822.HEADER", IMAP_ITEM_RFC822_HEADER, "RFC822.HEADER", "", 0, ""},
	{"RFC822.TEXT", IMAP_ITEM_RFC822_TEXT, "RFC822.TEXT", "", 0, ""},
	{"RFC822.Text.Peek", IMAP_ITEM_RFC822_TEXT, "RFC822.TEXT", "", 0, ""},
	{"RFC822.SIZE", IMAP_ITEM_RFC822_SIZE, "RFC822.SIZE", "", 0, ""},
	{"BODY[]", IMAP_ITEM_SECTION, "BODY[]", "", IMAP_SECTION_ALL, ""},
	{"body.peek[]", IMAP_ITEM_SECTION, "BODY[]", "", IMAP_SECTION_ALL, ""},
	{"BODY[1.2.3]", IMAP_ITEM_SECTION, "BODY[1.2.3]", "1.2.3", IMAP_SECTION_ALL, ""},
	{"BODY[text]", IMAP_ITEM_SECTION, "BODY[TEXT]", "", IMAP_SECTION_TEXT, ""},
	{"BODY[HEADER]", IMAP_ITEM_SECTION, "BODY[HEADER]", "", IMAP_SECTION_HEADER, ""},
	{"BODY.PEEK[4.2.2.1.mime]", IMAP_ITEM_SECTION, "BODY[4.2.2.1.MIME]", "4.2.2.1",
	 IMAP_SECTION_MIME, ""},
	{"BODY[3.HEADER]", IMAP_ITEM_SECTION, "BODY[3.HEADER]", "3", IMAP_SECTION_HEADER, ""},
	{"BODY.PEEK[HEADER.FIELDS (Subject from)]", IMAP_ITEM_SECTION,
	 "BODY[HEADER.FIELDS (Subject from)]", "", IMAP_SECTION_FIELDS, "Subject|from"},
	{"BODY[header.fields.not  ( \"a b\"  {3}\r\nc\"e )]", IMAP_ITEM_SECTION,
	 "BODY[HEADER.FIELDS.NOT (\"a b\" \"c\\\"e\")]", "", IMAP_SECTION_FIELDS_NOT, "a b|c\"e"},
	{"BODY[1.2.HEADER.FIELDS (\"a\" b {3}\r\ncde)]", IMAP_ITEM_SECTION,
	 "BODY[1.2.HEADER.FIELDS (\"a\" b \"cde\")]", "1.2", IMAP_SECTION_FIELDS, "a|b|cde"},
	{"BODY[HEADER.FIELDS (\"x]y\" \"q\\\"r\")]", IMAP_ITEM_SECTION,
	 "BODY[HEADER.FIELDS (\"x]y\" \"q\\\"r\")]", "", IMAP_SECTION_FIELDS, "x]y|q\"r"},
	{"BINARY[1]", IMAP_ITEM_BINARY, "BINARY[1]", "1", IMAP_SECTION_ALL, ""},
	{"binary.peek[1.2]", IMAP_ITEM_BINARY, "BINARY[1.2]", "1.2", IMAP_SECTION_ALL, ""},
	{"BINARY[]", IMAP_ITEM_BINARY, "BINARY[]", "", IMAP_SECTION_ALL, ""},
	{"BINARY.SIZE[7]", IMAP_ITEM_BINARY_SIZE, "BINARY.SIZE[7]", "7", 0, ""},
	{"PREVIEW", IMAP_ITEM_PREVIEW, "PREVIEW", "", 0, ""},
	{"PREVIEW (LAZY)", IMAP_ITEM_PREVIEW, "PREVIEW", "", 0, ""},
	{"X-GM-MSGID", IMAP_ITEM_OTHER, "X-GM-MSGID", "", 0, ""},
	{"SaveDate", IMAP_ITEM_OTHER, "SaveDate", "", 0, ""},
	{"BODYX[1 \"]\" (a)]<7>", IMAP_ITEM_OTHER, "BODYX[1 \"]\" (a)]<7>", "", 0, ""},
};

static char *
part_of(const ImapItem *item)
{
	GString *part = g_string_new(NULL);
	for (guint i = 0; i < item->part->len; i++) {
		g_string_append_printf(part, "%s%u", i > 0 ? "." : "",
				       g_array_index(item->part, guint32, i));
	}
	return g_string_free(part, FALSE);
}

static char *
fields_of(const ImapItem *item)
{
	GString *fields = g_string_new(NULL);
	for (guint i = 0; i < item->fields->len; i++) {
		g_string_append_printf(fields, "%s%s", i > 0 ? "|" : "",
				       (char *)g_ptr_array_index(item->fields, i));
	}
	return g_string_free(fields, FALSE);
}

static void
check_item(const ImapFetch *fetch, guint at, size_t i)
{
	const ImapItem *item = g_ptr_array_index(fetch->items, at);
	g_autofree char *part = part_of(item);
	g_autofree char *fields = fields_of(item);

	g_assert_cmpint((int)item->kind, ==, (int)items[i].kind);
	g_assert_cmpstr(item->name, ==, items[i].name);
	g_assert_cmpstr(item->wire, ==, items[i].wire);
	g_assert_cmpstr(part, ==, items[i].part);
	g_assert_cmpint((int)item->text, ==, (int)items[i].text);
	g_assert_cmpstr(fields, ==, items[i].fields);
	g_assert_false(item->partial);
}

static void
test_items(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(items); i++) {
		g_autofree char *alone = g_strdup_printf("1:* %s\r\n", items[i].wire);
		g_autofree char *among =
			g_strdup_printf("$ ( UID  %s FLAGS ) (CHANGEDSINCE 1)\r\n", items[i].wire);
		g_test_message("%s", items[i].wire);
		g_autoptr(ImapFetch) one = imap_fetch_parse(base_bytes_str(alone), NULL);
		g_assert_nonnull(one);
		g_assert_cmpuint(one->items->len, ==, 1);
		g_assert_cmpstr(one->set_wire, ==, "1:*");
		g_assert_null(one->modifiers);
		check_item(one, 0, i);
		g_autoptr(ImapFetch) three = imap_fetch_parse(base_bytes_str(among), NULL);
		g_assert_nonnull(three);
		g_assert_cmpuint(three->items->len, ==, 3);
		g_assert_cmpstr(three->set_wire, ==, "$");
		g_assert_cmpstr(three->modifiers, ==, "(CHANGEDSINCE 1)");
		check_item(three, 1, i);
	}
}

static const struct {
	const char *args;
	const char *names; /* joined with "|" */
	const char *modifiers;
	bool content;
} fetches[] = {
	/* RFC 9051 section 6.4.5. */
	{"2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])\r\n", "FLAGS|BODY[HEADER.FIELDS (DATE FROM)]",
	 NULL, true},
	{"1 ALL\r\n", "FLAGS|INTERNALDATE|RFC822.SIZE|ENVELOPE", NULL, true},
	{"1 fast\r\n", "FLAGS|INTERNALDATE|RFC822.SIZE", NULL, true},
	{"1 Full\r\n", "FLAGS|INTERNALDATE|RFC822.SIZE|ENVELOPE|BODY", NULL, true},
	{"1 FAST (CHANGEDSINCE 7)\r\n", "FLAGS|INTERNALDATE|RFC822.SIZE", "(CHANGEDSINCE 7)", true},
	{"1 (UID FAST)\r\n", "UID|FLAGS|INTERNALDATE|RFC822.SIZE", NULL, true},
	/* RFC 7162 sections 3.1.4.1 and 3.2.6. */
	{"1:* (FLAGS) (CHANGEDSINCE 12345)\r\n", "FLAGS", "(CHANGEDSINCE 12345)", false},
	{"300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)\r\n", "FLAGS",
	 "(CHANGEDSINCE 12345 VANISHED)", false},
	{"1 FLAGS (CHANGEDSINCE 1)\r\n", "FLAGS", "(CHANGEDSINCE 1)", false},
	{"1 X-FOO (CHANGEDSINCE 1)\r\n", "X-FOO", "(CHANGEDSINCE 1)", false},
	/* RFC 5257: arguments of an item. */
	{"1 (ANNOTATION (/comment (value.priv {3}\r\na)b)) UID)\r\n", "ANNOTATION|UID", NULL,
	 false},
	/* RFC 8970 section 3.1. */
	{"1 (RFC822.SIZE PREVIEW (LAZY))\r\n", "RFC822.SIZE|PREVIEW", NULL, true},
	{"1 PREVIEW (PARTIAL -1:-10)\r\n", "PREVIEW", "(PARTIAL -1:-10)", true},
	{"1 PREVIEW (LAZY) (CHANGEDSINCE 3)\r\n", "PREVIEW", "(CHANGEDSINCE 3)", true},
	/* Thunderbird's list of new messages. */
	{"1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Subject Date)])\r\n",
	 "UID|RFC822.SIZE|FLAGS|BODY[HEADER.FIELDS (From To Cc Subject Date)]", NULL, true},
	{"1 (UID RFC822.HEADER)\r\n", "UID|RFC822.HEADER", NULL, true},
	{"1 (RFC822.TEXT)\r\n", "RFC822.TEXT", NULL, true},
	{"1 BINARY.PEEK[1]\r\n", "BINARY[1]", NULL, true},
	{"1 BINARY[1]\n", "BINARY[1]", NULL, true},
	{" 1  UID\r\n", "UID", NULL, false},
};

static void
test_fetches(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(fetches); i++) {
		g_autoptr(ImapFetch) fetch =
			imap_fetch_parse(base_bytes_str(fetches[i].args), NULL);
		g_autoptr(GString) names = g_string_new(NULL);
		g_test_message("%s", fetches[i].args);
		g_assert_nonnull(fetch);
		for (guint k = 0; k < fetch->items->len; k++) {
			const ImapItem *item = g_ptr_array_index(fetch->items, k);
			g_string_append_printf(names, "%s%s", k > 0 ? "|" : "", item->name);
		}
		g_assert_cmpstr(names->str, ==, fetches[i].names);
		g_assert_cmpstr(fetch->modifiers, ==, fetches[i].modifiers);
		g_assert_true(imap_fetch_wants_content(fetch) == fetches[i].content);
	}
}

static const struct {
	const char *args;
	const char *name;
	uint64_t offset;
	uint64_t length;
} partials[] = {
	{"1 BODY.PEEK[]<0.2048>", "BODY[]<0>", 0, 2048},
	{"1 (BODY[1.TEXT]<5.0>)", "BODY[1.TEXT]<5>", 5, 0},
	{"1 BODY[HEADER.FIELDS (a)]<100.5>", "BODY[HEADER.FIELDS (a)]<100>", 100, 5},
	{"1 BINARY.PEEK[2]<7.9223372036854775807>", "BINARY[2]<7>", 7, G_MAXINT64},
	{"1 BODY[]<3>", "BODY[]<3>", 3, G_MAXINT64},
};

static void
test_partials(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(partials); i++) {
		g_autoptr(ImapFetch) fetch =
			imap_fetch_parse(base_bytes_str(partials[i].args), NULL);
		g_assert_nonnull(fetch);
		const ImapItem *item = g_ptr_array_index(fetch->items, 0);
		g_assert_true(item->partial);
		g_assert_cmpstr(item->name, ==, partials[i].name);
		g_assert_cmpuint(item->offset, ==, partials[i].offset);
		g_assert_cmpuint(item->length, ==, partials[i].length);
		g_assert_true(imap_fetch_find(fetch, item->kind) == item);
		g_assert_null(imap_fetch_find(fetch, IMAP_ITEM_FLAGS));
	}
}

static const char *const broken[] = {
	"",
	"\r\n",
	"1",
	"1 ",
	"1 ()",
	"1 ( )",
	"1 (UID",
	"1 (UID ",
	"1 UID FLAGS",
	"1 (UID)FLAGS",
	"1 (UID) x",
	"1 (UID) (x",
	"1 (UID) (x) y",
	"1 ALL UID",
	"1 (UID(FLAGS))",
	"0 UID",
	"a UID",
	"1,,2 UID",
	"\"1\" UID",
	"1 BODY.PEEK",
	"1 BINARY",
	"1 BODY[",
	"1 BODY[1",
	"1 BODY[1.",
	"1 BODY[1.]",
	"1 BODY[0]",
	"1 BODY[1.0]",
	"1 BODY[4294967296]",
	"1 BODY[MIME]",
	"1 BODY[1.FOO]",
	"1 BODY[1TEXT]",
	"1 BODY[TEXT.1]",
	"1 BODY[HEADER.FIELDS]",
	"1 BODY[HEADER.FIELDS ()]",
	"1 BODY[HEADER.FIELDS (a]",
	"1 BODY[HEADER.FIELDS (a) x]",
	"1 BODY[HEADER.FIELDS (a (b))]",
	"1 BODY[HEADER.FIELDS ({9}\r\nabc)]",
	"1 BODY[HEADER.FIELDS ({3}\r\na\r\n)]",
	"1 BODY[HEADER.FIELDS (\"\xc3\xbc\")]",
	"1 BODY[]<",
	"1 BODY[]<a>",
	"1 BODY[]<1.>",
	"1 BODY[]<1.2",
	"1 BODY[]<-1.2>",
	"1 BODY[]<9223372036854775808.1>",
	"1 BINARY[HEADER]",
	"1 BINARY[1.MIME]",
	"1 BINARY.SIZE[1]<0.1>",
	"1 X-FOO[a",
	"1 (X-FOO (a)",
	"1 \"UID\"",
};

static void
test_broken(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
		g_autofree char *line = g_strdup_printf("%s\r\n", broken[i]);
		g_autoptr(GError) error = NULL;
		g_test_message("%s", broken[i]);
		g_assert_null(imap_fetch_parse(base_bytes_str(line), &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
	}
}

static void
check_limit(const char *before, const char *repeated, guint n, const char *after)
{
	g_autoptr(GString) args = g_string_new(before);
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < n; i++) {
		g_string_append(args, repeated);
	}
	g_string_append(args, after);
	g_assert_null(imap_fetch_parse(base_bytes(args->str, args->len), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
}

static void
test_limits(void)
{
	check_limit("1 (UID", " UID", 1000, ")\r\n");
	check_limit("1 BODY[1", ".1", 50, "]\r\n");
	check_limit("1 BODY[HEADER.FIELDS (a", " a", 1000, ")]\r\n");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/fetch/items", test_items);
	g_test_add_func("/imap/fetch/fetches", test_fetches);
	g_test_add_func("/imap/fetch/partials", test_partials);
	g_test_add_func("/imap/fetch/broken", test_broken);
	g_test_add_func("/imap/fetch/limits", test_limits);
	return g_test_run();
}
