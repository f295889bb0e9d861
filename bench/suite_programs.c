/* SPDX-License-Identifier: MPL-2.0 */
/* Whole programs: postseal beside openssl, gpgsm and cmsutil on the same files with the same kind
 * of key. */
#include "bench.h"
#include "process.h"
#include "suite.h"

#include <openssl/pem.h>
#include <stdio.h>

typedef struct {
	const char *program;
	const char *act;
	BenchCommand command;
} Row;

#define NSS  "sql:{d}/nss"
#define SEAL "postseal --home {d}/"

/* What makes a program ready; a line that fails leaves the program out. */
static const struct {
	const char *program;
	BenchCommand command;
} preparations[] = {
	{"openssl", {"openssl version", NULL, NULL}},
	{"openssl",
	 {"openssl pkcs12 -export -in {d}/cert.pem -inkey {d}/key.pem -certfile {d}/root.pem -name bench "
	  "-certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1 -passout pass: -out {d}/id.p12",
	  NULL, NULL}},
	{"gpgsm", {"gpgsm --version", NULL, NULL}},
	{"gpgsm",
	 {"gpgsm --batch --pinentry-mode loopback --passphrase-fd 0 --import {d}/id.p12",
	  "{d}/newline", NULL}},
	{"gpgsm", {"gpgsm --batch --import {d}/root.pem", NULL, NULL}},
	{"cmsutil", {"certutil -N -d " NSS " --empty-password", NULL, NULL}},
	{"cmsutil", {"certutil -A -d " NSS " -n root -t ,C, -i {d}/root.pem", NULL, NULL}},
	{"cmsutil", {"pk12util -d " NSS " -i {d}/id.p12 -W ''", NULL, NULL}},
	{"postseal",
	 {SEAL "alice account add alice@example.org --profile rsa2048 --mode signature", NULL,
	  NULL}},
	{"postseal", {SEAL "bob account add bob@example.org --profile rsa2048", NULL, NULL}},
	{"postseal",
	 {SEAL "bob protect --level signed {d}/hello.eml", NULL, "{d}/hello-signed.eml"}},
	{"postseal", {SEAL "alice learn {d}/hello-signed.eml", NULL, NULL}},
};

/* In this order: what one row writes, the next one reads. */
static const Row rows[] = {
	{"openssl", "start", {"openssl version", NULL, NULL}},
	{"gpgsm", "start", {"gpgsm --version", NULL, NULL}},
	{"postseal", "start", {"postseal --version", NULL, NULL}},
	{"openssl",
	 "sign",
	 {"openssl cms -sign -stream -signer {d}/cert.pem -inkey {d}/key.pem -in {d}/text.{n} -out "
	  "{d}/openssl-signed.{n}",
	  NULL, NULL}},
	{"gpgsm",
	 "sign",
	 {"gpgsm --batch --yes -u bench@example.org --detach-sign -o {d}/gpgsm-signed.{n} {d}/text.{n}",
	  NULL, NULL}},
	{"cmsutil",
	 "sign",
	 {"cmsutil -S -T -N bench -d " NSS " -i {d}/text.{n} -o {d}/cmsutil-signed.{n}", NULL,
	  NULL}},
	{"postseal",
	 "sign",
	 {SEAL "alice protect --level signed {d}/mail.{n}", NULL, "{d}/signed.{n}"}},
	{"openssl",
	 "verify",
	 {"openssl cms -verify -CAfile {d}/root.pem -in {d}/openssl-signed.{n} -out {d}/out", NULL,
	  NULL}},
	{"gpgsm",
	 "verify",
	 {"gpgsm --batch --verify {d}/gpgsm-signed.{n} {d}/text.{n}", NULL, NULL}},
	{"cmsutil",
	 "verify",
	 {"cmsutil -D -d " NSS " -c {d}/text.{n} -i {d}/cmsutil-signed.{n} -o {d}/out", NULL,
	  NULL}},
	{"postseal", "verify", {SEAL "bob open {d}/signed.{n}", NULL, "{d}/out"}},
	{"openssl",
	 "encrypt",
	 {"openssl cms -encrypt -stream -aes-256-gcm -in {d}/text.{n} -out {d}/openssl-sealed.{n} "
	  "{d}/cert.pem",
	  NULL, NULL}},
	{"gpgsm",
	 "encrypt",
	 {"gpgsm --batch --yes --encrypt -r bench@example.org -o {d}/gpgsm-sealed.{n} {d}/text.{n}",
	  NULL, NULL}},
	{"cmsutil",
	 "encrypt",
	 {"cmsutil -E -r bench@example.org -d " NSS " -i {d}/text.{n} -o {d}/cmsutil-sealed.{n}",
	  NULL, NULL}},
	{"postseal",
	 "seal",
	 {SEAL "alice protect --level sealed {d}/mail.{n}", NULL, "{d}/sealed.{n}"}},
	{"openssl",
	 "decrypt",
	 {"openssl cms -decrypt -recip {d}/cert.pem -inkey {d}/key.pem -in {d}/openssl-sealed.{n} -out "
	  "{d}/out",
	  NULL, NULL}},
	{"gpgsm",
	 "decrypt",
	 {"gpgsm --batch --yes --decrypt -o {d}/out {d}/gpgsm-sealed.{n}", NULL, NULL}},
	{"cmsutil",
	 "decrypt",
	 {"cmsutil -D -d " NSS " -i {d}/cmsutil-sealed.{n} -o {d}/out", NULL, NULL}},
	{"postseal", "open", {SEAL "bob open {d}/sealed.{n}", NULL, "{d}/out"}},
};

