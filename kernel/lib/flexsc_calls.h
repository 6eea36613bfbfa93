/* SPDX-License-Identifier: MIT */
/*
 * flexsc_calls.h - system calls by name, with their arguments: the
 * flexsc_##SYSCALL() of the libflexsc slides. Included by flexsc.h.
 *
 * Each row of the tables below makes two functions. Of
 *
 *	FLEXSC_CALL3(read, SYS_read, FLEXSC_ENTRY_POLL_IN,
 *		     int, fd, void *, buffer, size_t, bytes)
 *
 * come
 *
 *	int flexsc_read(struct flexsc *flexsc, struct flexsc_cb *cb,
 *			int fd, void *buffer, size_t bytes);
 *	int64_t flexsc_call_read(struct flexsc *flexsc, int64_t timeout_ns,
 *				 int fd, void *buffer, size_t bytes);
 *
 * The first submits the call and answers what flexsc_submit() does; the result
 * goes to the callback. The second waits for it and answers what flexsc_call()
 * does: the call's result, or -errno. A program may make rows of its own.
 *
 * Rows with a POLL flag wait for readiness in the kernel, where no thread is
 * held, if the descriptor is non-blocking; a blocking one holds a thread.
 * What the arguments point to belongs to the kernel until the callback begins.
 *
 * Unless a row says otherwise, arguments and results are those of the manual
 * page of the same name in section 2, with offsets and sizes of files as 64
 * bits. A directory_fd may be AT_FDCWD.
 */
#ifndef FLEXSC_CALLS_H
#define FLEXSC_CALLS_H

#ifndef FLEXSC_H
#error "include flexsc.h, which includes this"
#endif

/* Of the C library or of <linux/...>; named here, so that none has to be included. */
struct epoll_event;
struct iovec;
struct itimerspec;
struct mmsghdr;
struct msghdr;
struct open_how;
struct sockaddr;
struct stat;
struct statx;
struct timespec;

/* A pointer or a number as an argument of a call. */
#define FLEXSC_POINTER(pointer)	((uint64_t)(uintptr_t)(pointer))

#define FLEXSC_CALL0(name, number, flags)						\
	static inline int flexsc_##name(struct flexsc *flexsc, struct flexsc_cb *cb)	\
	{										\
		return flexsc_submit(flexsc, cb, flags, number, 0, NULL);		\
	}										\
	static inline int64_t flexsc_call_##name(struct flexsc *flexsc,		\
						 int64_t timeout_ns)			\
	{										\
		return flexsc_call(flexsc, timeout_ns, flags, number, 0, NULL);		\
	}

/* parameters and values are lists in parentheses; the counts of both are the same. */
#define FLEXSC_UNPACK(...)	__VA_ARGS__
#define FLEXSC_CALL(name, number, flags, count, parameters, values)			\
	static inline int flexsc_##name(struct flexsc *flexsc, struct flexsc_cb *cb,	\
					FLEXSC_UNPACK parameters)			\
	{										\
		const uint64_t arguments_[count] = { FLEXSC_UNPACK values };		\
											\
		return flexsc_submit(flexsc, cb, flags, number, count, arguments_);	\
	}										\
	static inline int64_t flexsc_call_##name(struct flexsc *flexsc,		\
						 int64_t timeout_ns,			\
						 FLEXSC_UNPACK parameters)		\
	{										\
		const uint64_t arguments_[count] = { FLEXSC_UNPACK values };		\
											\
		return flexsc_call(flexsc, timeout_ns, flags, number, count, arguments_); \
	}

#define FLEXSC_CALL1(name, number, flags, t1, a1)					\
	FLEXSC_CALL(name, number, flags, 1, (t1 a1), (FLEXSC_POINTER(a1)))
#define FLEXSC_CALL2(name, number, flags, t1, a1, t2, a2)				\
	FLEXSC_CALL(name, number, flags, 2, (t1 a1, t2 a2),				\
		    (FLEXSC_POINTER(a1), FLEXSC_POINTER(a2)))
#define FLEXSC_CALL3(name, number, flags, t1, a1, t2, a2, t3, a3)			\
	FLEXSC_CALL(name, number, flags, 3, (t1 a1, t2 a2, t3 a3),			\
		    (FLEXSC_POINTER(a1), FLEXSC_POINTER(a2), FLEXSC_POINTER(a3)))
