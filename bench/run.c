/* SPDX-License-Identifier: MPL-2.0 */
/*
 * bench-run COUNT INPUT OUTPUT PROGRAM ARGUMENT...: runs a program and prints, for each run,
 * seconds on the wall, seconds of CPU time, KiB of memory at most and the exit status.
 *
 * A program of its own, since the kernel counts the memory of whoever forks as memory of the child:
 * the benchmark itself is far too large for that.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec * 1e-6;
}

static void
become(const char *input, const char *output, char **argv)
{
	int in = open(input, O_RDONLY);
	int out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int err = open("/dev/null", O_WRONLY);

	if (in >= 0 && out >= 0 && err >= 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 &&
	    dup2(err, 2) == 2) {
		(void)execvp(argv[0], argv);
	}
	_exit(127);
}

static int
run_once(const char *input, const char *output, char **argv)
{
	struct rusage usage = {0};
	double start = now();
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		become(input, output, argv);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
		return 71;
	}
	(void)printf("%.6f %.6f %ld %d\n", now() - start,
		     seconds(&usage.ru_utime) + seconds(&usage.ru_stime), usage.ru_maxrss,
		     WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return 0;
}

int
main(int argc, char **argv)
{
	long count;

	if (argc < 5) {
		(void)fprintf(stderr, "usage: bench-run COUNT INPUT OUTPUT PROGRAM ARGUMENT...\n");
		return 64;
	}
	count = strtol(argv[1], NULL, 10);
	for (long i = 0; i < count; i++) {
		int failed = run_once(argv[2], argv[3], argv + 4);

		if (failed != 0) {
			return failed;
		}
	}
	return 0;
}
