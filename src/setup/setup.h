/* SPDX-License-Identifier: MPL-2.0 */
/* `postseal setup` and `postseal doctor`: an account made ready for any mail program, and checked.
 */
#pragma once

#include "setup/servers.h"
#include <postseal/engine.h>

/* Where things of one person are. */
typedef struct {
	char *home;   /* store, certificate of the listeners, files for mail programs */
	char *config; /* the daemon's configuration */
	bool usual;   /* the default places: only then a systemd unit is installed */
} SetupPlace;

/* @home: --home, or NULL: $POSTSEAL_HOME, else the usual places. The configuration is
 * HOME/postseald.conf, or $XDG_CONFIG_HOME/postseal/postseald.conf in the usual place. */
void setup_place_init(SetupPlace *place, const char *home);
void setup_place_clear(SetupPlace *place);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SetupPlace, setup_place_clear)

/* Where the daemon of @place has its how-to pages, as its configuration says; NULL: nothing there
 * does. */
char *setup_howto_base(const SetupPlace *place);

/* What the person said. Only @address is needed. */
typedef struct {
	const char *address;
	const char *name;
	const char *servers;   /* a file with a clientConfig, instead of looking for one */
	const char *urls[3];   /* by NetProtocol: instead of what is found */
	const char *user;      /* the user name there; NULL: as found, else the address */
	const char *tls_ca;    /* whom to believe when talking to the provider: PEM file */
	const char *password;  /* at the provider: look for the own identity; NULL: do not look */
	const char *join_code; /* take the keys that another device left in the mailbox */
	bool managed;          /* the provider wants OAuth2; false: as found, or as it is */
	bool replace;          /* new keys even if another device has some */
	/* Asks the person whether the servers that DNS alone named are the provider's; NULL: nobody
	 * is there, and the answer is no. */
	bool (*confirm)(const SetupServers *servers, gpointer user);
	gpointer user_data;
} SetupWish;

typedef enum {
	SETUP_OWN_MADE,    /* keys were made now */
	SETUP_OWN_THERE,   /* the account was there */
	SETUP_OWN_JOINED,  /* taken over from another device */
	SETUP_OWN_WAITING, /* another device has keys: nothing is signed until the person chooses */
} SetupOwn;

const char *setup_own_name(SetupOwn own); /* "made", "there", "joined", "waiting" */

typedef enum {
	SETUP_UNIT_NONE,    /* unusual home, or no postseald beside the command */
	SETUP_UNIT_WRITTEN, /* but no user manager runs */
	SETUP_UNIT_STARTED,
	SETUP_UNIT_FAILED, /* systemctl said no */
} SetupUnit;

const char *setup_unit_name(SetupUnit unit);

/* What to type into the mail program, for one protocol. */
typedef struct {
	NetProtocol protocol;
	char *host;
	guint16 port;
	const char *security; /* "STARTTLS", "SSL/TLS", "none" */
} SetupLocal;

/* What was found and made. */
typedef struct {
	char *address;
	char *name; /* the person's; "": none, NULL when waiting */
	SetupServers *servers;
	SetupOwn own;
	char *root;       /* fingerprint of the account's root; NULL when waiting */
	char *found_root; /* of the identity that another device has; NULL: none seen */
	bool looked;
	guint seen;               /* own messages looked at */
	GPtrArray *locals;        /* of SetupLocal */
	bool managed;             /* the daemon logs in by OAuth2 and gives a local password */
	char *user;               /* what to type as user name */
	char *certificate;        /* path of the listeners' certificate */
	char *certificate_sha256; /* what a mail program shows of it */
	char *autoconfig;         /* path of Thunderbird's clientConfig */
	char *autoconfig_url;     /* for its option mailnews.auto_config_url; NULL without http */
	char *mobileconfig;       /* path of Apple's profile */
	SetupUnit unit;
	char *unit_path;  /* NULL: none */
	char *start;      /* the command that starts the daemon */
	bool running;     /* the daemon runs, and has not read this */
	GPtrArray *notes; /* sentences that the person should read */
} SetupReport;

void setup_report_free(SetupReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SetupReport, setup_report_free)

/*
 * All of it. Nothing is written, and no password leaves, before servers and configuration are known
 * to be good: who answers DNS queries could name any server, so that such servers outside the
 * address' domain count only once the person confirmed them (RFC 6186 section 6, RFC 8314 section
 * 5.1). Running it again changes nothing that is right. PS_ERROR_ARGUMENT, PS_ERROR_UNAVAILABLE (no
 * servers found, or none confirmed: the message has the words that name them),
 * PS_ERROR_MALFORMED (file, configuration), PS_ERROR_PASSPHRASE (the provider refused the password,
 * or no transfer opens with the code), PS_ERROR_IO, PS_ERROR_CREATE.
 */
SetupReport *setup_run(PsEngine *engine, const SetupPlace *place, const SetupWish *wish,
		       GError **error);

/* Leaves the keys, sealed under a new one-time code, in the account's mailbox. (transfer full) the
 * code. PS_ERROR_UNAVAILABLE (no such account or no IMAP server configured), ... */
char *setup_share(PsEngine *engine, const SetupPlace *place, const char *address,
		  const char *password, GError **error);

typedef enum {
	SETUP_OK,
	SETUP_WARN,
	SETUP_FAIL,
} SetupGrade;

const char *setup_grade_name(SetupGrade grade); /* "ok", "warn", "fail" */

/* One row of the doctor's table. */
typedef struct {
	const char *check; /* a word: "home", "store", "account", "server", ... */
	char *subject;     /* of what: an address, a path; "" */
	SetupGrade grade;
	char *text; /* what was found */
	char *mend; /* what to do; "" */
} SetupCheck;

void setup_check_free(SetupCheck *check);

/* Every check, in order; of SetupCheck. Never fails: what cannot be looked at is a row. */
GPtrArray *setup_doctor(PsEngine *engine, const SetupPlace *place);