#define FLEXSC_CALL4(name, number, flags, t1, a1, t2, a2, t3, a3, t4, a4)		\
	FLEXSC_CALL(name, number, flags, 4, (t1 a1, t2 a2, t3 a3, t4 a4),		\
		    (FLEXSC_POINTER(a1), FLEXSC_POINTER(a2), FLEXSC_POINTER(a3),	\
		     FLEXSC_POINTER(a4)))
#define FLEXSC_CALL5(name, number, flags, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)	\
	FLEXSC_CALL(name, number, flags, 5, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5),	\
		    (FLEXSC_POINTER(a1), FLEXSC_POINTER(a2), FLEXSC_POINTER(a3),	\
		     FLEXSC_POINTER(a4), FLEXSC_POINTER(a5)))
#define FLEXSC_CALL6(name, number, flags, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6) \
	FLEXSC_CALL(name, number, flags, 6, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6),	\
		    (FLEXSC_POINTER(a1), FLEXSC_POINTER(a2), FLEXSC_POINTER(a3),	\
		     FLEXSC_POINTER(a4), FLEXSC_POINTER(a5), FLEXSC_POINTER(a6)))

/*
 * Descriptors: reading and writing.
 */

/* At the file's position. */
FLEXSC_CALL3(read, SYS_read, FLEXSC_ENTRY_POLL_IN,
	     int, fd, void *, buffer, size_t, bytes)
FLEXSC_CALL3(write, SYS_write, FLEXSC_ENTRY_POLL_OUT,
	     int, fd, const void *, buffer, size_t, bytes)
/* Into and from several pieces. */
FLEXSC_CALL3(readv, SYS_readv, FLEXSC_ENTRY_POLL_IN,
	     int, fd, const struct iovec *, pieces, int, piece_count)
FLEXSC_CALL3(writev, SYS_writev, FLEXSC_ENTRY_POLL_OUT,
	     int, fd, const struct iovec *, pieces, int, piece_count)
/* At an offset in bytes, the file's position stays. */
FLEXSC_CALL4(pread, SYS_pread64, 0,
	     int, fd, void *, buffer, size_t, bytes, int64_t, offset)
FLEXSC_CALL4(pwrite, SYS_pwrite64, 0,
	     int, fd, const void *, buffer, size_t, bytes, int64_t, offset)
FLEXSC_CALL4(preadv, SYS_preadv, 0,
	     int, fd, const struct iovec *, pieces, int, piece_count, int64_t, offset)
FLEXSC_CALL4(pwritev, SYS_pwritev, 0,
	     int, fd, const struct iovec *, pieces, int, piece_count, int64_t, offset)
/* From one descriptor to another; a NULL offset takes the file's position. */
FLEXSC_CALL4(sendfile, SYS_sendfile, FLEXSC_ENTRY_POLL_OUT,
	     int, to_fd, int, from_fd, int64_t *, from_offset, size_t, bytes)
FLEXSC_CALL6(splice, SYS_splice, 0,
	     int, from_fd, int64_t *, from_offset, int, to_fd, int64_t *, to_offset,
	     size_t, bytes, unsigned int, splice_flags)
FLEXSC_CALL6(copy_file_range, SYS_copy_file_range, 0,
	     int, from_fd, int64_t *, from_offset, int, to_fd, int64_t *, to_offset,
	     size_t, bytes, unsigned int, copy_flags)

/*
 * Descriptors: their life.
 */

FLEXSC_CALL1(close, SYS_close, 0, int, fd)
/* The argument is a number or FLEXSC_POINTER() of something, as the command has it. */
FLEXSC_CALL3(fcntl, SYS_fcntl, 0, int, fd, int, command, uint64_t, argument)
/* pipe2(2); fds are the reading and the writing end. */
FLEXSC_CALL2(pipe, SYS_pipe2, 0, int *, fds, int, pipe_flags)
FLEXSC_CALL2(eventfd, SYS_eventfd2, 0, unsigned int, value, int, eventfd_flags)
FLEXSC_CALL2(memfd_create, SYS_memfd_create, 0, const char *, name, unsigned int, memfd_flags)

/*
 * Files.
 */

FLEXSC_CALL4(openat, SYS_openat, 0,
	     int, directory_fd, const char *, path, int, open_flags, uint32_t, mode)
