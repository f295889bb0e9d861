/* SPDX-License-Identifier: MPL-2.0 */
/* The addresses that mail came from or went to, and the identities (keys) seen for each. */
#pragma once

#include "store/store.h"

#define STORE_LIMIT_IDENTITIES 16  /* per address */
#define STORE_LIMIT_LEAVES     32  /* per identity */
#define STORE_LIMIT_THREADS    64  /* introductions per identity */
#define STORE_LIMIT_GOSSIP     8   /* identities per address that are known by gossip only */
#define STORE_GOSSIP_DAYS      366 /* an introduction holds its place so long */

typedef struct {
	int64_t id; /* given by the store */
	char *address;
	char *program; /* identifier of the mail program last seen, NULL if unknown */
	char *version; /* NULL if unknown */
	int64_t program_seen;
	int64_t first_seen; /* of any message, signed or not */
	int64_t last_seen;
	int64_t first_written; /* when we first wrote there, 0: never */
	int64_t first_signed;  /* the first verified signature by the pin of the time */
	int64_t n_signed;      /* by the pin of the time; those of candidates are in neither */
	int64_t n_unsigned;
	int64_t decided;    /* when the person last decided about a key of it, 0: never */
	int64_t decided_id; /* the last sighting before that (StoreTally.id) */
} StorePeer;

void store_peer_free(StorePeer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StorePeer, store_peer_free)

bool store_peer_get(Store *store, const char *address, StorePeer **out, GError **error);
/* The row's id, made if missing. */
bool store_peer_ensure(Store *store, const char *address, int64_t *id, GError **error);
/* Calls @func for every peer by address, until it is false (with @error set: a failure; without:
 * enough).
 * @func may read the store but not write it. */
typedef bool (*StorePeerFunc)(const StorePeer *peer, gpointer data, GError **error);
bool store_peer_foreach(Store *store, StorePeerFunc func, gpointer data, GError **error);

typedef struct {
	const char *name;    /* NULL: unknown */
	const char *version; /* NULL: unknown */
	int64_t seen;
} StoreProgram;

/* The mail program, unless a later message told already. */
bool store_peer_program(Store *store, const char *address, const StoreProgram *program,
			GError **error);
/* We wrote to @address at @now: kept if it is the first time. */
bool store_peer_written(Store *store, const char *address, int64_t now, GError **error);
/* The person decided about a key of @address at @now. */
bool store_peer_decided(Store *store, const char *address, int64_t now, GError **error);

typedef enum {
	STORE_KIND_PERSONAL,    /* our shape: a personal root for this one address */
	STORE_KIND_SELF_SIGNED, /* the certificate is its own root */
	STORE_KIND_PRIVATE_CA,  /* a root nobody vouches for that certifies several */
	STORE_KIND_CA,          /* chains to a trusted anchor */
} StoreKind;

typedef enum {
	STORE_HOW_SIGNATURE,
	STORE_HOW_KEY_HEADER,
	STORE_HOW_GOSSIP,
	STORE_HOW_IMPORT,
	STORE_HOW_ACCEPTED,
	STORE_HOW_CA,
} StoreHow;

const char *store_kind_name(StoreKind kind); /* as in cli.md: "personal", "self-signed", ... */
const char *store_how_name(StoreHow how);    /* "signature", "key-header", ... */

/* One root (or certificate) seen for one address. Counters are kept by store_sighting_add(). */
typedef struct {
	int64_t id; /* given by the store */
	char *address;
	char *root_fingerprint;
	char *leaf_fingerprint; /* of the newest leaf; NULL if none; read only */
	StoreKind kind;
	StoreHow how;
	int64_t first_seen;
	int64_t last_seen;
	int64_t newest_time;  /* signing time of the newest message whose facts were taken */
	bool pinned;          /* at most one of an address */
	bool used;            /* was pinned or judged by the person at any time: never deleted */
	bool verified;        /* compared by the person */
	bool accepted;        /* accepted by the person */
	bool refused;         /* refused by the person */
	int64_t pin_until;    /* when it lost the pin to another, 0: never */
	int64_t pin_until_id; /* the last sighting before that (StoreTally.id); read only */
	uint32_t caps;        /* capability bits, the caller's meaning */
	GBytes *caps_raw;     /* NULL if none */
	bool runs_postseal;
	char *sealed_to;    /* fingerprint of our root that it last sealed mail to, NULL: none */
	int64_t sealed;     /* sealed messages received */
	bool vouched;       /* the pin before, which bound, handed over to it */
	char *organization; /* proven by a trusted CA; NULL: none */
	/* Verified signatures only; read only: */
	int64_t messages;
	int64_t days; /* distinct UTC days */
	int64_t first_signed;
	int64_t last_signed;
	int64_t direct_messages; /* not by a mailing list */
	int64_t direct_days;
	int64_t direct_first;
	int64_t direct_last;
	bool first_aligned; /* its very first message was aligned; read only */
	int64_t bound;    /* the earliest message it bound for: when it was seen, 0: none; read only
			   */
	int64_t bound_id; /* and its place (StoreTally.id); read only */
} StoreIdentity;

