/* SPDX-License-Identifier: MPL-2.0 */
/* Sizes of views, remembered. */
#include "proxy/pop3_sizes.h"

#define NUMBERS_MAX 1000000U /* messages of a mailbox that a session remembers */
#define SHARED_MAX  400000U  /* messages that the daemon remembers */

/* Of the hash of mailbox and unique-id, so that nothing of a mailbox is kept but numbers. */
typedef struct {
	gsize key; /* 0: no unique-id is known */
	guint64 size;
} Entry;

struct Pop3Sizes {
	GChecksum *mailbox;
	GArray *entries; /* of Entry; number 1 is at 0 */
	bool differ;
};

/* key -> size, both as pointers: a table without allocations of its own. */
static GMutex shared_lock;
static GHashTable *shared;

static gsize
shared_get(gsize key)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&shared_lock);

	return shared == NULL
		       ? POP3_SIZE_UNKNOWN
		       : GPOINTER_TO_SIZE(g_hash_table_lookup(shared, GSIZE_TO_POINTER(key)));
}

static void
shared_set(gsize key, guint64 size)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&shared_lock);

	if (shared == NULL) {
		shared = g_hash_table_new(g_direct_hash, g_direct_equal);
	}
	if (g_hash_table_size(shared) >= SHARED_MAX) {
		g_hash_table_remove_all(shared);
	}
	g_hash_table_insert(shared, GSIZE_TO_POINTER(key), GSIZE_TO_POINTER((gsize)size));
}

Pop3Sizes *
pop3_sizes_new(const char *mailbox)
{
	Pop3Sizes *sizes = g_new0(Pop3Sizes, 1);

	sizes->mailbox = g_checksum_new(G_CHECKSUM_SHA256);
	g_checksum_update(sizes->mailbox, (const guchar *)mailbox, (gssize)strlen(mailbox) + 1);
	sizes->entries = g_array_new(FALSE, TRUE, sizeof(Entry));
	return sizes;
}

void
pop3_sizes_free(Pop3Sizes *sizes)
{
	if (sizes != NULL) {
		g_checksum_free(sizes->mailbox);
		g_array_unref(sizes->entries);
		g_free(sizes);
	}
}

/* NULL beyond what is remembered. */
static Entry *
entry(Pop3Sizes *sizes, guint32 number)
{
	if (number == 0 || number > NUMBERS_MAX) {
		return NULL;
	}
	if (number > sizes->entries->len) {
		g_array_set_size(sizes->entries, number);
	}
	return &g_array_index(sizes->entries, Entry, number - 1);
}

static gsize
make_key(const Pop3Sizes *sizes, BaseBytes id)
{
	g_autoptr(GChecksum) sum = g_checksum_copy(sizes->mailbox);
	uint8_t digest[32];
	gsize n = sizeof digest;
	gsize key;

	g_checksum_update(sum, id.p, (gssize)id.n);
	g_checksum_get_digest(sum, digest, &n);
	memcpy(&key, digest, sizeof key);
	return key == 0 ? 1 : key;
}

static void
note(Pop3Sizes *sizes, Entry *one, guint64 size)
{
	one->size = size;
	sizes->differ = sizes->differ || size > POP3_SIZE_AS_IS;
}

void
pop3_sizes_name(Pop3Sizes *sizes, guint32 number, BaseBytes id)
{
	Entry *one = entry(sizes, number);

	if (one == NULL || one->key != 0) {
		return;
	}
	one->key = make_key(sizes, id);
	if (one->size == POP3_SIZE_UNKNOWN) {
		note(sizes, one, shared_get(one->key));
	} else {
		shared_set(one->key, one->size);
	}
}

void
pop3_sizes_reserve(Pop3Sizes *sizes, guint32 count)
{
	(void)entry(sizes, MIN(count, NUMBERS_MAX));
}

guint32
pop3_sizes_count(const Pop3Sizes *sizes)
{
	return sizes->entries->len;
}

guint64
pop3_sizes_get(const Pop3Sizes *sizes, guint32 number)
{
	return number == 0 || number > sizes->entries->len
		       ? POP3_SIZE_UNKNOWN
		       : g_array_index(sizes->entries, Entry, number - 1).size;
}

void
pop3_sizes_set(Pop3Sizes *sizes, guint32 number, guint64 size)
{
	Entry *one = entry(sizes, number);

	if (one == NULL || one->size == size) {
		return;
	}
	note(sizes, one, size);
	if (one->key != 0) {
		shared_set(one->key, size);
	}
}

bool
pop3_sizes_differ(const Pop3Sizes *sizes)
{
	return sizes->differ;
}
