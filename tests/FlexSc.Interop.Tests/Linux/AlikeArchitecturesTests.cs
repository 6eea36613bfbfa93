using FlexSc.Interop.Linux;
using FlexSc.Interop.Tests.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Linux;

/// <summary>What the libraries write once, for x86-64 and arm64: the headers of both have it alike, and as it is written.</summary>
public sealed class AlikeArchitecturesTests
{
    private static readonly string[] Files =
    [
        "F_GETFD", "F_GETFL", "F_SETFL", "F_SETLK", "F_SETLKW", "F_OFD_SETLK", "F_OFD_SETLKW", "F_RDLCK", "F_WRLCK", "F_UNLCK",
        "sizeof(struct flock)", "offsetof(struct flock, l_type)", "offsetof(struct flock, l_whence)", "offsetof(struct flock, l_start)",
        "offsetof(struct flock, l_len)", "LOCK_SH", "LOCK_EX", "LOCK_NB", "LOCK_UN", "SEEK_CUR", "FIONBIO", "AT_REMOVEDIR",
        "FALLOC_FL_KEEP_SIZE", "FALLOC_FL_PUNCH_HOLE", "IN_MODIFY", "IN_ATTRIB", "IN_CLOSE_WRITE", "IN_MOVED_FROM", "IN_MOVED_TO",
        "IN_CREATE", "IN_DELETE", "IN_DELETE_SELF", "IN_MOVE_SELF", "IN_UNMOUNT", "IN_Q_OVERFLOW", "IN_IGNORED", "IN_ISDIR", "IN_CLOEXEC",
        "sizeof(struct inotify_event)", "offsetof(struct inotify_event, mask)", "offsetof(struct inotify_event, cookie)",
        "offsetof(struct inotify_event, len)", "offsetof(struct dirent64, d_reclen)", "offsetof(struct dirent64, d_type)",
        "offsetof(struct dirent64, d_name)", "EFD_CLOEXEC", "EFD_NONBLOCK",
    ];

    private static readonly string[] Sockets =
    [
        "SOCK_CLOEXEC", "SOCK_NONBLOCK", "SOCK_DGRAM", "MSG_TRUNC", "MSG_CTRUNC", "MSG_ERRQUEUE", "MSG_CMSG_CLOEXEC", "SO_PEERCRED", "SCM_RIGHTS",
        "SIOCINQ", "SIOCOUTQ", "TCP_INFO", "offsetof(struct tcp_info, tcpi_unacked)", "offsetof(struct tcp_info, tcpi_bytes_acked)", "IP_RECVERR",
        "IPV6_RECVERR", "UDP_SEGMENT", "UDP_GRO", "sizeof(struct linger)", "sizeof(struct ucred)", "sizeof(struct sockaddr_in)",
        "sizeof(struct sockaddr_in6)", "sizeof(struct sockaddr_un)", "offsetof(struct sockaddr_in, sin_addr)", "offsetof(struct sockaddr_in6, sin6_addr)",
        "offsetof(struct sockaddr_in6, sin6_scope_id)", "sizeof(struct cmsghdr)", "offsetof(struct cmsghdr, cmsg_level)", "CMSG_SPACE(sizeof(int))",
    ];

    private static readonly string[] Processes =
    [
        "sizeof(struct sigaction)", "offsetof(struct sigaction, sa_handler)", "SIG_UNBLOCK", "_NSIG", "sizeof(struct rusage)",
        "offsetof(struct rusage, ru_stime)", "offsetof(struct rusage, ru_nvcsw)", "RUSAGE_THREAD", "sizeof(struct rlimit)", "RLIMIT_NOFILE",
        "RLIMIT_MEMLOCK", "RLIM_INFINITY == ~0UL", "sizeof(cpu_set_t)", "MAP_PRIVATE", "MAP_ANONYMOUS", "MAP_SHARED", "MAP_POPULATE", "PROT_READ",
        "PROT_WRITE", "sizeof(struct timespec)",
    ];

    private static readonly string[] Errors =
    [
        "EPERM", "ENOENT", "EINTR", "EIO", "ENXIO", "EBADF", "EAGAIN", "ENOMEM", "EACCES", "EFAULT", "EBUSY", "EEXIST", "EXDEV", "ENODEV",
        "ENOTDIR", "EISDIR", "EINVAL", "ENFILE", "EMFILE", "EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EPIPE", "ENAMETOOLONG", "ENOSYS", "ENOTEMPTY",
        "ELOOP", "ETIME", "EPROTO", "EUSERS", "ENOTSOCK", "EDESTADDRREQ", "EMSGSIZE", "ENOPROTOOPT", "EPROTONOSUPPORT", "EOPNOTSUPP",
        "EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL", "ENETDOWN", "ENETUNREACH", "ECONNABORTED", "ECONNRESET", "ENOBUFS", "EISCONN", "ENOTCONN",
        "ETOOMANYREFS", "ETIMEDOUT", "ECONNREFUSED", "EHOSTDOWN", "EHOSTUNREACH", "EALREADY", "EINPROGRESS", "EDQUOT", "ECANCELED",
    ];

    /// <summary>linux/tcp.h and not netinet/tcp.h, whose structure ends before what is asked for; the two exclude each other.</summary>
    private static readonly string[] Includes =
    [
        "<sys/socket.h>", "<sys/un.h>", "<netinet/in.h>", "<linux/tcp.h>", "<linux/udp.h>", "<linux/sockios.h>", "<sys/ioctl.h>", "<fcntl.h>",
        "<sys/file.h>", "<linux/falloc.h>", "<sys/inotify.h>", "<sys/eventfd.h>", "<dirent.h>", "<unistd.h>", "<signal.h>", "<sched.h>",
        "<sys/mman.h>", "<sys/resource.h>", "<errno.h>", "<time.h>",
    ];

    [SkippableFact]
    public void Both_have_the_same_numbers_and_layouts()
    {
        string[] asked = [.. Files, .. Sockets, .. Processes, .. Errors];
        IReadOnlyDictionary<string, long> x64 = CompilerProbe.Evaluate(HeadersOf.X64, Includes, asked);
        IReadOnlyDictionary<string, long> arm64 = CompilerProbe.Evaluate(HeadersOf.Arm64, Includes, asked);
        Assert.Equal(x64.OrderBy(static pair => pair.Key, StringComparer.Ordinal), arm64.OrderBy(static pair => pair.Key, StringComparer.Ordinal));
    }

    [SkippableTheory]
    [InlineData(HeadersOf.X64)]
    [InlineData(HeadersOf.Arm64)]
    public void What_is_told_apart_by_error_is_as_the_headers_have_it(HeadersOf architecture) => CompilerProbe.Compare(
        architecture,
        new Dictionary<string, long>
        {
            ["EPERM"] = Errno.NotPermitted,
            ["EINTR"] = Errno.Interrupted,
            ["EAGAIN"] = Errno.Again,
            ["ENOSYS"] = Errno.NoSystemCall,
            ["ETIME"] = Errno.TimerExpired,
            ["ENOBUFS"] = Errno.NoBuffers,
            ["EALREADY"] = Errno.Already,
            ["EINPROGRESS"] = Errno.InProgress,
            ["ECANCELED"] = Errno.Canceled,
            ["ESPIPE"] = RareErrno.IllegalSeek,
            ["EOPNOTSUPP"] = RareErrno.NotSupported,
        },
        "<errno.h>");
}
