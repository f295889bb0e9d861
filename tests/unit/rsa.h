/* SPDX-License-Identifier: MPL-2.0 */
/* RSA keys for tests that need one, but not a new one: to make it takes as long as ten tests. They
 * protect nothing. */
#pragma once

#include <glib.h>
#include <openssl/pem.h>

#define T_RSA_2048                                                                         \
	"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDBWXJw+Ta322FoZWWIvDTgXgGD+6F9" \
	"R1PChj02EDjkpqZixgYmyY8iKwvUvjkXjgmDKgQDDKKwC07rImoMq5T1eCuL/9wpcEkeNtk2yM+St1+O" \
	"7jx1VfEHACrzK3LiULehWKXoi5p4Og1BV+jqtiiWvEN3VCOrYyuoWH1VSlmLlZSjl1jO5lEQHvsnzKhy" \
	"l0ioQK4V4fdgOw1CgnYlI0ILRDW4cBWEJF27634/xI5e43MEzpkZsyi1RBMlMJ5Pafev/T3M5sngggG+" \
	"omlc9xi4GKMZIGvFRrNb8dTeZb1NxF3rvZJhHNE3Kur9iJi7m+LVrdwX+2lIo03VP0BRyUhtAgMBAAEC" \
	"ggEAULHcKXpZc/KDfOaUsbSa/Ok/CK6Ef5y9QHp2IZIzrHpBBwhOmPGWY1RD485gVYxaO/vVINCtNXwC" \
	"u+/pAtC5opk803k9ka3jVlDd5xd4Smtt3mFfqjjsF1filQqVMA8wFI7C74MUPQk9bwAZnZvY5NA9+BeN" \
	"q4IAPopwBKC7Lp3NOXZt8d7Qe2GfPsaIqdQNcu4g4fRJsiqc3rY66X3UpY43W+9eYVjjg+nxYLHV2469" \
	"5rd8Czoo+3027rtAKoaBXbEsYd/zO9QcC2UCjXoYp9lij01vnuKXrZv/X0ljWQXR0BVB+kKu9G/dC4aN" \
	"+ezTXx9koJicVgI9RYMrHGIuoQKBgQDpMxkmONqjQxvK7N7hhTFsVKLmL2kmwWY7j5BwXwoj+HlFCASs" \
	"+TSwr5XVVdsQ7HMgR4T3YmaMHJVseiZ3lpbanH1RyUFwzmoI1E38100gcjRVRjhiWckUkytK2UqLnZQs" \
	"G0jLcFR0Ux30V/vI55v6G2IpmWZ7tGzeiegI+HsOewKBgQDUQOmmV1SCzTem1F6x4kWrvegFmNoxrH5F" \
	"mBxjElCK/GDLmwRblSBMto0Er8dJDvX2cQOFr+dD9zE2KvtWEHEQm4ZqrOY3pAhTEgEIFy3EvYYppwd+" \
	"ooDtoGIVjrh7t71iNB/ZSiP/1Bz5FfrKSGe2TKbcWZ53Scyt97NOttnENwKBgF4OZwlciwqoaZBKQ4cQ" \
	"UqPP6zgOTUn9XT+OowI/wvZJJJhsKH6fsNnGqBc4nrfPtouBbSbeQGAoszfieJtpWITp8z3Gf6eBCZFw" \
	"F9hv+kKo7WSrgthgQFMVHLP+uitfrkCv7IdpUhbs4zsHNZ2NlQKmgswmfAhO+E41rynXFsL7AoGAAJEX" \
	"zqDnEd5YarKgehsfkoDUUMeCtaU/RRJN6RnQaz6XR5PnZBM23d2S7NNHVfObRogwuTeqB21ujTV6LFWo" \
	"56Fyr3A8wSNH/mjK5emh7qeO5yeSBo2KiJfoCySxa2snL07yUtM222UGmserPsUIudzkiSwYFzt0N3a0" \
	"3N3yIOsCgYEAlTNXPbgd+P4lTEDrHMiGODL+p0jZ7Vf8TP/bHyyQD14BdTtiQHJqEssWLafmceAdO+Lo" \
	"Os7ZDKSmH7THS9V6hpM5WpWfWVtZP6gAvhUT0BKc+9aAJIQuEkonXImzo4mBNsZ3wfBD5aU1+hItv358" \
	"gESSInNCMdXmilkLL6RIiMk="

