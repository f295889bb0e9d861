/* SPDX-License-Identifier: MPL-2.0 */
/* `postseal doctor`: everything that has to be right, in order. */
#include "setup/doctor.h"

#include "base/clock.h"
#include "net/tls.h"
#include "proxy/oauth.h"
#include "setup/config.h"
#include "setup/unit.h"
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define OPENSSL_GOOD 0x30000160UL        /* 3.0.22: faults in its CMS and PKCS#7 are mended */
#define RELEASED     INT64_C(1763700000) /* no clock shows an earlier time */
#define SOON         (30 * BASE_DAY)
#define STORE_FILE   "postseal.db" /* in the home */
#define ROOM_NEEDED  (64U << 20)   /* octets: a message of the largest size */
#define ROOM_GOOD    (512U << 20)

void
doctor_add(GPtrArray *checks, const char *check, const char *subject, SetupGrade grade,
	   const char *text, const char *mend)
{
	SetupCheck *row = g_new0(SetupCheck, 1);
	row->check = check;
	row->subject = g_strdup(subject == NULL ? "" : subject);
	row->grade = grade;
	row->text = g_strdup(text);
	row->mend = g_strdup(mend == NULL || grade == SETUP_OK ? "" : mend);
	g_ptr_array_add(checks, row);
}

/* Ours, and nobody else may look. */
static void
check_private(GPtrArray *checks, const char *check, const char *path, bool needed)
{
	struct stat status;
	g_autofree char *quoted = g_shell_quote(path);
	g_autofree char *mend = g_strdup_printf("chmod go= %s", quoted);
	if (stat(path, &status) != 0) {
		doctor_add(checks, check, path, needed ? SETUP_FAIL : SETUP_WARN, g_strerror(errno),
			   "postseal setup ADDRESS");
	} else if (status.st_uid != getuid()) {
		doctor_add(checks, check, path, SETUP_FAIL, "belongs to somebody else",
			   "make it your own");
	} else if ((status.st_mode & 077) != 0) {
		/* What lies in a folder is private by itself, if nobody can exchange it. */
		bool grave = !S_ISDIR(status.st_mode) || (status.st_mode & 022) != 0;
		doctor_add(checks, check, path, grave ? SETUP_FAIL : SETUP_WARN,
			   "others on this machine may look into it", mend);
	} else {
		doctor_add(checks, check, path, SETUP_OK, "is yours alone", NULL);
	}
}

static void
check_account(GPtrArray *checks, PsEngine *engine, const PsAccount *account)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *until = base_clock_format(account->expires);
	int64_t left = account->expires - base_clock_now();
	g_autofree char *text = g_strdup_printf(
		left < 0 ? "has keys that expired on %.10s" : "has keys until %.10s", until);
	g_autofree char *rotate = g_strconcat("postseal account rotate ", account->address, NULL);
	g_autofree char *restore = g_strconcat("postseal restore BACKUP, or ", rotate, NULL);
	g_autoptr(GBytes) leaf = ps_engine_get_certificate(engine, account->address, FALSE, &error);
	if (leaf == NULL) {
		doctor_add(checks, "account", account->address, SETUP_FAIL, error->message,
			   restore);
	} else if (left < SOON) {
		doctor_add(checks, "account", account->address, left < 0 ? SETUP_FAIL : SETUP_WARN,
			   text, rotate);
	} else {
		doctor_add(checks, "account", account->address, SETUP_OK, text, NULL);
	}
}

/* A damaged store is put away, not written over. */
static char *
store_mend(const GError *error, const SetupPlace *place)
{
	g_autofree char *quoted = g_shell_quote(place->home);
	switch (error->code) {
	case PS_ERROR_MALFORMED:
		return g_strdup_printf("put it away (mv %s %s.damaged), then postseal restore "
				       "BACKUP; without a backup see `postseal setup --help`",
				       quoted, quoted);
	case PS_ERROR_UNSUPPORTED:
		return g_strdup("install the newer postseal again");
	case PS_ERROR_BUSY:
		return g_strdup("end the program that uses it, or wait for it");
	default:
		return g_strdup_printf("make it yours: chown -R $USER %s; chmod -R u+rwX %s",
				       quoted, quoted);
	}
}

