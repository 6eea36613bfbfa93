namespace FlexSc.Benchmarks.Peers;

/// <summary>Names of the peers, as tables, options and targets spell them.</summary>
internal static class PeerNames
{
    /// <summary>The peer that ratios refer to.</summary>
    public const string AkkaIo = "akka-io";

    /// <summary>The baseline once more, as a process of its own: how far its ratios are from 1 is the noise of the run.</summary>
    public const string AkkaIoControl = "akka-io-control";

    public const string AkkaIoTuned = "akka-io-tuned";
    public const string IoUringAkka = "flexsc-io-uring-akka";
    public const string IoUringPooled = "flexsc-io-uring-pooled";

    /// <summary>The pooled path with the wait for a batch off.</summary>
    public const string IoUringNoWait = "flexsc-io-uring-pooled-no-wait";

    public const string SyscallThreadsAkka = "flexsc-syscall-threads-akka";
    public const string SyscallThreadsPooled = "flexsc-syscall-threads-pooled";

    public const string Kestrel = "kestrel";
    public const string KestrelTuned = "kestrel-tuned";
    public const string KestrelMinimal = "kestrel-minimal";
    public const string DotNetty = "dotnetty";
    public const string SocketsInline = "sockets-inline";
    public const string NginxReturn = "nginx-return";
    public const string NginxSendfile = "nginx-sendfile";
    public const string NginxFileCache = "nginx-file-cache";
    public const string BareEpoll = "bare-epoll";
    public const string BareIoUring = "bare-io-uring";

    /// <summary>A program that knows only Akka.IO, as it is, with the redirect line, and with its actors on the loops as well.</summary>
    public const string DropInAkkaIo = "dropin-akka-io";

    public const string DropInRedirect = "dropin-redirect";
    public const string DropInOnLoops = "dropin-on-loops";

    /// <summary>The first two with a thread pool whose threads sleep at once when they find no work.</summary>
    public const string DropInAkkaIoNoSpin = "dropin-akka-io-no-spin";

    public const string DropInRedirectNoSpin = "dropin-redirect-no-spin";

    /// <summary>The HTTP servers with TLS, each with a certificate of the same kind.</summary>
    public const string KestrelTls = "kestrel-tls";

    public const string IoUringPooledTls = "flexsc-io-uring-pooled-tls";
    public const string IoUringAkkaTls = "flexsc-io-uring-akka-tls";

    public const string Memcached = "memcached";
    public const string Redis = "redis";
    public const string Garnet = "garnet";
}