#define T_RSA_2048_OTHER                                                                   \
	"MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDPa3StTRe+j63W9VKBZLgKuBAmbI7C" \
	"ICjbS5cfyWH2VQ3PmvkUIfmvDdcvjaEMQs9N5ARNZszEMOvb0cUN0PeZodM3E01AitX6CFEdyU9K4525" \
	"o0uID8dpmlPkgrl/UlhJo3xhEgnDUnTzu5fLZMNbw96XP7q9nG2aA5POPwo4V9fI6rzLEo0AO0TdF2u3" \
	"WTanZKXXQbAxZDkEWs8wahAINXMfYRHfA+0M5lCx6kkVryh4ZEgh3cdAF4DHn7Rljz9vU68TAYxEv+Z2" \
	"FNgSPjShmn5pUzlfJzkxamc/k3fgR46gcVnvdUpTmFWCgs+y97Xzjz8+w/WipExOCQOARiRXAgMBAAEC" \
	"ggEAK+nRGvuuYj7jDBaGMDTVrhdH/AqRstHCNKNtTGKDZfad5O0nfLawuPoSK9QtW34ti40RyB1SjtrY" \
	"pIJl2MX8Fb+oCwoAGgEKylPGcKr1KaLE+s9yp0zH6DivODrg8O7LGFQPejGqdXrYnd2ChqI/pgby8kyg" \
	"yZH7tla5jTnVfRXiG02m3EkQj+EQ0IDV97O6vHXxLGoXwYDyZ3nLif6llxcrGttR4dmhfwo4dkPUUsB0" \
	"sw7LP2FChWdzOy203QXYczV9VwQvJPrrouaYIQDKi2j3Z9jFyJMu8w7McdWSnyCjMWeThXMvwNIpUs0u" \
	"Fwt6Lla4FIGVdNilCO+OriG8oQKBgQD3nETSBAfvmoc4iW8fIIwalYUESYD2khTxJr2qFHqzrmi6nmvG" \
	"8SBgY3dQGqM1mx9YSzk6D+GH0OUqlTcKHmKY9z1CI0CFwjI1SoRl8Y2QxIMfpFy9CmMVHH1V9md/LDqD" \
	"CSTY1jg7r/enoPOSUbUQTZGQfUSHPU5EWdNuc+EDpwKBgQDWcpRsTQL18SifrhbrXRy71CmpOPfVXFvF" \
	"/DN145ozfOWbVUcy9X/a9AP6/dHi7MYtp8fgzt8nO8tQ7UtroBL1YXMz5Zi6B6KoqvXZVBgshbzIKWwY" \
	"fUP5dO2qyCp39iwvCJbAEco3w9y23f1DBYhd/YDW03mHHIwTGxLPabWv0QKBgQDYZSa0EDfLS9ZfL6UA" \
	"pBYtaXytaXuegb5xnnTlPi6Z95OpfKgeXj74XhU42X7Ha4EyTdN+jcCBTKvq0ise2b07h99ufJZ4D2aH" \
	"sk8RNNCOs18Q+TjfMUO0gIh85vI+by3XtNcR9e2BJGEgi4Yy2tuNmuzbRM7uDkLnc0VXY0hEQwKBgAyK" \
	"zQV8h5TM0vxr2SlQ29JceUdNbqlK6o8szfGyKx2hy2gHV8+yLhUnOmhemfz0ri6TZoxObRzFUYHdLxEP" \
	"Xqx9U5iQcBtJQQkuXoykb3mDJORsD8dq5CPd49yeMmWrvy/NB8wZ/kK+sNT9LMfTtgMRRYzK94ugbszb" \
	"Q4FgBGFRAoGBAKnq4AjcycsY0X0zqlwd+WLwzcrZNXu/pB96VabpxRztGQ5C54lLHGBzwCd1soBMP4ot" \
	"9S2wGoHMLrjQEM6yybAwvHJQRyJBSH9NGJr2TxPR3/zfXm4lXFPslUJ1A5eRmjNgO2zxGnPlunhozyG/" \
	"v4tFvrOdnhopEEXZHHsg8IF+"

#define T_RSA_1024                                                                         \
	"MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBALv1D6dsABj8Qt7liY1sCk/XpTGkl7qG" \
	"tF+JbUWcja9HMku7LhM9l8G7SV09QVywzT8E3patSyrm6Tmy7a9ikpj5INQJKIz+sD+p0jwZLTde1Lgb" \
	"BeiP+9rQ+70ASgxpsc5aTlZ7SkCZ4d+H2R8iyzB2tkOinPP4Z5PWuMZjDGClAgMBAAECgYBR5zHRFODe" \
	"Al7pXkCYXbIIpMGZZk2vvC8xSmNRaCzdajrigUhMnhRZGVGYza6Dw49MnMSaCB2vLjwHJo8oU93pB79Z" \
	"FwSzjkZKKPC25cRNJXqsZYJtESqWaooQU7DLvK9c2v72PtKVD+XjjtcR9QMjtMvyb8Mn6CuYI6GYrhYZ" \
	"wQJBAN/7irejQ9UnTKe7YhwnHrybd0jhRPTxQgrQSTgFLO4qHPz9eJyWFdAl5iHR/zWgoThFxsYIKVgV" \
	"vME/HQekze0CQQDW0zPa1hob+4IMTPYBlbZxEMWddkesHMMTOMiDpZoaq7urjqMMd7apSxDcPgOwPFH3" \
	"EcdbW1V4U2pD6Yg6aMaZAkBh8Wr9VmVpJiA9EJGcYfbs3sbQlcFDouQQOnhqCMlW9A9tCaHeRzsOpCP4" \
	"Eg4Zcz5MjyaWnicGH6tEjcax+v0ZAkBNKYeSrxypuGk56drjLtddPVz99iJAXARlvxumzbDQq6a5NH60" \
	"V7uwi1n/AfdpMgFu8V/eHKxSkAO3aQaZlFDhAkAaMam8USkuSkAEQVVDsm385p1Mc5iMBUJIM4wA7Lus" \
	"+TATwezPKWToLkVfXFLT4VCOXrjUq7ODoWhnkopBk3BO"

/* @key: one of the above. (transfer full) */
static inline EVP_PKEY *
t_rsa_key(const char *key)
{
	gsize n = 0;
	g_autofree guchar *der = g_base64_decode(key, &n);
	const unsigned char *at = der;
	EVP_PKEY *made = d2i_AutoPrivateKey(NULL, &at, (long)n);
	g_assert_nonnull(made);
	return made;
}
