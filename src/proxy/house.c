/* SPDX-License-Identifier: MPL-2.0 */
/* Accounts, lent engines and what was said lately; shared by the threads of all sessions. */
#include "proxy/house.h"

#include "proxy/harvest.h"
#include "proxy/keywords.h"
#include "proxy/verdicts.h"
#include "proxy/views.h"
#include <errno.h>
#include <postseal/account.h>

#define ENGINES_MAX                                                                  \
	3 /* of one login: opening keeps a processor busy, waiting for mail does not \
	   */

/* What somebody puts behind the user name of a second outgoing server whose mail is all sealed. */
static const char *const SEALED_NAMES[] = {" (sealed)", "+sealed"};

/* The engines of one login. */
typedef struct {
	GQueue free; /* of PsEngine */
	guint made;
} Pool;

struct House {
	const ProxyConfig *config;
	char *home;
	GCancellable *stop;
	GTlsCertificate *certificate;
	char *how_to_base;  /* NULL: the default; under the lock */
	GHashTable *trusts; /* tls-ca or "" -> NetTrust; complete after house_new() */
	GMutex lock;
	GCond returned;
	GHashTable *pools;    /* home and addresses -> Pool */
	GHashTable *programs; /* first address of a login -> identifier, static */
	Verdicts *verdicts;
	Views *views;
	Harvest *harvest;
	Keywords *keywords;
};

static void
pool_free(gpointer data)
{
	Pool *pool = data;
	g_queue_clear_full(&pool->free, g_object_unref);
	g_free(pool);
}

/* The authorities of each account, loaded once. */
static bool
load_trusts(House *house, GError **error)
{
	for (guint i = 0; i < house->config->accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(house->config->accounts, i);
		const char *key = account->tls_ca == NULL ? "" : account->tls_ca;
		if (g_hash_table_contains(house->trusts, key)) {
			continue;
		}
		NetTrust *trust = net_trust_new(account->tls_ca, error);
		if (trust == NULL) {
			return false;
		}
		g_hash_table_insert(house->trusts, g_strdup(key), trust);
	}
	return true;
}

/* Made once and kept, since people let their mail programs remember it. */
static bool
load_certificate(House *house, GError **error)
{
	g_autofree char *path = g_build_filename(house->home, "tls.pem", NULL);
	g_autofree char *pem = NULL;
	g_autoptr(GError) reason = NULL;
	if (!g_file_get_contents(path, &pem, NULL, NULL)) {
		g_autoptr(GBytes) made = ps_local_certificate(error);
		if (made == NULL) {
			return false;
		}
		pem = g_strndup(g_bytes_get_data(made, NULL), g_bytes_get_size(made));
		if (g_mkdir_with_parents(house->home, 0700) != 0 ||
		    !g_file_set_contents_full(path, pem, -1, G_FILE_SET_CONTENTS_DURABLE, 0600,
					      &reason)) {
			return base_fail(error, PS_ERROR_CREATE, "cannot write %s: %s", path,
					 reason == NULL ? g_strerror(errno) : reason->message);
		}
	}
	house->certificate = net_tls_certificate(pem, error);
	return house->certificate != NULL;
}

House *
house_new(const ProxyConfig *config, const char *home, GError **error)
{
	g_autoptr(House) house = g_new0(House, 1);
	g_mutex_init(&house->lock);
	g_cond_init(&house->returned);
	house->config = config;
	house->home = g_strdup(home);
	house->how_to_base = g_strdup(config->how_to_base);
	house->stop = g_cancellable_new();
	house->trusts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					      (GDestroyNotify)net_trust_unref);
	house->pools = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, pool_free);
	house->programs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	house->verdicts = verdicts_new();
	house->views = views_new();
	house->harvest = harvest_new(house);
	house->keywords = keywords_new();
	if (!load_trusts(house, error) ||
	    (config->tls != PROXY_TLS_NONE && !load_certificate(house, error))) {
		return NULL;
	}
	return g_steal_pointer(&house);
}

void
house_free(House *house)
{
	if (house == NULL) {
		return;
	}
	harvest_free(house->harvest);
	keywords_write(house);
	keywords_free(house->keywords);
	views_free(house->views);
	g_clear_object(&house->certificate);
	g_object_unref(house->stop);
	g_hash_table_unref(house->trusts);
	g_hash_table_unref(house->pools);
	g_hash_table_unref(house->programs);
	verdicts_free(house->verdicts);
	g_mutex_clear(&house->lock);
	g_cond_clear(&house->returned);
	g_free(house->home);
	g_free(house->how_to_base);
	g_free(house);
}

