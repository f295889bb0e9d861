/* SPDX-License-Identifier: MPL-2.0 */
/* Files for mail programs and the unit: well-formed whatever the address is. */
#include "setup/programs.h"
#include "setup/unit.h"
#include "t.h"

#define CONFIG                                                                          \
	"[daemon]\nsmtp=127.0.0.1:2025\nimap=[::1]:2143\npop3=127.0.0.1:2110\ntls=%s\n" \
	"[account alice@example.org]\nimap=imaps://imap.example.org:993\n"              \
	"submission=submissions://smtp.example.org:465\n"

static GPtrArray *
locals_of(const char *tls)
{
	g_auto(GStrv) halves = g_strsplit(CONFIG, "%s", 2);
	g_autofree char *text = g_strjoinv(tls, halves);
	g_autoptr(ProxyConfig) config = proxy_config_parse(text, NULL);
	g_assert_nonnull(config);
	return setup_locals(config, g_ptr_array_index(config->accounts, 0));
}

static void
test_locals(void)
{
	g_autoptr(GPtrArray) locals = locals_of("starttls");
	g_assert_cmpuint(locals->len, ==, 2);
	const SetupLocal *imap = g_ptr_array_index(locals, 0);
	const SetupLocal *smtp = g_ptr_array_index(locals, 1);
	g_assert_cmpstr(imap->host, ==, "::1");
	g_assert_cmpuint(imap->port, ==, 2143);
	g_assert_cmpstr(imap->security, ==, "STARTTLS");
	g_assert_cmpstr(smtp->host, ==, "127.0.0.1");
	g_assert_cmpuint(smtp->port, ==, 2025);
}

/* Our own clientConfig is one that our reader takes. */
static void
test_clientconfig(void)
{
	g_auto(SetupAddress) address = {0};
	g_autoptr(GPtrArray) locals = locals_of("starttls");
	const SetupLocal *smtp = g_ptr_array_index(locals, 1);
	g_autofree char *xml = setup_clientconfig("example.org", locals);
	g_assert_nonnull(strstr(xml, "<socketType>STARTTLS</socketType>"));
	g_assert_nonnull(strstr(xml, "<port>2143</port>"));
	g_assert_true(setup_address_parse("alice@example.org", &address, NULL));
	g_autoptr(GPtrArray) one = g_ptr_array_new();
	SetupLocal imap = {NET_IMAP, smtp->host, 2143, "SSL/TLS"};
	g_ptr_array_add(one, &imap);
	g_autofree char *readable = setup_clientconfig("example.org", one);
	g_autoptr(SetupServers) servers = setup_xml_read(base_bytes_str(readable), &address, NULL);
	g_assert_nonnull(servers);
	g_assert_cmpstr(servers->by[NET_IMAP]->host, ==, "127.0.0.1");
	g_assert_cmpstr(servers->user, ==, "alice@example.org");
}

static void
on_text(GMarkupParseContext *context, const char *text, gsize n, gpointer user,
	GError **error G_GNUC_UNUSED)
{
	if (strcmp(g_markup_parse_context_get_element(context), "string") == 0) {
		g_autofree char *value = g_strndup(text, n);
		g_ptr_array_add(user, g_steal_pointer(&value));
	}
}

static void
test_mobileconfig(void)
{
	static const GMarkupParser PARSER = {NULL, NULL, on_text, NULL, NULL};
	static const char NAME[] = "A <b> & \"c\" 'd' \xc3\xbc";
	static const char ADDRESS[] = "a&b'<c@example.org";
	g_autoptr(GPtrArray) locals = locals_of("implicit");
	g_autofree char *profile = setup_mobileconfig(ADDRESS, NAME, locals);
	g_autofree char *again = setup_mobileconfig(ADDRESS, NAME, locals);
	g_autofree char *other = setup_mobileconfig("bob@example.org", NAME, locals);
	g_assert_cmpstr(profile, ==, again);
	g_assert_cmpstr(profile, !=, other);
	/* GMarkup knows no document type. */
	const char *plist = strstr(profile, "<plist");
	g_autoptr(GPtrArray) strings = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GMarkupParseContext) context =
		g_markup_parse_context_new(&PARSER, (GMarkupParseFlags)0, strings, NULL);
	g_assert_true(g_markup_parse_context_parse(context, plist, -1, NULL));
	g_assert_true(g_markup_parse_context_end_parse(context, NULL));
	g_assert_true(g_ptr_array_find_with_equal_func(strings, NAME, g_str_equal, NULL));
	g_assert_true(g_ptr_array_find_with_equal_func(strings, ADDRESS, g_str_equal, NULL));
	g_assert_true(g_ptr_array_find_with_equal_func(strings, "com.apple.mail.managed",
						       g_str_equal, NULL));
	g_assert_nonnull(strstr(profile, "<integer>2025</integer>"));
}

/* systemd.service(5): quotes, "%%" and "$$". */
static void
test_unit(void)
{
	g_autofree char *plain = setup_unit_text("/usr/bin/postseald");
	g_autofree char *odd = setup_unit_text("/home/a b/100%/$x/\"q\"/postseald");
	g_assert_nonnull(strstr(plain, "\nExecStart=\"/usr/bin/postseald\" --foreground\n"));
	g_assert_nonnull(strstr(
		odd, "\nExecStart=\"/home/a b/100%%/$$x/\\\"q\\\"/postseald\" --foreground\n"));
	g_assert_nonnull(strstr(plain, "\nNoNewPrivileges=yes\n"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/setup/programs/locals", test_locals);
	g_test_add_func("/setup/programs/clientconfig", test_clientconfig);
	g_test_add_func("/setup/programs/mobileconfig", test_mobileconfig);
	g_test_add_func("/setup/programs/unit", test_unit);
	return g_test_run();
}
