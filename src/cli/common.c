/* SPDX-License-Identifier: MPL-2.0 */
/* Failing, printing, files and passphrases. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixoutputstream.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define FILE_MAX       (64U << 20) /* octets of a PKCS#12 file or a backup */
#define PASSPHRASE_MAX 1024

static const struct {
	PsError error;
	int code;
} EXIT_CODES[] = {
	{PS_ERROR_INTERNAL, CLI_SOFTWARE},       {PS_ERROR_ARGUMENT, CLI_USAGE},
	{PS_ERROR_MALFORMED, CLI_DATA},          {PS_ERROR_LIMIT, CLI_DATA},
	{PS_ERROR_UNSUPPORTED, CLI_DATA},        {PS_ERROR_NOT_FOUND, CLI_NO_INPUT},
	{PS_ERROR_UNAVAILABLE, CLI_UNAVAILABLE}, {PS_ERROR_EXISTS, CLI_CANNOT_CREATE},
	{PS_ERROR_CREATE, CLI_CANNOT_CREATE},    {PS_ERROR_IO, CLI_IO},
	{PS_ERROR_BUSY, CLI_TRY_AGAIN},          {PS_ERROR_PASSPHRASE, CLI_DATA},
	{PS_ERROR_CRYPTO, CLI_SOFTWARE},
};

int
cli_fail(Cli *cli, int code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *message = g_strdup_vprintf(format, args);
	va_end(args);
	for (char *p = message; *p != '\0'; p++) {
		if (g_ascii_iscntrl(*p)) {
			*p = '?'; /* names of files and addresses are other people's text */
		}
	}
	const char *colon = cli->command[0] == '\0' ? "" : ": ";
	g_printerr("postseal: %s%s%s\n", cli->command, colon, message);
	return code;
}

int
cli_error(Cli *cli, const GError *error)
{
	int code = CLI_SOFTWARE;
	for (size_t i = 0; i < G_N_ELEMENTS(EXIT_CODES); i++) {
		if (g_error_matches(error, PS_ERROR, (int)EXIT_CODES[i].error)) {
			code = EXIT_CODES[i].code;
		}
	}
	return cli_fail(cli, code, "%s", error->message);
}

GOutputStream *
cli_stdout(void)
{
	return g_unix_output_stream_new(STDOUT_FILENO, FALSE);
}

int
cli_write(Cli *cli, GBytes *octets)
{
	g_autoptr(GOutputStream) out = cli_stdout();
	g_autoptr(GError) error = NULL;
	gsize n = 0;
	const void *data = g_bytes_get_data(octets, &n);
	if (n == 0 || g_output_stream_write_all(out, data, n, NULL, NULL, &error)) {
		return CLI_OK;
	}
	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE)) {
		return CLI_IO; /* the reader left: has what it wants */
	}
	return cli_fail(cli, CLI_IO, "cannot write: %s", error->message);
}

int
cli_print(Cli *cli, const char *line)
{
	g_autofree char *text = g_strdup_printf("%s\n", line);
	g_autoptr(GBytes) octets = g_bytes_new(text, strlen(text));
	return cli_write(cli, octets);
}

/* Devices and pipes are written to; they must not be replaced by a file. */
static int
write_device(Cli *cli, const char *path, const char *data, gsize n)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		return cli_fail(cli, CLI_CANNOT_CREATE, "%s: %s: name another file", path,
				g_strerror(errno));
	}
	g_autoptr(GOutputStream) out = g_unix_output_stream_new(fd, TRUE);
	g_autoptr(GError) error = NULL;
	if (!g_output_stream_write_all(out, data, n, NULL, NULL, &error) ||
	    !g_output_stream_close(out, NULL, &error)) {
		return cli_fail(cli, CLI_IO, "%s: cannot write: %s", path, error->message);
	}
	return CLI_OK;
}

int
cli_write_file(Cli *cli, const char *path, GBytes *octets)
{
	gsize n = 0;
	const char *data = g_bytes_get_data(octets, &n);
	struct stat status;
	if (strcmp(path, "-") == 0) {
		return cli_write(cli, octets);
	}
	bool there = stat(path, &status) == 0;
	if (there && S_ISDIR(status.st_mode)) {
		return cli_fail(cli, CLI_CANNOT_CREATE, "%s is a folder: name a file", path);
	}
	if (there && !S_ISREG(status.st_mode)) {
		return write_device(cli, path, data, n);
	}
	g_autoptr(GError) error = NULL;
	if (!g_file_set_contents_full(path, data, (gssize)n,
				      G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
				      0600, &error)) {
		const char *why = strrchr(error->message, ':'); /* before it: a temporary name */
		return cli_fail(cli, CLI_CANNOT_CREATE, "%s%s: name another file", path,
				why == NULL ? "" : why);
	}
	return CLI_OK;
}

static GBytes *
read_all(int fd)
{
	g_autoptr(GByteArray) octets = g_byte_array_new();
	guint8 block[16384];
	ssize_t n;
	while ((n = read(fd, block, sizeof(block))) > 0 && octets->len <= FILE_MAX) {
		g_byte_array_append(octets, block, (guint)n);
	}
	return n < 0 ? NULL : g_byte_array_free_to_bytes(g_steal_pointer(&octets));
}