const ProxyConfig *
house_config(const House *house)
{
	return house->config;
}

GCancellable *
house_stop(House *house)
{
	return house->stop;
}

Views *
house_views(House *house)
{
	return house->views;
}

Harvest *
house_harvest(House *house)
{
	return house->harvest;
}

Keywords *
house_keywords(House *house)
{
	return house->keywords;
}

char *
house_how_to_base(House *house)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&house->lock);
	return g_strdup(house->how_to_base);
}

void
house_set_how_to_base(House *house, const char *base)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&house->lock);
	g_free(house->how_to_base);
	house->how_to_base = g_strdup(base);
}

GTlsCertificate *
house_certificate(House *house)
{
	return house->certificate;
}

static const NetServer *
server_of(const ProxyAccount *account, NetProtocol protocol)
{
	const NetServer *servers[] = {
		[NET_SUBMISSION] = account->submission,
		[NET_IMAP] = account->imap,
		[NET_POP3] = account->pop3,
	};
	return servers[protocol];
}

/* One mailbox at one provider, and one person's keys. */
static bool
is_same_login(const ProxyAccount *a, const ProxyAccount *b, NetProtocol protocol)
{
	const NetServer *one = server_of(a, protocol);
	const NetServer *other = server_of(b, protocol);
	return one != NULL && other != NULL && net_server_equal(one, other) &&
	       strcmp(a->user, b->user) == 0 && g_strcmp0(a->tls_ca, b->tls_ca) == 0 &&
	       g_strcmp0(a->home, b->home) == 0;
}

/* The account whose address or user @name is; NULL with *@why if there is none, or if several
 * providers know a user of this name. */
static const ProxyAccount *
find_account(const House *house, NetProtocol protocol, const char *name, const char **why)
{
	const ProxyAccount *found = NULL;
	g_autofree char *address = proxy_address_normalise(name);
	for (guint i = 0; i < house->config->accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(house->config->accounts, i);
		if (server_of(account, protocol) == NULL) {
			continue;
		}
		if (g_strcmp0(account->address, address) == 0) {
			return account;
		}
		if (strcmp(account->user, name) != 0) {
			continue;
		}
		if (found != NULL && !is_same_login(found, account, protocol)) {
			*why = "several accounts have this user name: log in with the mail address";
			return NULL;
		}
		found = account;
	}
	if (found == NULL) {
		*why = "no account has this user name: use the mail address, or run postseal setup";
	}
	return found;
}

/* @name without the words that ask for sealing; NULL if they are not there. */
static char *
without_sealed(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(SEALED_NAMES); i++) {
		if (g_str_has_suffix(name, SEALED_NAMES[i])) {
			return g_strndup(name, strlen(name) - strlen(SEALED_NAMES[i]));
		}
	}
	return NULL;
}

/* Without accounts and a server yet. */
static Login *
login_new(House *house, const ProxyAccount *account)
{
	Login *login = g_new0(Login, 1);
	login->accounts = g_ptr_array_new();
	login->user = account->user;
	login->stop = house->stop;
	login->trust =
		g_hash_table_lookup(house->trusts, account->tls_ca == NULL ? "" : account->tls_ca);
	login->home = account->home == NULL ? house->home : account->home;
	return login;
}

Login *
house_login(House *house, NetProtocol protocol, const char *name, const char **why)
{
	const ProxyAccount *account = find_account(house, protocol, name, why);
	g_autofree char *plain = account == NULL ? without_sealed(name) : NULL;
	if (plain != NULL) {
		account = find_account(house, protocol, plain, why);
	}
	if (account == NULL) {
		return NULL;
	}
	Login *login = login_new(house, account);
	for (guint i = 0; i < house->config->accounts->len; i++) {
		ProxyAccount *other = g_ptr_array_index(house->config->accounts, i);
		if (is_same_login(account, other, protocol)) {
			g_ptr_array_add(login->accounts, other);
		}
	}
	login->server = server_of(account, protocol);
	login->sealed = plain != NULL;
	return login;
}

Login *
house_login_of(House *house, const ProxyAccount *account)
{
	Login *login = login_new(house, account);
	for (guint i = 0; i < house->config->accounts->len; i++) {
		if (g_ptr_array_index(house->config->accounts, i) == account) {
			g_ptr_array_add(login->accounts,
					g_ptr_array_index(house->config->accounts, i));
		}
	}
	return login;
}