/* False: nobody can know what is in it. */
static bool
check_store(GPtrArray *checks, PsEngine *engine, const SetupPlace *place)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *file = g_build_filename(place->home, STORE_FILE, NULL);
	g_autoptr(GPtrArray) accounts = ps_engine_list_accounts(engine, &error);
	if (accounts == NULL) {
		g_autofree char *mend = store_mend(error, place);
		doctor_add(checks, "store", place->home, SETUP_FAIL, error->message, mend);
		return false;
	}
	bool there = g_file_test(file, G_FILE_TEST_EXISTS);
	doctor_add(checks, "store", place->home, there ? SETUP_OK : SETUP_WARN,
		   there ? "opens" : "there is none yet", "postseal setup ADDRESS");
	for (guint i = 0; i < accounts->len; i++) {
		check_account(checks, engine, g_ptr_array_index(accounts, i));
	}
	if (accounts->len == 0) {
		doctor_add(checks, "account", NULL, SETUP_FAIL, "there is none",
			   "postseal setup ADDRESS");
	}
	return true;
}

/* What is queued, kept and learned needs room; a full disk loses drafts first. */
static void
check_room(GPtrArray *checks, const SetupPlace *place)
{
	struct statvfs fs;
	if (statvfs(place->home, &fs) != 0) {
		return;
	}
	guint64 left = (guint64)fs.f_bavail * fs.f_frsize;
	g_autofree char *size = g_format_size(left);
	g_autofree char *text = g_strdup_printf("has %s left", size);
	doctor_add(checks, "disk", place->home,
		   left < ROOM_NEEDED ? SETUP_FAIL
		   : left < ROOM_GOOD ? SETUP_WARN
				      : SETUP_OK,
		   text, "make room: remove what is not needed from this disk");
}

/* Accounts that have keys but no servers, or servers but no keys. */
static void
check_pairs(GPtrArray *checks, PsEngine *engine, const ProxyConfig *config)
{
	for (guint i = 0; i < config->accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(config->accounts, i);
		g_autoptr(PsAccount) own =
			account->home != NULL
				? NULL
				: ps_engine_get_account(engine, account->address, NULL);
		if (own == NULL && account->home == NULL) {
			g_autofree char *mend = g_strdup_printf(
				"postseal setup %s, with --join-code CODE or --replace if another "
				"device has keys",
				account->address);
			doctor_add(checks, "account", account->address, SETUP_WARN,
				   "is configured but has no keys: its mail only passes", mend);
		}
	}
}

/* Managed accounts are of no use before somebody has logged in. */
static void
check_logins(GPtrArray *checks, const SetupPlace *place, const ProxyConfig *config)
{
	for (guint i = 0; i < config->accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(config->accounts, i);
		const char *home = account->home != NULL ? account->home : place->home;
		if (account->mode == PROXY_MANAGED) {
			bool good = oauth_has_login(home, account->address);
			g_autofree char *mend =
				g_strconcat("postseal login ", account->address, NULL);
			doctor_add(checks, "login", account->address, good ? SETUP_OK : SETUP_FAIL,
				   good ? "is managed: the daemon has a token of the provider"
					: "is managed, but nobody has logged in at the provider",
				   mend);
		}
	}
}

static ProxyConfig *
check_config(GPtrArray *checks, PsEngine *engine, const SetupPlace *place, bool opens)
{
	g_autoptr(GError) error = NULL;
	check_private(checks, "config", place->config, true);
	if (!g_file_test(place->config, G_FILE_TEST_EXISTS)) {
		return NULL;
	}
	ProxyConfig *config = proxy_config_load(place->config, &error);
	if (config == NULL) {
		const char *text = error->message;
		text += g_str_has_prefix(text, place->config) ? strlen(place->config) : 0;
		g_autofree char *mend = g_strdup_printf("mend that line of %s", place->config);
		doctor_add(checks, "config", place->config, SETUP_FAIL, text + strspn(text, ": "),
			   mend);
		return NULL;
	}
	doctor_add(checks, "config", place->config, SETUP_OK, "can be read", NULL);
	if (opens) {
		check_pairs(checks, engine, config);
	}
	check_logins(checks, place, config);
	return config;
}

static void
check_certificate(GPtrArray *checks, const SetupPlace *place, const ProxyConfig *config)
{
	g_autofree char *path = g_build_filename(place->home, "tls.pem", NULL);
	g_autofree char *pem = NULL;
	g_autoptr(GError) error = NULL;
	if (config->tls == PROXY_TLS_NONE) {
		return;
	}
	check_private(checks, "certificate", path, true);
	if (!g_file_get_contents(path, &pem, NULL, NULL)) {
		return;
	}
	g_autoptr(GTlsCertificate) certificate = net_tls_certificate(pem, &error);
	explicit_bzero(pem, strlen(pem));
	g_autofree char *quoted = g_shell_quote(path);
	g_autofree char *start = setup_start_words(place);
	g_autofree char *mend = g_strdup_printf(
		"rm %s, then start the daemon again, which makes a new one (%s); mail programs "
		"will ask about it",
		quoted, start);
	if (certificate == NULL) {
		doctor_add(checks, "certificate", path, SETUP_FAIL, error->message, mend);
		return;
	}
	g_autoptr(GDateTime) end = g_tls_certificate_get_not_valid_after(certificate);
	gint64 left = end == NULL ? G_MAXINT64 : g_date_time_to_unix(end) - base_clock_now();
	g_autofree char *until = end == NULL ? g_strdup("?") : g_date_time_format(end, "%Y-%m-%d");
	g_autofree char *text =
		g_strdup_printf(left < 0 ? "expired on %s" : "is good until %s", until);
	doctor_add(checks, "certificate", path,
		   left < 0      ? SETUP_FAIL
		   : left < SOON ? SETUP_WARN
				 : SETUP_OK,
		   text, mend);
}

