using System.Runtime.InteropServices;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Backends.SyscallThreads;
using FlexSc.Interop.Tests.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Backends;

public sealed class ReadinessUapiTests
{
    [SkippableFact]
    public void Numbers_are_those_of_x86_64()
    {
        Dictionary<string, long> mirror = new()
        {
            ["SYS_readv"] = ReadinessUapi.NumberReadVector,
            ["SYS_writev"] = ReadinessUapi.NumberWriteVector,
            ["SYS_dup2"] = ReadinessUapi.NumberDup2,
            ["SYS_accept"] = ReadinessUapi.NumberAccept,
            ["SYS_fcntl"] = ReadinessUapi.NumberFcntl,
            ["SYS_epoll_ctl"] = ReadinessUapi.NumberEpollControl,
            ["SYS_epoll_create1"] = ReadinessUapi.NumberEpollCreate1,
            ["SYS_dup3"] = ReadinessUapi.NumberDup3,
            ["__NR_close_range"] = ReadinessUapi.NumberCloseRange,
            ["__NR_epoll_pwait2"] = ReadinessUapi.NumberEpollPWait2,
        };
        CompilerProbe.Compare(HeadersOf.X64, mirror, "<sys/syscall.h>", "<linux/unistd.h>");
    }

    [SkippableTheory]
    [InlineData(HeadersOf.X64)]
    [InlineData(HeadersOf.Arm64)]
    public void Mirror_has_the_sizes_offsets_and_constants_of_the_system_headers(HeadersOf architecture)
    {
        EpollEventLayout layout = architecture == HeadersOf.Arm64 ? EpollEventLayout.Arm64 : EpollEventLayout.X64;
        Assert.InRange(layout.Bytes, 1, EpollEventLayout.MostBytes);
        Dictionary<string, long> mirror = new()
        {
            ["EPOLLIN"] = ReadinessUapi.EventIn,
            ["EPOLLPRI"] = ReadinessUapi.EventPriority,
            ["EPOLLOUT"] = ReadinessUapi.EventOut,
            ["EPOLLERR"] = ReadinessUapi.EventError,
            ["EPOLLHUP"] = ReadinessUapi.EventHangUp,
            ["EPOLLRDHUP"] = ReadinessUapi.EventReadHangUp,
            ["(unsigned int)EPOLLET"] = ReadinessUapi.EdgeTriggered,
            ["EPOLL_CTL_ADD"] = ReadinessUapi.EpollAdd,
            ["EPOLL_CTL_MOD"] = ReadinessUapi.EpollModify,
            ["EPOLL_CLOEXEC"] = ReadinessUapi.EpollCloseOnExec,
            ["POLLNVAL"] = ReadinessUapi.PollInvalid,
            ["F_GETFD"] = ReadinessUapi.GetDescriptorFlags,
            ["F_GETFL"] = ReadinessUapi.GetStatusFlags,
            ["F_SETFL"] = ReadinessUapi.SetStatusFlags,
            ["O_NONBLOCK"] = ReadinessUapi.NonBlocking,
            ["CLOSE_RANGE_CLOEXEC"] = ReadinessUapi.CloseRangeCloseOnExec,
            ["SOL_SOCKET"] = ReadinessUapi.SocketLevel,
            ["SO_TYPE"] = ReadinessUapi.OptionType,
            ["SO_PROTOCOL"] = ReadinessUapi.OptionProtocol,
            ["SOCK_STREAM"] = ReadinessUapi.TypeStream,
            ["SOCK_SEQPACKET"] = ReadinessUapi.TypeSequencedPackets,
            ["AF_UNIX"] = ReadinessUapi.FamilyUnix,
            ["AF_INET"] = ReadinessUapi.FamilyInternet,
            ["AF_INET6"] = ReadinessUapi.FamilyInternet6,
            ["IPPROTO_TCP"] = ReadinessUapi.ProtocolTcp,
            ["MSG_PEEK"] = ReadinessUapi.MessagePeek,
            ["MSG_DONTWAIT"] = ReadinessUapi.MessageDoNotWait,
            ["MSG_WAITALL"] = ReadinessUapi.MessageWaitAll,
            ["MSG_NOSIGNAL"] = ReadinessUapi.MessageNoSignal,
            ["sizeof(struct epoll_event)"] = layout.Bytes,
            ["offsetof(struct epoll_event, events)"] = 0,
            ["offsetof(struct epoll_event, data)"] = layout.DataOffset,
            ["sizeof(struct pollfd)"] = Marshal.SizeOf<PollDescriptor>(),
            ["sizeof(struct iovec)"] = Marshal.SizeOf<IoVector>(),
            ["sizeof(struct msghdr)"] = Marshal.SizeOf<MessageHeader>(),
        };
        CompilerProbe.AddOffsets<PollDescriptor>(mirror, "pollfd", ("fd", "FileDescriptor"), ("events", "Events"), ("revents", "ReturnedEvents"));
        CompilerProbe.AddOffsets<IoVector>(mirror, "iovec", ("iov_base", "Base"), ("iov_len", "Length"));
        CompilerProbe.AddOffsets<MessageHeader>(mirror, "msghdr", ("msg_name", "Name"), ("msg_namelen", "NameLength"), ("msg_iov", "Vectors"),
            ("msg_iovlen", "VectorCount"), ("msg_control", "Control"), ("msg_controllen", "ControlLength"), ("msg_flags", "Flags"));

        CompilerProbe.Compare(
            architecture, mirror, "<sys/epoll.h>", "<poll.h>", "<fcntl.h>", "<sys/socket.h>", "<sys/uio.h>", "<netinet/in.h>", "<linux/close_range.h>");
    }
}
