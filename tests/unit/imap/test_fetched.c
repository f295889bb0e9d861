/* SPDX-License-Identifier: MPL-2.0 */
/* FETCH responses as Dovecot, Gmail and the RFCs have them, and broken ones. */
#include "imap/fetched.h"
#include "t.h"

static const struct {
	const char *response;
	guint32 seq;
	const char *items; /* name, "=", value, joined with "|" */
} whole[] = {
	{"* 1 FETCH (UID 1)\r\n", 1, "UID=1"},
	{"* 4294967295 fetch ()\r\n", 4294967295U, ""},
	{"* 1 FETCH (FLAGS (\\Seen \\Recent) MODSEQ (2))\r\n", 1,
	 "FLAGS=(\\Seen \\Recent)|MODSEQ=(2)"},
	{"* 1 FETCH (FLAGS () INTERNALDATE \"22-Nov-2026 04:50:55 +0000\" RFC822.SIZE 177)\r\n", 1,
	 "FLAGS=()|INTERNALDATE=\"22-Nov-2026 04:50:55 +0000\"|RFC822.SIZE=177"},
	{"* 1 FETCH (BODY[HEADER.FIELDS (\"SUBJECT\" FROM)] {5}\r\na)\r\n  BODY[TEXT]<100> {0}\r\n"
	 " UID 3)\r\n",
	 1, "BODY[HEADER.FIELDS (\"SUBJECT\" FROM)]={5}\r\na)\r\n |BODY[TEXT]<100>={0}\r\n|UID=3"},
	{"* 1 FETCH (UID 1 BODY[HEADER.FIELDS (\"A B\" \"X]Y\" \"Q\\\"R\")] {2}\r\n\r\n)\r\n", 1,
	 "UID=1|BODY[HEADER.FIELDS (\"A B\" \"X]Y\" \"Q\\\"R\")]={2}\r\n\r\n"},
	{"* 1 FETCH (BODY[HEADER.FIELDS ({3}\r\na]b)] NIL)\r\n", 1,
	 "BODY[HEADER.FIELDS ({3}\r\na]b)]=NIL"},
	{"* 2 FETCH (BINARY[1] ~{3}\r\na)b BINARY.SIZE[1] 3)\r\n", 2,
	 "BINARY[1]=~{3}\r\na)b|BINARY.SIZE[1]=3"},
	{"* 1 FETCH (X-GM-MSGID 1278455344230334865 X-GM-LABELS (\"\\\\Inbox\" (x) \"a)\"))\r\n", 1,
	 "X-GM-MSGID=1278455344230334865|X-GM-LABELS=(\"\\\\Inbox\" (x) \"a)\")"},
	{"* 1 FETCH (ENVELOPE (\"d\" {2}\r\n(( ((NIL NIL \"a\" {0}\r\n)) NIL))\r\n", 1,
	 "ENVELOPE=(\"d\" {2}\r\n(( ((NIL NIL \"a\" {0}\r\n)) NIL)"},
	{"* 1 FETCH (PREVIEW \"Gr\xc3\xbc\xc3\x9f"
	 "e \\\"\" THREADID NIL EMAILID (M00000001))\r\n",
	 1,
	 "PREVIEW=\"Gr\xc3\xbc\xc3\x9f"
	 "e \\\"\"|THREADID=NIL|EMAILID=(M00000001)"},
	{"* 1 FETCH ( UID  1 )  \r\n", 1, "UID=1"},
	{"* 1 FETCH (UID 1)\n", 1, "UID=1"},
};

static char *
items_of(const ImapFetched *fetched)
{
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < fetched->items->len; i++) {
		const ImapFetchedItem *item = &g_array_index(fetched->items, ImapFetchedItem, i);
		g_autofree char *name = base_bytes_strdup(item->name);
		g_autofree char *value = base_bytes_strdup(item->value);
		g_string_append_printf(out, "%s%s=%s", i > 0 ? "|" : "", name, value);
	}
	return g_string_free(out, FALSE);
}

static void
test_whole(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(whole); i++) {
		g_auto(ImapFetched) fetched = {0};
		g_test_message("%s", whole[i].response);
		g_assert_true(imap_fetched_parse(base_bytes_str(whole[i].response), &fetched));
		g_autofree char *items = items_of(&fetched);
		g_assert_cmpstr(items, ==, whole[i].items);
		g_assert_cmpuint(fetched.seq, ==, whole[i].seq);
		g_assert_true(fetched.complete);
		g_assert_false(fetched.pending);
	}
}

