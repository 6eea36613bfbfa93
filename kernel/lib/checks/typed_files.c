// SPDX-License-Identifier: MIT
/* typed_files.c - the calls of flexsc_calls.h for descriptors, files and names. */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"

void check_calls_of_descriptors(void)
{
	struct flexsc *flexsc = create(NULL);
	char first[3] = "", second[3] = "";
	const struct iovec out[] = { { (char *)"ab", 2 }, { (char *)"cd", 2 } };
	const struct iovec in[] = { { first, 2 }, { second, 2 } };
	int64_t offset = 0;
	int fds[2], memory, copy;

	EXPECT_EQUAL(CALL(pipe, fds, O_CLOEXEC | O_NONBLOCK), 0);
	EXPECT_EQUAL(SUBMIT(writev, fds[1], out, 2), 4);
	EXPECT_EQUAL(CALL(readv, fds[0], in, 2), 4);
	EXPECT(!memcmp(first, "ab", 2) && !memcmp(second, "cd", 2));
	EXPECT_EQUAL(CALL(fcntl, fds[0], F_GETFL, 0), O_RDONLY | O_NONBLOCK);

	memory = CALL(memfd_create, "flexsc", MFD_CLOEXEC);
	EXPECT(memory >= 0);
	EXPECT_EQUAL(CALL(write, memory, "0123456789", 10), 10);
	EXPECT_EQUAL(CALL(splice, memory, &offset, fds[1], NULL, 4, 0), 4);
	EXPECT_EQUAL(offset, 4);
	EXPECT_EQUAL(CALL(sendfile, fds[1], memory, &offset, 100), 6);
	EXPECT_EQUAL(offset, 10);
	EXPECT_EQUAL(SUBMIT(read, fds[0], first, 2), 2);
	EXPECT(!memcmp(first, "01", 2));
	copy = CALL(memfd_create, "copy", MFD_CLOEXEC);
	offset = 8;
	EXPECT_EQUAL(CALL(copy_file_range, memory, &offset, copy, NULL, 100, 0), 2);
	EXPECT_EQUAL(CALL(close, copy), 0);
	EXPECT_EQUAL(SUBMIT(close, memory), 0);
	EXPECT_EQUAL(CALL(close, memory), -EBADF);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

void check_calls_of_files(void)
{
	struct flexsc *flexsc = create(NULL);
	char first[3] = "", second[3] = "", name[] = "/tmp/flexsc-checks-XXXXXX";
	const struct iovec pieces[] = { { first, 2 }, { second, 2 } };
	struct open_how how = { .flags = O_RDWR };
	struct statx extended;
	struct stat status;
	int fd;

	EXPECT(mkdtemp(name));
	EXPECT_EQUAL(chdir(name), 0);
	fd = CALL(openat, AT_FDCWD, "file", O_RDWR | O_CREAT | O_EXCL, 0600);
	EXPECT(fd >= 0);
	EXPECT_EQUAL(CALL(pwrite, fd, "0123456789", 10, 5), 10);
	EXPECT_EQUAL(SUBMIT(pread, fd, first, 2, 5), 2);
	EXPECT(!memcmp(first, "01", 2));
	EXPECT_EQUAL(CALL(preadv, fd, pieces, 2, 7), 4);
	EXPECT(!memcmp(first, "23", 2) && !memcmp(second, "45", 2));
	EXPECT_EQUAL(CALL(pwritev, fd, pieces, 2, 0), 4);
	EXPECT_EQUAL(CALL(lseek, fd, -2, SEEK_END), 13);
	EXPECT_EQUAL(CALL(ftruncate, fd, 6), 0);
	EXPECT_EQUAL(CALL(fallocate, fd, 0, 0, 8192), 0);
	EXPECT_EQUAL(CALL(fadvise, fd, 0, 0, POSIX_FADV_SEQUENTIAL), 0);
	EXPECT_EQUAL(CALL(fsync, fd), 0);
	EXPECT_EQUAL(CALL(fdatasync, fd), 0);
	EXPECT_EQUAL(CALL(sync_file_range, fd, 0, 0, SYNC_FILE_RANGE_WRITE), 0);
	EXPECT_EQUAL(CALL(fstat, fd, &status), 0);
	EXPECT_EQUAL(status.st_size, 8192);
	EXPECT_EQUAL(CALL(fstatat, AT_FDCWD, "file", &status, 0), 0);
	EXPECT_EQUAL(status.st_size, 8192);
	EXPECT_EQUAL(CALL(statx, AT_FDCWD, "file", 0, STATX_SIZE, &extended), 0);
	EXPECT_EQUAL(extended.stx_size, 8192);
	EXPECT_EQUAL(CALL(close, fd), 0);
	fd = CALL(openat2, AT_FDCWD, "file", &how, sizeof(how));
	EXPECT(fd >= 0);
	EXPECT_EQUAL(CALL(close, fd), 0);
	EXPECT_EQUAL(CALL(openat2, AT_FDCWD, "none", &how, sizeof(how)), -ENOENT);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}

void check_calls_of_names(void)
{
	const struct timespec times[] = { { .tv_sec = 1 }, { .tv_sec = 2 } };
	struct flexsc *flexsc = create(NULL);
	char name[] = "/tmp/flexsc-checks-XXXXXX", buffer[1024];
	struct stat status;
	int directory;

	EXPECT(mkdtemp(name));
	directory = open(name, O_RDONLY | O_DIRECTORY);
	EXPECT_EQUAL(CALL(mkdirat, directory, "inner", 0700), 0);
	EXPECT_EQUAL(SUBMIT(symlinkat, "inner", directory, "link"), 0);
	EXPECT_EQUAL(CALL(readlinkat, directory, "link", buffer, sizeof(buffer)), 5);
	EXPECT(!memcmp(buffer, "inner", 5));
	EXPECT_EQUAL(CALL(linkat, directory, "link", directory, "second", 0), 0);
	EXPECT_EQUAL(CALL(renameat2, directory, "second", directory, "link", RENAME_NOREPLACE), -EEXIST);
	EXPECT_EQUAL(CALL(renameat2, directory, "second", directory, "third", 0), 0);
	EXPECT_EQUAL(CALL(fchmodat, directory, "inner", 0750), 0);
	EXPECT_EQUAL(CALL(utimensat, directory, "inner", times, 0), 0);
	EXPECT_EQUAL(fstatat(directory, "inner", &status, 0), 0);
	EXPECT_EQUAL(status.st_mode & 07777, 0750);
	EXPECT_EQUAL(status.st_mtime, 2);
	EXPECT(CALL(getdents64, directory, buffer, sizeof(buffer)) > 0);
	EXPECT(memmem(buffer, sizeof(buffer), "third", 6));
	EXPECT_EQUAL(CALL(unlinkat, directory, "third", 0), 0);
	EXPECT_EQUAL(CALL(unlinkat, directory, "link", 0), 0);
	EXPECT_EQUAL(SUBMIT(unlinkat, directory, "inner", AT_REMOVEDIR), 0);
	EXPECT_EQUAL(rmdir(name), 0);
	EXPECT_EQUAL(flexsc_destroy(flexsc), 0);
}