#ifdef SYS_openat2
FLEXSC_CALL4(openat2, SYS_openat2, 0,
	     int, directory_fd, const char *, path, const struct open_how *, how,
	     size_t, how_bytes)
#endif
FLEXSC_CALL3(lseek, SYS_lseek, 0, int, fd, int64_t, offset, int, whence)
FLEXSC_CALL1(fsync, SYS_fsync, 0, int, fd)
FLEXSC_CALL1(fdatasync, SYS_fdatasync, 0, int, fd)
FLEXSC_CALL4(sync_file_range, SYS_sync_file_range, 0,
	     int, fd, int64_t, offset, int64_t, bytes, unsigned int, sync_flags)
FLEXSC_CALL2(ftruncate, SYS_ftruncate, 0, int, fd, int64_t, bytes)
FLEXSC_CALL4(fallocate, SYS_fallocate, 0,
	     int, fd, int, fallocate_mode, int64_t, offset, int64_t, bytes)
/* posix_fadvise(2); answers -errno like every other. */
FLEXSC_CALL4(fadvise, SYS_fadvise64, 0,
	     int, fd, int64_t, offset, int64_t, bytes, int, advice)
FLEXSC_CALL2(fstat, SYS_fstat, 0, int, fd, struct stat *, status)
FLEXSC_CALL4(fstatat, SYS_newfstatat, 0,
	     int, directory_fd, const char *, path, struct stat *, status, int, at_flags)
FLEXSC_CALL5(statx, SYS_statx, 0,
	     int, directory_fd, const char *, path, int, at_flags, unsigned int, mask,
	     struct statx *, status)

/*
 * Directories and names.
 */

/* The entries are struct linux_dirent64, see getdents(2); the result is their bytes. */
FLEXSC_CALL3(getdents64, SYS_getdents64, 0, int, fd, void *, entries, size_t, bytes)
FLEXSC_CALL3(mkdirat, SYS_mkdirat, 0,
	     int, directory_fd, const char *, path, uint32_t, mode)
FLEXSC_CALL3(unlinkat, SYS_unlinkat, 0, int, directory_fd, const char *, path, int, at_flags)
FLEXSC_CALL5(renameat2, SYS_renameat2, 0,
	     int, from_directory_fd, const char *, from_path,
	     int, to_directory_fd, const char *, to_path, unsigned int, rename_flags)
FLEXSC_CALL5(linkat, SYS_linkat, 0,
	     int, from_directory_fd, const char *, from_path,
	     int, to_directory_fd, const char *, to_path, int, at_flags)
FLEXSC_CALL3(symlinkat, SYS_symlinkat, 0,
	     const char *, target, int, directory_fd, const char *, path)
/* The result is the bytes written, without a final zero. */
FLEXSC_CALL4(readlinkat, SYS_readlinkat, 0,
	     int, directory_fd, const char *, path, char *, buffer, size_t, bytes)
/* Of the path itself; the call has no flags. */
FLEXSC_CALL3(fchmodat, SYS_fchmodat, 0,
	     int, directory_fd, const char *, path, uint32_t, mode)
/* Access and change time; NULL: now. */
FLEXSC_CALL4(utimensat, SYS_utimensat, 0,
	     int, directory_fd, const char *, path, const struct timespec *, times,
	     int, at_flags)

/*
 * Sockets. Lengths of addresses and options are in bytes.
 */

FLEXSC_CALL3(socket, SYS_socket, 0, int, family, int, type, int, protocol)
FLEXSC_CALL4(socketpair, SYS_socketpair, 0,
	     int, family, int, type, int, protocol, int *, fds)
FLEXSC_CALL3(bind, SYS_bind, 0,
	     int, fd, const struct sockaddr *, address, uint32_t, address_bytes)
FLEXSC_CALL2(listen, SYS_listen, 0, int, fd, int, backlog)
/* accept4(2). */
FLEXSC_CALL4(accept, SYS_accept4, FLEXSC_ENTRY_POLL_IN,
	     int, fd, struct sockaddr *, address, uint32_t *, address_bytes, int, accept_flags)
/* A non-blocking socket answers -EINPROGRESS: poll it for POLLOUT, then ask for SO_ERROR. */
FLEXSC_CALL3(connect, SYS_connect, 0,
	     int, fd, const struct sockaddr *, address, uint32_t, address_bytes)
