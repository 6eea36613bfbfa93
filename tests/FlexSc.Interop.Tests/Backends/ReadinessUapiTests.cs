using System.Runtime.InteropServices;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Tests.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Backends;

public sealed class ReadinessUapiTests
{
    [SkippableFact]
    public void Mirror_has_the_sizes_offsets_and_constants_of_the_system_headers()
    {
        Dictionary<string, long> mirror = new()
        {
            ["SYS_poll"] = ReadinessUapi.NumberPoll,
            ["SYS_readv"] = ReadinessUapi.NumberReadVector,
            ["SYS_writev"] = ReadinessUapi.NumberWriteVector,
            ["SYS_dup2"] = ReadinessUapi.NumberDup2,
            ["SYS_accept"] = ReadinessUapi.NumberAccept,
            ["SYS_fcntl"] = ReadinessUapi.NumberFcntl,
            ["SYS_epoll_wait"] = ReadinessUapi.NumberEpollWait,
            ["SYS_epoll_ctl"] = ReadinessUapi.NumberEpollControl,
            ["SYS_epoll_create1"] = ReadinessUapi.NumberEpollCreate1,
            ["SYS_dup3"] = ReadinessUapi.NumberDup3,
            ["__NR_close_range"] = ReadinessUapi.NumberCloseRange,
            ["__NR_epoll_pwait2"] = ReadinessUapi.NumberEpollPWait2,
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
            ["sizeof(struct epoll_event)"] = Marshal.SizeOf<EpollEvent>(),
            ["sizeof(struct pollfd)"] = Marshal.SizeOf<PollDescriptor>(),
            ["sizeof(struct iovec)"] = Marshal.SizeOf<IoVector>(),
            ["sizeof(struct msghdr)"] = Marshal.SizeOf<MessageHeader>(),
        };
        CompilerProbe.AddOffsets<EpollEvent>(mirror, "epoll_event", ("events", "Events"), ("data", "Data"));
        CompilerProbe.AddOffsets<PollDescriptor>(mirror, "pollfd", ("fd", "FileDescriptor"), ("events", "Events"), ("revents", "ReturnedEvents"));
        CompilerProbe.AddOffsets<IoVector>(mirror, "iovec", ("iov_base", "Base"), ("iov_len", "Length"));
        CompilerProbe.AddOffsets<MessageHeader>(mirror, "msghdr", ("msg_name", "Name"), ("msg_namelen", "NameLength"), ("msg_iov", "Vectors"),
            ("msg_iovlen", "VectorCount"), ("msg_control", "Control"), ("msg_controllen", "ControlLength"), ("msg_flags", "Flags"));

        IReadOnlyDictionary<string, long> header = CompilerProbe.Evaluate(
            ["<sys/epoll.h>", "<poll.h>", "<fcntl.h>", "<sys/socket.h>", "<sys/uio.h>", "<netinet/in.h>", "<sys/syscall.h>", "<linux/unistd.h>", "<linux/close_range.h>"],
            mirror.Keys);

        Assert.Equal(mirror.OrderBy(pair => pair.Key), header.OrderBy(pair => pair.Key));
    }
}
