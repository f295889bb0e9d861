/* SPDX-License-Identifier: MPL-2.0 */
/* Certificates of the tests of net; the keys protect nothing. */
#pragma once

/* The authority that the tests believe. */
#define PKI_CA                                                               \
	"-----BEGIN CERTIFICATE-----\n"                                      \
	"MIIBWTCB/6ADAgECAhQuYj07JGrfSDbIXuzizWCbkfQxSzAKBggqhkjOPQQDAjAZ\n" \
	"MRcwFQYDVQQDDA5UZXN0IGF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw\n" \
	"MDEwMTAwMDAwMFowGTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwWTATBgcqhkjO\n" \
	"PQIBBggqhkjOPQMBBwNCAATL3xHjPrWSspG6K5WrBUAdW6PMTOstibafP4VLmZ6T\n" \
	"+Yw0a3P++cRzexjArz7BA4aDpvoJCT5DvksKifEpYslooyMwITAPBgNVHRMBAf8E\n" \
	"BTADAQH/MA4GA1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNJADBGAiEAhbNaLbT2\n" \
	"vjYeE3gHkkZfLvt5RijXdCMyjwHptxfclBwCIQCgXpaV4FJ1fgfrmLqO5PKbhccp\n" \
	"lVTnUY2xO/JaYNpM+A==\n"                                             \
	"-----END CERTIFICATE-----\n"

/* One that signed nothing. */
#define PKI_OTHER_CA                                                         \
	"-----BEGIN CERTIFICATE-----\n"                                      \
	"MIIBWzCCAQGgAwIBAgIUWj5xemaU6xngQDPvib1sw4rDlZgwCgYIKoZIzj0EAwIw\n" \
	"GjEYMBYGA1UEAwwPT3RoZXIgYXV0aG9yaXR5MCAXDTIwMDEwMTAwMDAwMFoYDzIx\n" \
	"MjAwMTAxMDAwMDAwWjAaMRgwFgYDVQQDDA9PdGhlciBhdXRob3JpdHkwWTATBgcq\n" \
	"hkjOPQIBBggqhkjOPQMBBwNCAAT9435HIT2SKNxspm8PnR+9UCZEAmykNOgrhgbV\n" \
	"rZeiSClm8NUAhBS3GhP0o7FfX21vEaRnV/e+70VW0lxe6AbjoyMwITAPBgNVHRMB\n" \
	"Af8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNIADBFAiEAorNY\n" \
	"ROI5bqJ5ydL9V9XFjfy/0WvReOCvYt1fvbFSDusCIG0WMmbK3S+txObh2G1ksjoU\n" \
	"Eo9CyQ9sklgbK7atYb6k\n"                                             \
	"-----END CERTIFICATE-----\n"

/* Mail.example.org and 127.0.0.1, with its key, for a hundred years. */
#define PKI_SERVER                                                           \
	"-----BEGIN CERTIFICATE-----\n"                                      \
	"MIIBhTCCASqgAwIBAgIUUQzflfLVsaf1FI06blcF1O/VdfYwCgYIKoZIzj0EAwIw\n" \
	"GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEy\n" \
	"MDAxMDEwMDAwMDBaMA8xDTALBgNVBAMMBG1haWwwWTATBgcqhkjOPQIBBggqhkjO\n" \
	"PQMBBwNCAARggo/GILnXcDl3LbIgUX93NCWMtjHeDK/RSDTPqXLuPdB7zs3rOBbR\n" \
	"4dGj5+ZXMxBzFZtdym1jUTHeQLxE69TTo1gwVjAMBgNVHRMBAf8EAjAAMA4GA1Ud\n" \
	"DwEB/wQEAwIHgDATBgNVHSUEDDAKBggrBgEFBQcDATAhBgNVHREEGjAYghBtYWls\n" \
	"LmV4YW1wbGUub3JnhwR/AAABMAoGCCqGSM49BAMCA0kAMEYCIQCBr1MhX2dpG9S4\n" \
	"np2ZDlYrc2aBbQk/jtyt3ypuRRaNcQIhAP+k+uI20o7YoO9U/lj8R4rqQ1PqjXtx\n" \
	"qf3o4y7wtgNm\n"                                                     \
	"-----END CERTIFICATE-----\n"                                        \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgf05PC5cpHAXkDYJj\n" \
	"OU0XAUtGU8O/JxXDRFVkaab08OahRANCAARggo/GILnXcDl3LbIgUX93NCWMtjHe\n" \
	"DK/RSDTPqXLuPdB7zs3rOBbR4dGj5+ZXMxBzFZtdym1jUTHeQLxE69TT\n"         \
	"-----END PRIVATE KEY-----\n"

