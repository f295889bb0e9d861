/* SPDX-License-Identifier: MPL-2.0 */
/* Desks come from the configuration; what they need is opened when it is first needed. */
#include "web/desk.h"

#include "mail/login.h"
#include "mail/maildir.h"
#include "proxy/oauth.h"
#include "web/json.h"
#include <string.h>

static const char *const STATES[] = {
	[WEB_DESK_OPEN] = "open", [WEB_DESK_LOCKED] = "locked", [WEB_DESK_WAITING] = "waiting"};

bool
web_desk_is(const ProxyAccount *account)
{
	return account->maildir != NULL || account->imap != NULL;
}

/* The provider wants what the person types. */
static bool
wants_password(const ProxyAccount *account)
{
	return account->mode == PROXY_PASS_THROUGH &&
	       (account->maildir == NULL || account->submission != NULL);
}

WebDesk *
web_desk_new(WebSite *site, WebSession *session, const ProxyAccount *account)
{
	WebDesk *desk = g_new0(WebDesk, 1);
	desk->site = site;
	desk->account = account;
	desk->session = session;
	desk->login = house_login_of(site->house, account);
	desk->password = session == NULL || !wants_password(account)
				 ? NULL
				 : web_session_password(session, account->address);
	return desk;
}

WebDesk *
web_desk_find(WebSite *site, WebSession *session, const char *id, GError **error)
{
	const ProxyAccount *account = proxy_config_find(house_config(site->house), id);
	if (account != NULL && web_desk_is(account)) {
		return web_desk_new(site, session, account);
	}
	return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "%s",
			      _("No account of this name can be read here."));
}

void
web_desk_rest(WebDesk *desk)
{
	if (desk->engine != NULL) {
		house_give_back(desk->site->house, desk->login, g_steal_pointer(&desk->engine));
	}
}

const char *
web_desk_id(const WebDesk *desk)
{
	return desk->account->address;
}

PsEngine *
web_desk_engine(WebDesk *desk)
{
	if (desk->engine == NULL) {
		desk->engine = house_lend(desk->site->house, desk->login);
	}
	return desk->engine;
}

WebDeskState
web_desk_state(WebDesk *desk)
{
	if (desk->account->maildir == NULL && wants_password(desk->account) &&
	    desk->password == NULL) {
		return WEB_DESK_LOCKED;
	}
	g_autoptr(PsAccount) own =
		ps_engine_get_account(web_desk_engine(desk), web_desk_id(desk), NULL);
	return own == NULL ? WEB_DESK_WAITING : WEB_DESK_OPEN;
}

const char *
web_desk_state_name(WebDeskState state)
{
	return STATES[state];
}

char *
web_desk_name(WebDesk *desk)
{
	g_autoptr(PsAccount) own =
		ps_engine_get_account(web_desk_engine(desk), web_desk_id(desk), NULL);
	const char *id = web_desk_id(desk);
	return own == NULL || own->name[0] == '\0' ? g_strndup(id, strcspn(id, "@"))
						   : g_strdup(own->name);
}

JsonObject *
web_desk_json(WebDesk *desk)
{
	JsonObject *object = json_object_new();
	const char *id = web_desk_id(desk);
	WebDeskState state = web_desk_state(desk);
	web_json_set(object, "id", id);
	web_json_set(object, "address", id);
	web_json_take(object, "name", web_desk_name(desk));
	web_json_set(object, "source", desk->account->maildir != NULL ? "maildir" : "imap");
	web_json_set(object, "state", web_desk_state_name(state));
	web_json_take(object, "program", house_program(desk->site->house, desk->login));
	json_object_set_boolean_member(object, "locked", state == WEB_DESK_LOCKED);
	web_json_take(object, "url", web_path("mail", id, "", NULL));
	web_json_take(object, "write_url", web_path("mail", id, "write", NULL));
	web_json_take(object, "people_url", web_path("people", id, "", NULL));
	web_json_take(object, "keys_url", web_path("keys", id, "", NULL));
	web_desk_rest(desk);
	return object;
}

/* ---- where the mail is ---- */

/* A store, with what it needs to log in: it may outlive the desk. */
typedef struct WebBox {
	MailStore *store;
} WebBox;