static void
check_openssl(GPtrArray *checks)
{
	unsigned long (*number)(void) = NULL;
	void *symbol = dlsym(RTLD_DEFAULT, "OpenSSL_version_num");
	memcpy(&number, &symbol, sizeof(number));
	unsigned long version = number == NULL ? 0 : number();
	g_autofree char *text = g_strdup_printf("%lu.%lu.%lu", version >> 28,
						(version >> 20) & 0xff, (version >> 4) & 0xff);
	doctor_add(checks, "openssl", text, version >= OPENSSL_GOOD ? SETUP_OK : SETUP_WARN,
		   version >= OPENSSL_GOOD ? "is recent enough"
					   : "has known faults in reading PKCS#12 files",
		   "install 3.0.22 or later");
}

/* Signatures carry the time; a wrong one makes them invalid for readers. */
static void
check_clock(GPtrArray *checks, PsEngine *engine)
{
	int64_t now = base_clock_now();
	g_autofree char *text = base_clock_format(now);
	g_autoptr(GPtrArray) accounts = ps_engine_list_accounts(engine, NULL);
	bool good = now > RELEASED;
	for (guint i = 0; accounts != NULL && i < accounts->len; i++) {
		const PsAccount *account = g_ptr_array_index(accounts, i);
		good = good && account->created <= now + BASE_DAY;
	}
	doctor_add(checks, "clock", text, good ? SETUP_OK : SETUP_FAIL,
		   good ? "is plausible" : "cannot be: it is earlier than things that were made",
		   "set the clock");
}

static void
check_unit(GPtrArray *checks, const SetupPlace *place)
{
	g_autofree char *path = setup_unit_path();
	g_autofree char *text = NULL;
	g_autofree char *program = setup_daemon_program();
	g_autofree char *want = program == NULL ? NULL : setup_unit_text(program);
	if (program == NULL) {
		doctor_add(checks, "unit", "postseald", SETUP_FAIL,
			   "is neither beside postseal nor in the PATH", "install it");
		return;
	}
	if (!place->usual) {
		return;
	}
	if (!g_file_get_contents(path, &text, NULL, NULL)) {
		doctor_add(checks, "unit", path, SETUP_WARN,
			   "is missing: the daemon does not start by itself",
			   "postseal setup ADDRESS");
	} else if (g_strcmp0(text, want) != 0) {
		doctor_add(checks, "unit", path, SETUP_WARN, "is of another version",
			   "postseal setup ADDRESS writes it anew");
	} else {
		doctor_add(checks, "unit", path, SETUP_OK, "is installed", NULL);
	}
}

/* What the daemon could not bring to the provider at once; it stays to be read until the file is
 * removed. */
static void
check_notices(GPtrArray *checks, const SetupPlace *place)
{
	g_autofree char *path = g_build_filename(place->home, "queue", "notices", NULL);
	g_autofree char *text = NULL;
	if (!g_file_get_contents(path, &text, NULL, NULL) || text[0] == '\0') {
		return;
	}
	g_strchomp(text);
	const char *last = strrchr(text, '\n');
	doctor_add(checks, "notice", path, SETUP_WARN, last == NULL ? text : last + 1,
		   "remove the file when you have read it");
}

GPtrArray *
setup_doctor(PsEngine *engine, const SetupPlace *place)
{
	GPtrArray *checks = g_ptr_array_new_with_free_func((GDestroyNotify)setup_check_free);
	check_openssl(checks);
	check_private(checks, "home", place->home, true);
	check_room(checks, place);
	bool opens = check_store(checks, engine, place);
	check_clock(checks, engine);
	g_autoptr(ProxyConfig) config = check_config(checks, engine, place, opens);
	if (config != NULL) {
		doctor_servers(checks, config);
		check_certificate(checks, place, config);
		doctor_listeners(checks, place, config);
	}
	check_notices(checks, place);
	check_unit(checks, place);
	return checks;
}