Login *
login_copy(const Login *login)
{
	Login *copy = g_memdup2(login, sizeof *login);
	copy->accounts = g_ptr_array_ref(login->accounts);
	return copy;
}

void
login_free(Login *login)
{
	if (login != NULL) {
		g_ptr_array_unref(login->accounts);
		g_free(login);
	}
}

/* The addresses of a login, NULL-terminated; borrowed strings. */
static const char **
addresses_of(const Login *login)
{
	const char **addresses = g_new0(const char *, login->accounts->len + 1);
	for (guint i = 0; i < login->accounts->len; i++) {
		addresses[i] = ((ProxyAccount *)g_ptr_array_index(login->accounts, i))->address;
	}
	return addresses;
}

static PsEngine *
make_engine(House *house, const Login *login)
{
	PsEngine *engine = ps_engine_new(login->home);
	g_autofree const char **addresses = addresses_of(login);
	ps_engine_limit(engine, addresses);
	g_autofree char *base = house_how_to_base(house);
	ps_engine_set_howto_base(engine, base);
	for (guint i = 0; i < login->accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(login->accounts, i);
		g_autoptr(GError) reason = NULL;
		if (account->authserv_id != NULL &&
		    !ps_engine_set_authserv_id(engine, account->address, account->authserv_id,
					       &reason)) {
			house_log(house, "cannot note authserv-id: %s", reason->message);
		}
	}
	return engine;
}

/* Made if missing; the lock is held. */
static Pool *
pool_of(House *house, const Login *login)
{
	g_autofree const char **addresses = addresses_of(login);
	g_autoptr(GString) key = g_string_new(login->home);
	for (guint i = 0; addresses[i] != NULL; i++) {
		g_string_append_printf(key, "\n%s", addresses[i]);
	}
	Pool *pool = g_hash_table_lookup(house->pools, key->str);
	if (pool == NULL) {
		pool = g_new0(Pool, 1);
		g_queue_init(&pool->free);
		g_hash_table_insert(house->pools, g_strdup(key->str), pool);
	}
	return pool;
}

PsEngine *
house_lend(House *house, const Login *login)
{
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&house->lock);
	Pool *pool = pool_of(house, login);
	while (g_queue_is_empty(&pool->free) && pool->made == ENGINES_MAX) {
		g_cond_wait(&house->returned, &house->lock);
	}
	if (!g_queue_is_empty(&pool->free)) {
		PsEngine *engine = g_queue_pop_tail(&pool->free);
		g_clear_pointer(&locker, g_mutex_locker_free);
		ps_engine_refresh(engine);
		return engine;
	}
	pool->made++;
	g_clear_pointer(&locker, g_mutex_locker_free);
	return make_engine(house, login);
}

void
house_give_back(House *house, const Login *login, PsEngine *engine)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&house->lock);
	g_queue_push_tail(&pool_of(house, login)->free, engine);
	g_cond_broadcast(&house->returned);
}

static const char *
address_of(const Login *login)
{
	return ((const ProxyAccount *)g_ptr_array_index(login->accounts, 0))->address;
}

void
house_note_program(House *house, const Login *login, const char *name)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&house->lock);
	const char *identifier = ps_howto_program_of_client(name);
	if (identifier != NULL) {
		g_hash_table_replace(house->programs, g_strdup(address_of(login)),
				     (gpointer)(guintptr)identifier);
	}
}

char *
house_program(House *house, const Login *login)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&house->lock);
	return g_strdup(g_hash_table_lookup(house->programs, address_of(login)));
}

void
house_note_verdict(House *house, const Login *login, PsMessage *message, const char *message_id,
		   const char *json)
{
	g_autofree char *digest = message_id == NULL ? NULL : verdicts_digest(message);
	for (guint i = 0; i < login->accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(login->accounts, i);
		VerdictsEntry entry = {message_id, digest, json};
		verdicts_note(house->verdicts, account->address, &entry);
	}
}

char *
house_verdict(House *house, const char *address, const char *message_id)
{
	return verdicts_find(house->verdicts, address, message_id);
}

void
house_log(G_GNUC_UNUSED House *house, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_printerr("postseald: %s\n", g_strdelimit(text, "\r\n", ' '));
}