typedef struct {
	House *house;
	const ProxyAccount *account;
	Login *login;
	BaseSecretString *password; /* NULL: a token */
} Secret;

static void
secret_free(gpointer data)
{
	Secret *secret = data;
	login_free(secret->login);
	base_secret_free(secret->password);
	g_free(secret);
}

static void
box_clear(gpointer data)
{
	WebBox *box = data;
	g_clear_pointer(&box->store, mail_store_free);
}

static void
box_release(gpointer box)
{
	g_atomic_rc_box_release_full(box, box_clear);
}

/* For MailLogin: the provider's token, or what the person typed. */
static char *
secret_of(gpointer user, bool *token, GError **error)
{
	const Secret *secret = user;
	*token = secret->account->mode == PROXY_MANAGED;
	return *token ? oauth_access(secret->house, secret->login, error)
		      : g_strdup(secret->password);
}

static MailLogin
mail_login(WebDesk *desk, const NetServer *server)
{
	Secret *secret = g_new0(Secret, 1);
	secret->house = desk->site->house;
	secret->account = desk->account;
	secret->login = login_copy(desk->login);
	secret->password = g_strdup(desk->password);
	return (MailLogin){.server = server,
			   .trust = desk->login->trust,
			   .name = desk->account->user,
			   .secret = secret_of,
			   .user = secret,
			   .destroy = secret_free};
}

static bool
has_password(const WebDesk *desk, GError **error)
{
	return !wants_password(desk->account) || desk->password != NULL ||
	       base_fail(error, PS_ERROR_PASSPHRASE, "%s",
			 _("The provider asks for a password first."));
}

static MailStore *
open_store(WebDesk *desk, GError **error)
{
	if (desk->account->maildir != NULL) {
		return mail_store_new_maildir(desk->account->maildir, true, error);
	}
	if (!has_password(desk, error)) {
		return NULL;
	}
	MailLogin login = mail_login(desk, desk->account->imap);
	return mail_store_new_imap(&login);
}

MailStore *
web_desk_store(WebDesk *desk, GError **error)
{
	web_desk_rest(desk);
	if (desk->box == NULL && desk->session != NULL) {
		desk->box = web_session_kept(desk->session, web_desk_id(desk));
	}
	if (desk->box == NULL) {
		MailStore *store = open_store(desk, error);
		if (store == NULL) {
			return NULL;
		}
		desk->box = g_atomic_rc_box_new0(WebBox);
		desk->box->store = store;
		if (desk->session != NULL) {
			web_session_keep(desk->session, web_desk_id(desk),
					 g_atomic_rc_box_acquire(desk->box), box_release);
		}
	}
	return desk->box->store;
}

/* The Maildirs of all accounts here: the local post. */
static GHashTable *
boxes_of(House *house)
{
	GHashTable *boxes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	const GPtrArray *accounts = house_config(house)->accounts;
	for (guint i = 0; i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		if (account->maildir != NULL) {
			g_autoptr(MailStore) made G_GNUC_UNUSED =
				mail_store_new_maildir(account->maildir, true, NULL);
			g_hash_table_insert(boxes, g_ascii_strdown(account->address, -1),
					    g_strdup(account->maildir));
		}
	}
	return boxes;
}

MailOutlet *
web_desk_outlet(WebDesk *desk, GError **error)
{
	const ProxyAccount *account = desk->account;
	web_desk_rest(desk);
	if (account->submission == NULL && account->maildir != NULL) {
		return mail_outlet_new_local(boxes_of(desk->site->house));
	}
	if (account->submission == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE, "%s",
				      _("This account has no server for sending: add submission= "
					"to the configuration."));
	}
	if (!has_password(desk, error)) {
		return NULL;
	}
	MailLogin login = mail_login(desk, account->submission);
	return mail_outlet_new_smtp(&login);
}

void
web_desk_free(WebDesk *desk)
{
	if (desk != NULL) {
		web_desk_rest(desk);
		g_clear_pointer(&desk->box, box_release);
		base_secret_free(desk->password);
		login_free(desk->login);
		g_free(desk);
	}
}