typedef struct {
	const BenchOptions *options;
	BenchReport *report;
	char *dir;
	GHashTable *failed; /* programs that are not there or do not work */
} Programs;

static void
write_file(const char *dir, const char *name, const void *data, size_t n)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	bench_must(g_file_set_contents(path, data, (gssize)n, NULL), "cannot write a file");
}

static void
write_pem(const char *dir, const char *name, const X509 *cert, const EVP_PKEY *key)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	BIO *out = BIO_new_file(path, "w");

	bench_must(out != NULL && (cert == NULL || PEM_write_bio_X509(out, cert) == 1) &&
			   (key == NULL ||
			    PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1),
		   "cannot write a key");
	BIO_free(out);
}

/* A message of @megabytes (0: 10 KB) with a header, and its body alone. */
static void
write_texts(const char *dir, const char *size, size_t megabytes)
{
	static const char header[] =
		"From: Alice <alice@example.org>\r\nTo: Bob <bob@example.org>\r\n"
		"Subject: Bench\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
		"Message-ID: <bench@example.org>\r\nMIME-Version: 1.0\r\n";
	g_autofree char *text_name = g_strdup_printf("%s/text.%s", dir, size);
	g_autofree char *mail_name = g_strdup_printf("%s/mail.%s", dir, size);
	BaseBytes block = bench_content(megabytes == 0 ? 10240 : (size_t)1000000);
	FILE *text = fopen(text_name, "w");
	FILE *mail = fopen(mail_name, "w");

	bench_must(text != NULL && mail != NULL &&
			   fwrite(header, 1, sizeof header - 1, mail) == sizeof header - 1,
		   "cannot write a file");
	for (size_t i = 0; i < MAX(megabytes, 1); i++) {
		bench_must(fwrite(block.p, 1, block.n, text) == block.n &&
				   fwrite(block.p, 1, block.n, mail) == block.n,
			   "cannot write a file");
	}
	bench_must(fclose(text) == 0 && fclose(mail) == 0, "cannot write a file");
}

static char *
root_fingerprint(const X509 *root)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	GString *line = g_string_new(NULL);

	bench_must(X509_digest(root, EVP_sha1(), digest, &n) == 1, "cannot hash a certificate");
	for (unsigned i = 0; i < n; i++) {
		g_string_append_printf(line, "%s%02X", i == 0 ? "" : ":", digest[i]);
	}
	g_string_append(line, " S relax\n");
	return g_string_free(line, FALSE);
}