/* Cut anywhere, a response is pending where a literal's announcement ends, else no response. */
static void
test_cut(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(whole); i++) {
		BaseBytes all = base_bytes_str(whole[i].response);
		for (size_t n = 0; n < all.n; n++) {
			g_auto(ImapFetched) fetched = {0};
			BaseBytes part = base_bytes_slice(all, 0, n);
			bool ok = imap_fetched_parse(part, &fetched);
			bool at_literal = n > 3 && part.p[n - 1] == '\n' && part.p[n - 3] == '}';
			g_assert_true(ok == at_literal);
			g_assert_true(fetched.pending == at_literal);
			g_assert_false(fetched.complete);
		}
	}
}

static const struct {
	const char *response;
	bool is_value;
	const char *name;
	const char *items;
} pending[] = {
	{"* 5 FETCH (UID 7 BODY[] {1234}\r\n", true, "BODY[]", "UID=7"},
	{"* 5 FETCH (BINARY[1]<0> ~{9}\r\n", true, "BINARY[1]<0>", ""},
	{"* 5 FETCH (BODY[] {0}\r\n", true, "BODY[]", ""},
	{"* 5 FETCH (BODY[1] {1}\r\nx BODY[2] {2}\r\n", true, "BODY[2]", "BODY[1]={1}\r\nx"},
	{"* 5 FETCH (FLAGS () ENVELOPE (\"d\" {7}\r\n", false, "ENVELOPE", "FLAGS=()"},
	{"* 5 FETCH (BODY[HEADER.FIELDS ({3}\r\n", false, "BODY[HEADER.FIELDS ({3}", ""},
};

static void
test_pending(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(pending); i++) {
		g_auto(ImapFetched) fetched = {0};
		g_assert_true(imap_fetched_parse(base_bytes_str(pending[i].response), &fetched));
		g_autofree char *items = items_of(&fetched);
		g_assert_true(fetched.pending);
		g_assert_false(fetched.complete);
		g_assert_true(fetched.pending_is_value == pending[i].is_value);
		T_ASSERT_STR_BYTES(fetched.pending_name, pending[i].name);
		g_assert_cmpstr(items, ==, pending[i].items);
	}
}

static const char *const broken[] = {
	"",
	"\r\n",
	"* 5 FETCH (",
	"* 5 FETCH (\r\n",
	"* 5 FETCH\r\n",
	"* 5 FETCH UID 1\r\n",
	"* 5 FETCHED (UID 1)\r\n",
	"* 5 EXISTS\r\n",
	"* 0 FETCH (UID 1)\r\n",
	"* 4294967296 FETCH (UID 1)\r\n",
	"* -1 FETCH (UID 1)\r\n",
	"* FETCH (UID 1)\r\n",
	"5 FETCH (UID 1)\r\n",
	"a OK FETCH done\r\n",
	"* 5 FETCH (UID)\r\n",
	"* 5 FETCH (UID )\r\n",
	"* 5 FETCH (UID 1\r\n",
	"* 5 FETCH (UID 1)",
	"* 5 FETCH (UID 1) x\r\n",
	"* 5 FETCH (UID 1))\r\n",
	"* 5 FETCH (UID 1)\r\n* 6 FETCH (UID 2)\r\n",
	"* 5 FETCH ((UID) 1)\r\n",
	"* 5 FETCH (\"UID\" 1)\r\n",
	"* 5 FETCH (UID \"1)\r\n",
	"* 5 FETCH (UID \"1\"x)\r\n",
	"* 5 FETCH (UID \"1\\\")\r\n",
	"* 5 FETCH (UID \"\r\n\")\r\n",
	"* 5 FETCH (FLAGS (\\Seen)\r\n",
	"* 5 FETCH (FLAGS (\\Seen)x)\r\n",
	"* 5 FETCH (FLAGS (\r\n))\r\n",
	"* 5 FETCH (BODY[ NIL)\r\n",
	"* 5 FETCH (BODY[)] NIL)\r\n",
	"* 5 FETCH (BODY[]< NIL)\r\n",
	"* 5 FETCH (BODY[]<a> NIL)\r\n",
	"* 5 FETCH (BODY[]<0 NIL)\r\n",
	"* 5 FETCH (BODY[]NIL)\r\n",
	"* 5 FETCH (BODY[] {9}\r\nabc)\r\n",
	"* 5 FETCH (BODY[] {99999999999999999999}\r\nabc)\r\n",
	"* 5 FETCH (BODY[] {3} abc)\r\n",
	"* 5 FETCH (BODY[] {3}\r\nabcdef)\r\n",
	"* 5 FETCH (BODY[] ~\r\n",
};

static void
test_broken(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
		ImapFetched fetched = {.seq = 4711};
		g_test_message("%s", broken[i]);
		g_assert_false(imap_fetched_parse(base_bytes_str(broken[i]), &fetched));
		g_assert_cmpuint(fetched.seq, ==, 4711);
		g_assert_null(fetched.items);
	}
}

