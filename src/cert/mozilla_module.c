/* SPDX-License-Identifier: MPL-2.0 */
/* PKCS#11 (v2.40 sections 5.4 to 5.7) as far as reading public objects needs it. */
#include "cert/mozilla_module.h"

#include "base/error.h"
#include "base/limits.h"
#include <dlfcn.h>
#include <link.h>
#include <p11-kit/pkcs11.h>

#define MODULE      "libnssckbi.so"
#define SLOTS_MAX   4U
#define OBJECTS_MAX 4096U

/* The four functions of p11-kit that are called. */
typedef struct {
	CK_FUNCTION_LIST *(*module_load)(const char *path, int flags);
	CK_RV (*module_initialize)(CK_FUNCTION_LIST *module);
	CK_RV (*module_finalize)(CK_FUNCTION_LIST *module);
	void (*module_release)(CK_FUNCTION_LIST *module);
} Kit;

struct MozillaModule {
	Kit kit;
	CK_FUNCTION_LIST *functions;
	bool initialized;
};

struct MozillaObject {
	CK_FUNCTION_LIST *functions;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE handle;
};

static const struct {
	const char *symbol;
	size_t offset;
} kit_symbols[] = {
	{"p11_kit_module_load", offsetof(Kit, module_load)},
	{"p11_kit_module_initialize", offsetof(Kit, module_initialize)},
	{"p11_kit_module_finalize", offsetof(Kit, module_finalize)},
	{"p11_kit_module_release", offsetof(Kit, module_release)},
};

static bool
load_kit(Kit *kit, void **library)
{
	*library = dlopen("libp11-kit.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	for (size_t i = 0; *library != NULL && i < G_N_ELEMENTS(kit_symbols); i++) {
		void *symbol = dlsym(*library, kit_symbols[i].symbol);
		if (symbol == NULL) {
			return false;
		}
		memcpy((char *)kit + kit_symbols[i].offset, &symbol, sizeof(symbol));
	}
	return *library != NULL;
}

/* Where the dynamic linker found it; (transfer full). */
static char *
path_of(void *library)
{
	struct link_map *map = NULL;
	return dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 ? g_strdup(map->l_name) : NULL;
}

/* p11-kit wants an absolute path. NULL if there is no such module. */
static char *
find_module(void *kit_library)
{
	static const char *const places[] = {"", "nss"};
	void *module = dlopen(MODULE, RTLD_LAZY | RTLD_LOCAL);
	if (module != NULL) {
		char *path = path_of(module);
		dlclose(module);
		return path;
	}
	g_autofree char *kit_path = path_of(kit_library);
	g_autofree char *folder = kit_path == NULL ? NULL : g_path_get_dirname(kit_path);
	for (size_t i = 0; folder != NULL && i < G_N_ELEMENTS(places); i++) {
		g_autofree char *path = g_build_filename(folder, places[i], MODULE, NULL);
		if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
			return g_steal_pointer(&path);
		}
	}
	return NULL;
}

void
mozilla_module_close(MozillaModule *module)
{
	if (module->initialized) {
		module->kit.module_finalize(module->functions);
	}
	if (module->functions != NULL) {
		module->kit.module_release(module->functions);
	}
	g_free(module);
}

MozillaModule *
mozilla_module_open(GError **error)
{
	g_autoptr(MozillaModule) module = g_new0(MozillaModule, 1);
	void *library = NULL;
	if (!load_kit(&module->kit, &library)) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "Mozilla's certificate authorities for mail cannot be read: "
				      "libp11-kit.so.0 is missing (package libp11-kit0)");
	}
	g_autofree char *path = find_module(library);
	if (path == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "Mozilla's certificate authorities for mail cannot be read: "
				      "libnssckbi.so is missing (package libnss3)");
	}
	module->functions = module->kit.module_load(path, 0);
	module->initialized = module->functions != NULL &&
			      module->kit.module_initialize(module->functions) == CKR_OK;
	if (!module->initialized) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "%s (package libnss3) cannot be used as a PKCS#11 module",
				      path);
	}
	return g_steal_pointer(&module);
}

static bool
each_found(const MozillaObject *session, void (*each)(const MozillaObject *, void *), void *data)
{
	CK_ULONG n = 1;
	for (unsigned count = 0; count < OBJECTS_MAX && n > 0; count++) {
		MozillaObject object = *session;
		if (session->functions->C_FindObjects(session->session, &object.handle, 1, &n) !=
		    CKR_OK) {
			return false;
		}
		if (n > 0) {
			each(&object, data);
		}
	}
	return n == 0;
}

static bool
each_in_slot(MozillaObject *session, unsigned long class,
	     void (*each)(const MozillaObject *, void *), void *data)
{
	CK_OBJECT_CLASS wanted = class;
	CK_ATTRIBUTE search = {CKA_CLASS, &wanted, sizeof(wanted)};
	CK_FUNCTION_LIST *f = session->functions;
	if (f->C_FindObjectsInit(session->session, &search, 1) != CKR_OK) {
		return false;
	}
	bool ok = each_found(session, each, data);
	return f->C_FindObjectsFinal(session->session) == CKR_OK && ok;
}

bool
mozilla_module_each(MozillaModule *module, unsigned long class,
		    void (*each)(const MozillaObject *, void *), void *data)
{
	CK_FUNCTION_LIST *f = module->functions;
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG n = SLOTS_MAX;
	bool ok = f->C_GetSlotList(CK_TRUE, slots, &n) == CKR_OK;
	for (CK_ULONG i = 0; ok && i < n; i++) {
		MozillaObject session = {.functions = f};
		if (f->C_OpenSession(slots[i], CKF_SERIAL_SESSION, NULL, NULL, &session.session) !=
		    CKR_OK) {
			return false;
		}
		ok = each_in_slot(&session, class, each, data);
		f->C_CloseSession(session.session);
	}
	return ok;
}

GBytes *
mozilla_object_get(const MozillaObject *object, unsigned long attribute)
{
	CK_ATTRIBUTE value = {attribute, NULL, 0};
	CK_FUNCTION_LIST *f = object->functions;
	if (f->C_GetAttributeValue(object->session, object->handle, &value, 1) != CKR_OK ||
	    value.ulValueLen > BASE_LIMIT_CERT) {
		return NULL;
	}
	g_autofree uint8_t *octets = g_malloc(value.ulValueLen + 1);
	value.pValue = octets;
	if (f->C_GetAttributeValue(object->session, object->handle, &value, 1) != CKR_OK) {
		return NULL;
	}
	return g_bytes_new_take(g_steal_pointer(&octets), value.ulValueLen);
}