/* Keys in the forms that programs want them, and settings that keep gpgsm off the network. */
static void
write_inputs(const char *dir)
{
	static const char hello[] =
		"From: Bob <bob@example.org>\r\nTo: Alice <alice@example.org>\r\n"
		"Subject: Hello\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n"
		"Message-ID: <hello@example.org>\r\nMIME-Version: 1.0\r\n"
		"Content-Type: text/plain\r\n\r\nHello\r\n";
	const BenchIdentity *id = bench_identity(BENCH_KEY_RSA_2048);
	g_autofree char *trust = root_fingerprint(id->root);
	g_autofree char *gnupg = g_build_filename(dir, "gnupg", NULL);
	g_autofree char *nss = g_build_filename(dir, "nss", NULL);

	bench_must(g_mkdir_with_parents(gnupg, 0700) == 0 && g_mkdir_with_parents(nss, 0700) == 0,
		   "cannot make a folder");
	write_pem(dir, "cert.pem", id->cert, NULL);
	write_pem(dir, "root.pem", id->root, NULL);
	write_pem(dir, "key.pem", NULL, id->key);
	write_file(dir, "newline", "\n", 1);
	write_file(dir, "hello.eml", hello, sizeof hello - 1);
	write_file(gnupg, "trustlist.txt", trust, strlen(trust));
	write_file(gnupg, "gpgsm.conf", "disable-crl-checks\ndisable-dirmngr\n", 35);
	write_file(gnupg, "gpg-agent.conf", "allow-loopback-pinentry\ndisable-scdaemon\n", 41);
	write_texts(dir, "10K", 0);
	write_texts(dir, "25M", 25);
}

static void
prepare(Programs *p)
{
	BenchPlace place = {p->dir, "10K", 1};
	BenchUsage ignored;

	for (size_t i = 0; i < G_N_ELEMENTS(preparations); i++) {
		const char *program = preparations[i].program;

		if (!g_hash_table_contains(p->failed, program) &&
		    !bench_process_run(&preparations[i].command, &place, &ignored)) {
			g_hash_table_add(p->failed, g_strdup(program));
			bench_report_note(p->report, "%s: not there, or it cannot be prepared: %s",
					  program, preparations[i].command.command);
		}
	}
}

/* False if it failed, which is noted. */
static bool
run_row(Programs *p, const Row *row, const char *size, guint count, BenchUsage *out)
{
	BenchPlace place = {p->dir, size, count};

	if (g_hash_table_contains(p->failed, row->program)) {
		return false;
	}
	if (!bench_process_run(&row->command, &place, out)) {
		bench_report_note(p->report, "%s %s %s: failed", row->program, row->act, size);
		p->report->broken |= g_str_equal(row->program, "postseal");
		return false;
	}
	return true;
}

static void
add_row(Programs *p, BenchProgramRow *row, const BenchUsage *usage)
{
	row->wall_ms = usage->wall * 1e3;
	row->best_ms = usage->best * 1e3;
	row->cpu_ms = usage->cpu * 1e3;
	row->rss_mib = usage->rss;
	g_array_append_vals(p->report->programs, row, 1);
}

static void
run_rows(Programs *p, const char *size, guint count)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		bool start = g_str_equal(rows[i].act, "start");
		BenchProgramRow row = {rows[i].program, rows[i].act, start ? "" : size, 0, 0, 0, 0};
		BenchUsage usage;

		/* The start depends on no size. */
		if ((start && !g_str_equal(size, "10K")) ||
		    !run_row(p, &rows[i], size, count, &usage)) {
			continue;
		}
		add_row(p, &row, &usage);
	}
}