GBytes *
cli_read_file(Cli *cli, const char *path, int *code)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		*code = cli_fail(cli, CLI_NO_INPUT, "%s: %s", path, g_strerror(errno));
		return NULL;
	}
	GBytes *octets = read_all(fd);
	int reason = errno;
	if (!standard) {
		close(fd);
	}
	if (octets == NULL) {
		*code = cli_fail(cli, CLI_IO, "%s: %s", path, g_strerror(reason));
	} else if (g_bytes_get_size(octets) > FILE_MAX) {
		*code = cli_fail(cli, CLI_DATA, "%s: the file is too large", path);
		g_clear_pointer(&octets, g_bytes_unref);
	}
	return octets;
}

PsMessage *
cli_message(Cli *cli, int argc, char **argv, int *code)
{
	g_autoptr(GError) error = NULL;
	const char *path = argc > 1 ? argv[1] : "-";
	if (strcmp(path, "-") != 0 && g_file_test(path, G_FILE_TEST_IS_DIR)) {
		*code = cli_fail(cli, CLI_IO, "%s is a folder: name a message", path);
		return NULL;
	}
	PsMessage *message = ps_message_new_from_path(path, &error);
	if (message == NULL) {
		*code = cli_error(cli, error);
	}
	return message;
}

void
cli_forget(char *passphrase)
{
	if (passphrase != NULL) {
		explicit_bzero(passphrase, strlen(passphrase));
		g_free(passphrase);
	}
}

/* What ends the command while it waits for a passphrase. */
static const int ENDS[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/* Of the one terminal, for end(). */
static struct {
	int fd;
	struct termios before;
	struct sigaction actions[G_N_ELEMENTS(ENDS)];
} asked;

/* Only what signal-safety(7) allows. It was reset when it was called: the signal comes again. */
static void
end(int signal)
{
	(void)tcsetattr(asked.fd, TCSANOW, &asked.before);
	(void)raise(signal);
}

/* Whoever ends the command at the question gets back a terminal that shows what is typed. */
static bool
hide(int fd)
{
	struct sigaction action = {.sa_handler = end, .sa_flags = (int)SA_RESETHAND};
	if (tcgetattr(fd, &asked.before) != 0) {
		return false;
	}
	asked.fd = fd;
	for (size_t i = 0; i < G_N_ELEMENTS(ENDS); i++) {
		(void)sigaction(ENDS[i], NULL, &asked.actions[i]);
		if (asked.actions[i].sa_handler != SIG_IGN) {
			(void)sigaction(ENDS[i], &action, NULL);
		}
	}
	struct termios quiet = asked.before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	return true;
}

static void
show(void)
{
	(void)tcsetattr(asked.fd, TCSAFLUSH, &asked.before);
	for (size_t i = 0; i < G_N_ELEMENTS(ENDS); i++) {
		(void)sigaction(ENDS[i], &asked.actions[i], NULL);
	}
}

static char *
ask(const char *prompt)
{
	char line[PASSPHRASE_MAX];
	g_autofree char *path = g_strdup("/dev/tty");
	FILE *terminal = fopen(path, "r+");
	if (terminal == NULL) {
		return NULL;
	}
	bool hidden = hide(fileno(terminal));
	(void)fprintf(terminal, "%s: ", prompt);
	(void)fflush(terminal);
	char *got = fgets(line, sizeof(line), terminal);
	if (hidden) {
		show();
	}
	(void)fputc('\n', terminal);
	(void)fclose(terminal);
	char *answer = got == NULL ? NULL : g_strndup(line, strcspn(line, "\r\n"));
	explicit_bzero(line, sizeof(line));
	return answer;
}

static char *
ask_passphrase(Cli *cli, gboolean twice, int *code)
{
	char *first = ask("Passphrase");
	if (first == NULL) {
		*code = cli_fail(
			cli, CLI_USAGE,
			"there is no terminal to ask for the passphrase: use --passphrase-file FILE");
		return NULL;
	}
	if (!twice) {
		return first;
	}
	char *second = ask("Once more");
	bool same = g_strcmp0(first, second) == 0;
	cli_forget(second);
	if (!same) {
		cli_forget(first);
		*code = cli_fail(cli, CLI_USAGE, "the two passphrases differ: try again");
		return NULL;
	}
	return first;
}

char *
cli_passphrase(Cli *cli, const char *file, gboolean twice, int *code)
{
	if (file == NULL) {
		return ask_passphrase(cli, twice, code);
	}
	g_autoptr(GBytes) octets = cli_read_file(cli, file, code);
	if (octets == NULL) {
		return NULL;
	}
	gsize n = 0;
	const char *text = g_bytes_get_data(octets, &n);
	char *passphrase = g_strndup(text == NULL ? "" : text, MIN(n, PASSPHRASE_MAX));
	passphrase[strcspn(passphrase, "\r\n")] = '\0';
	return passphrase;
}

gboolean
cli_is_colourful(void)
{
	return isatty(STDOUT_FILENO) && g_getenv("NO_COLOR") == NULL;
}