/* "localhost" in its common name only. */
#define PKI_COMMON_NAME                                                      \
	"-----BEGIN CERTIFICATE-----\n"                                      \
	"MIIBZjCCAQygAwIBAgIUChzV8sWrBxNKgDhZgCNrMOe1t0kwCgYIKoZIzj0EAwIw\n" \
	"GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEy\n" \
	"MDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEG\n" \
	"CCqGSM49AwEHA0IABH9gPrc73f8yLym6kLvTkLdcf/s26MC87RsjChwUFfQs9ETq\n" \
	"AvlOlrSrtaiBqVcsaAeQ5GB6NW7lU2rsj1OM6tKjNTAzMAwGA1UdEwEB/wQCMAAw\n" \
	"DgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMBMAoGCCqGSM49BAMC\n" \
	"A0gAMEUCIBp66TIsji3JNHprJ8V54/TVwOeV4w0oQnKfPCNgKQLEAiEA4TH/wEWo\n" \
	"uuQKy+cvEbl7SYk1ZQHEqWFydWeZWRTLDaQ=\n"                             \
	"-----END CERTIFICATE-----\n"                                        \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3XLasBgjqzbR58kx\n" \
	"n1n8/+mVIG9exK0zhrMPvbupMcKhRANCAAR/YD63O93/Mi8pupC705C3XH/7NujA\n" \
	"vO0bIwocFBX0LPRE6gL5Tpa0q7WogalXLGgHkORgejVu5VNq7I9TjOrS\n"         \
	"-----END PRIVATE KEY-----\n"

/* As PKI_SERVER, but its time is over. */
#define PKI_EXPIRED                                                          \
	"-----BEGIN CERTIFICATE-----\n"                                      \
	"MIIBgzCCASigAwIBAgIUNHEn4l2vdVGU/h/chMP9euhUAaQwCgYIKoZIzj0EAwIw\n" \
	"GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwHhcNMjAwMTAxMDAwMDAwWhcNMjAw\n" \
	"MjAxMDAwMDAwWjAPMQ0wCwYDVQQDDARtYWlsMFkwEwYHKoZIzj0CAQYIKoZIzj0D\n" \
	"AQcDQgAEWdOlKQIiLlaNVc57Jv76RrxSop+W3lpRnFCX2AC5fEALNiXW81fBVNLR\n" \
	"q+0GgamtIsLV7bR3LiTM4/TrA5J7iKNYMFYwDAYDVR0TAQH/BAIwADAOBgNVHQ8B\n" \
	"Af8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwEwIQYDVR0RBBowGIIQbWFpbC5l\n" \
	"eGFtcGxlLm9yZ4cEfwAAATAKBggqhkjOPQQDAgNJADBGAiEA1fxEsONn4xguQsP5\n" \
	"i7XtGlRdEeyR4Uixh2BPilbVNdgCIQC6rYcEJTLQIH3Ps8NTVy9CTi/joxwcErLg\n" \
	"7tu0u2NzkQ==\n"                                                     \
	"-----END CERTIFICATE-----\n"                                        \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgnUNDfjUXW67plY5I\n" \
	"KFxN8k0j6u9vJIotT1zgsZ1KVlmhRANCAARZ06UpAiIuVo1Vznsm/vpGvFKin5be\n" \
	"WlGcUJfYALl8QAs2JdbzV8FU0tGr7QaBqa0iwtXttHcuJMzj9OsDknuI\n"         \
	"-----END PRIVATE KEY-----\n"