void store_identity_free(StoreIdentity *identity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreIdentity, store_identity_free)

/* Of StoreIdentity: the pin first, then by first_seen. */
GPtrArray *store_identity_list(Store *store, const char *address, GError **error);
bool store_identity_pin(Store *store, const char *address, StoreIdentity **out, GError **error);
bool store_identity_by_root(Store *store, const char *address, const char *root_fingerprint,
			    StoreIdentity **out, GError **error);
/* By fingerprint of root or leaf; a root wins. */
bool store_identity_find(Store *store, const char *address, const char *fingerprint,
			 StoreIdentity **out, GError **error);
/*
 * Adds (id 0; sets it, and the peer row if missing) or changes the identity. If it is pinned,
 * another pin of the address is taken away and keeps its row. PS_ERROR_LIMIT if there is no room.
 */
bool store_identity_put(Store *store, StoreIdentity *identity, int64_t now, GError **error);

/* The pin bound for the message that was added last, seen at @seen: kept if no earlier one is. */
bool store_identity_bound(Store *store, int64_t identity, int64_t seen, GError **error);

typedef enum {
	/* Somebody else's word: it displaces nothing that was introduced within
	 * STORE_GOSSIP_DAYS, and has STORE_LIMIT_GOSSIP places. */
	STORE_ROOM_GOSSIP,
	STORE_ROOM_MESSAGE,
	STORE_ROOM_HEIR, /* for the pin, or what it handed over to: any unused one goes */
} StoreRoom;

/*
 * Is there room for one more identity of @address? At the limit an unused one is forgotten for it
 * that puts no pin in question: seen on two days at most, never aligned, not of a CA, handed over
 * to by no key but refused ones (of these one that nobody introduced, with the fewest days, then
 * the longest unseen).
 */
bool store_identity_make_room(Store *store, const char *address, StoreRoom whose, int64_t now,
			      bool *out, GError **error);

/* A certificate of an identity. */
typedef struct {
	char *fingerprint;
	GBytes *der;
	GPtrArray *chain; /* of GBytes, DER, the issuer first, without the root; NULL is empty */
	int64_t not_before;
	int64_t not_after;
	bool encrypts;
	bool revoked; /* read only; see store_leaf_revoke() */
} StoreLeaf;

void store_leaf_free(StoreLeaf *leaf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreLeaf, store_leaf_free)

/* *@added is false if it was known. Beyond the limit the one with the oldest notBefore goes. */
bool store_leaf_add(Store *store, int64_t identity, const StoreLeaf *leaf, bool *added,
		    GError **error);
/* The root of @identity took the certificate back, for good; *@known is false if it is none of its.
 * What other identities hold is for their roots to say. */
bool store_leaf_revoke(Store *store, int64_t identity, const char *leaf_fingerprint, bool *known,
		       GError **error);
/* An encrypting certificate of @identity was revoked. */
bool store_leaf_any_revoked(Store *store, int64_t identity, bool *out, GError **error);
/* The one to encrypt to: latest notBefore, not later than @latest; none that was revoked, and none
 * older than such a one. */
bool store_leaf_best(Store *store, int64_t identity, int64_t latest, StoreLeaf **out,
		     GError **error);
GPtrArray *store_leaf_list(Store *store, int64_t identity, GError **error); /* newest first */

/* Root certificates, shared by all that need them; filed under their own fingerprint. */
bool store_certificate_put(Store *store, BaseBytes der, GError **error);
bool store_certificate_get(Store *store, const char *fingerprint, GBytes **out, GError **error);

/*
 * Somebody introduced this identity to us in a thread (gossip). The first one of an address in a
 * thread stays, and nothing that comes later within STORE_GOSSIP_DAYS takes its place: *@added is
 * false if the thread has another one, or the identity has STORE_LIMIT_THREADS.
 */
bool store_introduce(Store *store, int64_t identity, const char *thread, int64_t now, bool *added,
		     GError **error);
bool store_introduced(Store *store, const char *address, const char *thread, StoreIdentity **out,
		      GError **error);

#define STORE_LIMIT_HANDOVERS 64 /* per address */

/* handover.c: the holder of one root said that another follows it for this address. */
typedef struct {
	char *old_root; /* fingerprints */
	char *new_root;
	int64_t time;       /* of the statement */
	int64_t first_seen; /* when a message first brought it, and last */
	int64_t last_seen;
} StoreHandover;

void store_handover_free(StoreHandover *handover);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreHandover, store_handover_free)

/* @handover->first_seen is when this message came. At the limit a new one is dropped, unless
 * @always: then the longest unseen one goes that is not of the same old root. */
bool store_handover_add(Store *store, const char *address, const StoreHandover *handover,
			bool always, GError **error);
/* Of StoreHandover. */
GPtrArray *store_handover_list(Store *store, const char *address, GError **error);