static void
test_deep(void)
{
	g_autoptr(GString) deep = g_string_new("* 5 FETCH (BODY ");
	g_auto(ImapFetched) fetched = {0};

	for (guint i = 0; i < 1000000; i++) {
		g_string_append_c(deep, '(');
	}
	g_assert_false(imap_fetched_parse(base_bytes(deep->str, deep->len), &fetched));
	g_string_truncate(deep, strlen("* 5 FETCH (BODY ") + 200);
	for (guint i = 0; i < 200; i++) {
		g_string_append_c(deep, ')');
	}
	g_string_append(deep, ")\r\n");
	g_assert_true(imap_fetched_parse(base_bytes(deep->str, deep->len), &fetched));
}

static void
test_many_items(void)
{
	g_autoptr(GString) many = g_string_new("* 5 FETCH (");
	g_auto(ImapFetched) fetched = {0};

	for (guint i = 0; i < 10001; i++) {
		g_string_append(many, "UID 1 ");
	}
	g_string_append(many, ")\r\n");
	g_assert_false(imap_fetched_parse(base_bytes(many->str, many->len), &fetched));
}

static bool
parses_with(guint n, const char *before, const char *literal, const char *after)
{
	g_autoptr(GString) many = g_string_new(before);
	g_auto(ImapFetched) fetched = {0};

	for (guint i = 0; i < n; i++) {
		g_string_append(many, literal);
	}
	g_string_append(many, after);
	return imap_fetched_parse(base_bytes(many->str, many->len), &fetched);
}

static void
test_many_literals(void)
{
	static const struct {
		const char *before;
		const char *literal;
		const char *after;
	} cases[] = {
		{"* 5 FETCH (ENVELOPE (", "{1}\r\na", "))\r\n"},
		{"* 5 FETCH (", "BODY[] {1}\r\na ", ")\r\n"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_assert_true(parses_with(2000, cases[i].before, cases[i].literal, cases[i].after));
		g_assert_false(
			parses_with(2001, cases[i].before, cases[i].literal, cases[i].after));
	}
}

static void
test_find(void)
{
	g_auto(ImapFetched) fetched = {0};
	g_assert_true(imap_fetched_parse(
		BASE_LIT("* 1 FETCH (uid 9 BODY[HEADER.FIELDS (\"SUBJECT\" FROM)]<0> \"x\")\r\n"),
		&fetched));
	g_assert_nonnull(imap_fetched_find(&fetched, "UID"));
	g_assert_nonnull(imap_fetched_find(&fetched, "BODY[HEADER.FIELDS (Subject From)]<0>"));
	g_assert_nonnull(imap_fetched_find(&fetched, "body[header.fields (subject \"from\")]<0>"));
	g_assert_null(imap_fetched_find(&fetched, "BODY[HEADER.FIELDS (Subject From)]"));
	g_assert_null(imap_fetched_find(&fetched, "BODY[HEADER.FIELDS (Subject Fro)]<0>"));
	g_assert_null(imap_fetched_find(&fetched, "UIDX"));
	g_assert_null(imap_fetched_find(&fetched, "UI"));
	g_assert_null(imap_fetched_find(&fetched, ""));
}

static const struct {
	const char *value;
	const char *octets; /* NULL: no string */
} strings[] = {
	{"\"text\"", "text"},
	{"\"\"", ""},
	{"\"a\\\"b\\\\\"", "a\"b\\"},
	{"{5}\r\nHello", "Hello"},
	{"~{2}\r\nab", "ab"},
	{"{0}\r\n", ""},
	{"NIL", NULL},
	{"7", NULL},
	{"(\"a\")", NULL},
	{"", NULL},
	{"\"\xc3\xbc\"", "\xc3\xbc"},
};

static void
test_octets(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(strings); i++) {
		ImapFetchedItem item = {BASE_LIT("X"), base_bytes_str(strings[i].value)};
		g_autoptr(GBytes) octets = imap_fetched_octets(&item);
		g_assert_true((octets == NULL) == (strings[i].octets == NULL));
		if (octets != NULL) {
			T_ASSERT_STR_BYTES(base_bytes_of(octets), strings[i].octets);
		}
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/imap/fetched/whole", test_whole);
	g_test_add_func("/imap/fetched/cut", test_cut);
	g_test_add_func("/imap/fetched/pending", test_pending);
	g_test_add_func("/imap/fetched/broken", test_broken);
	g_test_add_func("/imap/fetched/deep", test_deep);
	g_test_add_func("/imap/fetched/many-items", test_many_items);
	g_test_add_func("/imap/fetched/many-literals", test_many_literals);
	g_test_add_func("/imap/fetched/find", test_find);
	g_test_add_func("/imap/fetched/octets", test_octets);
	return g_test_run();
}
