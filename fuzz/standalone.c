/* SPDX-License-Identifier: MPL-2.0 */
/* Runs a fuzz target over files and folders of files, so that any compiler replays what libFuzzer
 * found. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Gives the target a copy of exactly `n` octets, so that ASan sees a read past the end. */
static void
run_octets(const char *p, size_t n)
{
	g_autofree uint8_t *exact = g_malloc(n > 0 ? n : 1);

	if (n > 0)
		memcpy(exact, p, n);
	LLVMFuzzerTestOneInput(exact, n);
}

/* Runs one file and names it first: what crashes is the last name printed. */
static gboolean
run_file(const char *path)
{
	g_autofree char *p = NULL;
	g_autoptr(GError) error = NULL;
	size_t n = 0;

	puts(path);
	fflush(stdout);
	if (!g_file_get_contents(path, &p, &n, &error)) {
		fprintf(stderr, "%s\n", error->message);
		return FALSE;
	}
	run_octets(p, n);
	return TRUE;
}

/* Runs each file of a folder; an unreadable or empty one is a failure, so that no corpus gets lost
 * unseen. */
static gboolean
run_folder(const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDir) dir = g_dir_open(path, 0, &error);
	const char *name;
	unsigned files = 0;
	gboolean good = TRUE;

	if (!dir) {
		fprintf(stderr, "%s\n", error->message);
		return FALSE;
	}
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *file = g_build_filename(path, name, NULL);

		good = run_file(file) && good;
		files++;
	}
	printf("%u files\n", files);
	return good && files > 0;
}

int
main(int argc, char **argv)
{
	gboolean good = argc > 1;

	run_octets("", 0);
	for (int i = 1; i < argc; i++) {
		gboolean folder = g_file_test(argv[i], G_FILE_TEST_IS_DIR);

		good = (folder ? run_folder(argv[i]) : run_file(argv[i])) && good;
	}
	return good ? 0 : 1;
}