/* The most memory of postseal's own rows of @size; 0 if there are none. */
static double
largest_rss(const BenchReport *report, const char *size)
{
	double most = 0;

	for (guint i = 0; i < report->programs->len; i++) {
		const BenchProgramRow *row = &g_array_index(report->programs, BenchProgramRow, i);

		if (g_str_equal(row->program, "postseal") && g_str_equal(row->size, size)) {
			most = MAX(most, row->rss_mib);
		}
	}
	return most;
}

static void
run_large(Programs *p)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		BenchProgramRow row = {rows[i].program, rows[i].act, "250M", 0, 0, 0, 0};
		BenchUsage usage;

		if (g_str_equal(rows[i].program, "postseal") &&
		    !g_str_equal(rows[i].act, "start") && run_row(p, &rows[i], "250M", 1, &usage)) {
			add_row(p, &row, &usage);
		}
	}
}

static void
add_figures(Programs *p)
{
	double small = largest_rss(p->report, "25M");
	double large = largest_rss(p->report, "250M");
	BenchFigure memory = {"memory of postseal, most of all acts", "MiB", MAX(small, large), 16,
			      false};
	BenchFigure growth = {"memory at 250 MB beyond that at 25 MB", "MiB", large - small, 1,
			      false};

	for (guint i = 0; i < p->report->programs->len; i++) {
		const BenchProgramRow *row =
			&g_array_index(p->report->programs, BenchProgramRow, i);
		BenchFigure start = {"postseal starts (best of all runs)", "ms", row->best_ms, 5,
				     false};

		if (g_str_equal(row->program, "postseal") && g_str_equal(row->act, "start")) {
			g_array_append_val(p->report->figures, start);
		}
	}
	if (small > 0) {
		g_array_append_val(p->report->figures, memory);
	}
	if (small > 0 && large > 0) {
		g_array_append_val(p->report->figures, growth);
	}
}

/* gpgsm leaves an agent behind; everything else is files. */
static void
clean_up(Programs *p)
{
	BenchPlace place = {p->dir, "", 1};
	const BenchCommand agent = {"gpgconf --kill all", NULL, NULL};
	const BenchCommand files = {"rm -rf {d}", NULL, NULL};
	BenchUsage ignored;

	(void)bench_process_run(&agent, &place, &ignored);
	(void)bench_process_run(&files, &place, &ignored);
}

/* The programs find their homes, and postseal is the one that was built here. */
static void
set_environment(const Programs *p)
{
	g_autofree char *gnupg = g_build_filename(p->dir, "gnupg", NULL);
	g_autofree char *bin = g_path_get_dirname(
		p->options->postseal == NULL ? "/usr/bin/x" : p->options->postseal);
	g_autofree char *path = g_strdup_printf("%s:%s", bin, g_getenv("PATH"));

	(void)g_setenv("GNUPGHOME", gnupg, TRUE);
	(void)g_setenv("PATH", path, TRUE);
	(void)g_setenv("LC_ALL", "C", TRUE);
}

void
bench_suite_programs(const BenchOptions *options, BenchReport *report)
{
	Programs p = {options, report, NULL, NULL};

	if (!bench_wanted(options, "programs")) {
		return;
	}
	p.dir = g_dir_make_tmp("bench-XXXXXX", NULL);
	bench_must(p.dir != NULL, "cannot make a folder");
	p.failed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	if (options->postseal == NULL) {
		g_hash_table_add(p.failed, g_strdup("postseal"));
		bench_report_note(report, "postseal: not built; POSTSEAL may name it");
	}
	set_environment(&p);
	write_inputs(p.dir);
	prepare(&p);
	run_rows(&p, "10K", options->quick ? 3 : 15);
	run_rows(&p, "25M", options->quick ? 1 : 3);
	if (!options->quick && !g_hash_table_contains(p.failed, "postseal")) {
		write_texts(p.dir, "250M", 250);
		run_large(&p);
	}
	add_figures(&p);
	clean_up(&p);
	g_hash_table_unref(p.failed);
	g_free(p.dir);
}
