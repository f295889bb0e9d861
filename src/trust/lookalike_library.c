/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/lookalike_library.h"

#include <dlfcn.h>
#include <libpsl.h>
#include <stddef.h>
#include <string.h>
#include <unicode/uidna.h>
#include <unicode/uspoof.h>

#define ICU_FILE      "libicui18n.so." U_ICU_VERSION_SHORT /* brings libicuuc along */
#define PSL_FILE      "libpsl.so.5"

/* Octets of the answers: a domain has 255 characters at most, a character few likenesses. */
#define DOMAIN_SIZE   1100
#define SKELETON_SIZE 128

typedef struct {
	__typeof__(uspoof_open) *open;
	__typeof__(uspoof_setChecks) *set_checks;
	__typeof__(uspoof_setRestrictionLevel) *set_level;
	__typeof__(uspoof_getSkeletonUTF8) *skeleton;
	__typeof__(uspoof_check2UTF8) *check;
	__typeof__(uidna_openUTS46) *open_idna;
	__typeof__(uidna_nameToUnicodeUTF8) *to_unicode;
	USpoofChecker *checker; /* both are only read once they are made */
	UIDNA *idna;
} Icu;

typedef struct {
	__typeof__(psl_builtin) *builtin;
	__typeof__(psl_registrable_domain) *registrable;
	__typeof__(psl_is_public_suffix2) *is_suffix;
	const psl_ctx_t *list;
} Psl;

typedef struct {
	const char *name;
	size_t offset;
} Symbol;

/* The header's name may be a macro for the versioned one. */
#define SYMBOL(type, member, function)                        \
	{                                                     \
		G_STRINGIFY(function), offsetof(type, member) \
	}

static const Symbol icu_symbols[] = {
	SYMBOL(Icu, open, uspoof_open),
	SYMBOL(Icu, set_checks, uspoof_setChecks),
	SYMBOL(Icu, set_level, uspoof_setRestrictionLevel),
	SYMBOL(Icu, skeleton, uspoof_getSkeletonUTF8),
	SYMBOL(Icu, check, uspoof_check2UTF8),
	SYMBOL(Icu, open_idna, uidna_openUTS46),
	SYMBOL(Icu, to_unicode, uidna_nameToUnicodeUTF8),
};

static const Symbol psl_symbols[] = {
	SYMBOL(Psl, builtin, psl_builtin),
	SYMBOL(Psl, registrable, psl_registrable_domain),
	SYMBOL(Psl, is_suffix, psl_is_public_suffix2),
};

/* Never closed: what it gave is used until the program ends. */
static bool
load(const char *file, const Symbol *symbols, size_t n, void *table)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; library != NULL && i < n; i++) {
		void *symbol = dlsym(library, symbols[i].name);
		if (symbol == NULL) {
			return false;
		}
		memcpy((char *)table + symbols[i].offset, &symbol, sizeof(symbol));
	}
	return library != NULL;
}

static gpointer
load_icu(gpointer unused G_GNUC_UNUSED)
{
	static Icu icu;
	UErrorCode code = U_ZERO_ERROR;
	if (!load(ICU_FILE, icu_symbols, G_N_ELEMENTS(icu_symbols), &icu)) {
		return NULL;
	}
	icu.checker = icu.open(&code);
	icu.idna = icu.open_idna(UIDNA_DEFAULT, &code);
	if (U_FAILURE(code)) {
		return NULL;
	}
	icu.set_level(icu.checker, USPOOF_HIGHLY_RESTRICTIVE);
	icu.set_checks(icu.checker, USPOOF_RESTRICTION_LEVEL | USPOOF_INVISIBLE, &code);
	return U_FAILURE(code) ? NULL : &icu;
}

static gpointer
load_psl(gpointer unused G_GNUC_UNUSED)
{
	static Psl psl;
	if (!load(PSL_FILE, psl_symbols, G_N_ELEMENTS(psl_symbols), &psl)) {
		return NULL;
	}
	psl.list = psl.builtin();
	return psl.list == NULL ? NULL : &psl;
}

static const Icu *
icu_get(void)
{
	static GOnce once = G_ONCE_INIT;
	return g_once(&once, load_icu, NULL);
}

static const Psl *
psl_get(void)
{
	static GOnce once = G_ONCE_INIT;
	return g_once(&once, load_psl, NULL);
}

const char *
trust_library_registrable(const char *host)
{
	const Psl *psl = psl_get();
	if (psl == NULL) {
		return NULL;
	}
	const char *domain = psl->registrable(psl->list, host);
	return domain == NULL ? host : domain;
}

bool
trust_library_registry(const char *suffix)
{
	const Psl *psl = psl_get();
	return psl != NULL && psl->is_suffix(psl->list, suffix, PSL_TYPE_ICANN) != 0;
}

char *
trust_library_unicode(const char *domain)
{
	const Icu *icu = icu_get();
	char text[DOMAIN_SIZE] = "";
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	UErrorCode code = U_ZERO_ERROR;
	if (icu == NULL) {
		return NULL;
	}
	icu->to_unicode(icu->idna, domain, -1, text, sizeof(text) - 1, &info, &code);
	return g_strdup(U_FAILURE(code) ? domain : text);
}

char *
trust_library_skeleton(gunichar c)
{
	const Icu *icu = icu_get();
	char in[8] = "";
	char text[SKELETON_SIZE] = "";
	UErrorCode code = U_ZERO_ERROR;
	if (icu == NULL) {
		return NULL;
	}
	int n = g_unichar_to_utf8(c, in);
	icu->skeleton(icu->checker, 0, in, n, text, sizeof(text) - 1, &code);
	return g_strdup(U_FAILURE(code) ? in : text);
}

TrustScripts
trust_library_scripts(const char *label)
{
	const Icu *icu = icu_get();
	UErrorCode code = U_ZERO_ERROR;
	if (icu == NULL) {
		return TRUST_SCRIPTS_UNKNOWN;
	}
	int32_t failed = icu->check(icu->checker, label, -1, NULL, &code);
	return U_FAILURE(code) || failed != 0 ? TRUST_SCRIPTS_MIXED : TRUST_SCRIPTS_ONE;
}