FLEXSC_CALL2(shutdown, SYS_shutdown, 0, int, fd, int, how)
FLEXSC_CALL4(send, SYS_sendto, FLEXSC_ENTRY_POLL_OUT,
	     int, fd, const void *, buffer, size_t, bytes, int, message_flags)
FLEXSC_CALL4(recv, SYS_recvfrom, FLEXSC_ENTRY_POLL_IN,
	     int, fd, void *, buffer, size_t, bytes, int, message_flags)
FLEXSC_CALL6(sendto, SYS_sendto, FLEXSC_ENTRY_POLL_OUT,
	     int, fd, const void *, buffer, size_t, bytes, int, message_flags,
	     const struct sockaddr *, address, uint32_t, address_bytes)
FLEXSC_CALL6(recvfrom, SYS_recvfrom, FLEXSC_ENTRY_POLL_IN,
	     int, fd, void *, buffer, size_t, bytes, int, message_flags,
	     struct sockaddr *, address, uint32_t *, address_bytes)
FLEXSC_CALL3(sendmsg, SYS_sendmsg, FLEXSC_ENTRY_POLL_OUT,
	     int, fd, const struct msghdr *, message, int, message_flags)
FLEXSC_CALL3(recvmsg, SYS_recvmsg, FLEXSC_ENTRY_POLL_IN,
	     int, fd, struct msghdr *, message, int, message_flags)
/* The result is the number of messages. */
FLEXSC_CALL4(sendmmsg, SYS_sendmmsg, FLEXSC_ENTRY_POLL_OUT,
	     int, fd, struct mmsghdr *, messages, unsigned int, count, int, message_flags)
FLEXSC_CALL5(recvmmsg, SYS_recvmmsg, FLEXSC_ENTRY_POLL_IN,
	     int, fd, struct mmsghdr *, messages, unsigned int, count, int, message_flags,
	     struct timespec *, timeout)
FLEXSC_CALL5(setsockopt, SYS_setsockopt, 0,
	     int, fd, int, level, int, name, const void *, value, uint32_t, value_bytes)
FLEXSC_CALL5(getsockopt, SYS_getsockopt, 0,
	     int, fd, int, level, int, name, void *, value, uint32_t *, value_bytes)
FLEXSC_CALL3(getsockname, SYS_getsockname, 0,
	     int, fd, struct sockaddr *, address, uint32_t *, address_bytes)
FLEXSC_CALL3(getpeername, SYS_getpeername, 0,
	     int, fd, struct sockaddr *, address, uint32_t *, address_bytes)

/*
 * Waiting. No thread is held by poll(); the others hold one.
 */

/* Of one descriptor: the result is the events of poll(2) that are there. */
FLEXSC_CALL2(poll, FLEXSC_NR_POLL, 0, int, fd, unsigned int, events)
/* Does nothing and answers 0. */
FLEXSC_CALL0(nop, FLEXSC_NR_NOP, 0)
FLEXSC_CALL1(epoll_create, SYS_epoll_create1, 0, int, epoll_flags)
FLEXSC_CALL4(epoll_ctl, SYS_epoll_ctl, 0,
	     int, epoll_fd, int, operation, int, fd, struct epoll_event *, event)
FLEXSC_CALL4(epoll_wait, SYS_epoll_wait, 0,
	     int, epoll_fd, struct epoll_event *, events, int, max_events, int, timeout_ms)
FLEXSC_CALL4(clock_nanosleep, SYS_clock_nanosleep, 0,
	     int, clock, int, sleep_flags, const struct timespec *, time, struct timespec *, left)
FLEXSC_CALL2(timerfd_create, SYS_timerfd_create, 0, int, clock, int, timerfd_flags)
FLEXSC_CALL4(timerfd_settime, SYS_timerfd_settime, 0,
	     int, fd, int, settime_flags, const struct itimerspec *, value,
	     struct itimerspec *, former)

/*
 * Memory and random numbers.
 */

FLEXSC_CALL3(madvise, SYS_madvise, 0, void *, address, size_t, bytes, int, advice)
FLEXSC_CALL3(msync, SYS_msync, 0, void *, address, size_t, bytes, int, msync_flags)
FLEXSC_CALL3(getrandom, SYS_getrandom, 0, void *, buffer, size_t, bytes,
	     unsigned int, getrandom_flags)

#endif /* FLEXSC_CALLS_H */
