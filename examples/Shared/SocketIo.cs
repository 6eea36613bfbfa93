using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Examples.Shared;

/// <summary>Whose sockets an actor system uses, FlexSC's or stock Akka.IO's: its configuration, its manager, and where actors live.</summary>
internal sealed class SocketIo
{
    private const string FlexScWord = "flexsc";
    private const string AkkaIoWord = "akka-io";

    // flexsc.loops.socket-close-limit-ms follows --drain-ms between these.
    private const int LeastCloseLimitMs = 100;
    private const int MostCloseLimitMs = 5_000;

    private readonly ActorSystem _system;
    private readonly FlexTcpExt? _flexSc;

    /// <summary>Starts the loops where there are any: before any actor is placed, because they bring their dispatcher along.</summary>
    /// <exception cref="FlexSc.Interop.Linux.LinuxException">A loop cannot be set up; the text names the remedy.</exception>
    /// <exception cref="FlexSc.Interop.Capabilities.BackendUnavailableException">The backend that was asked for cannot run here.</exception>
    public SocketIo(ActorSystem system, ServerOptions options)
    {
        _system = system;
        _flexSc = options.Io == IoMode.FlexSc ? FlexTcp.For(system) : null;
        Manager = _flexSc?.Manager ?? system.Tcp();
        if (options.Placement != PlacementOptions.Off)
        {
            system.FlexPlacement();
            if (options.Verbose)
            {
                system.ActorOf(Props.Create(() => new DecisionPrinter()).WithDispatcher(DecisionPrinter.DispatcherId), "placement-decisions");
            }
        }
    }

    /// <summary>Takes <c>Tcp.Bind</c>.</summary>
    public IActorRef Manager { get; }

    /// <summary>The backend of the loops and why it is that one; null on stock Akka.IO.</summary>
    public BackendChoice? Backend => _flexSc?.Backend;

    /// <summary>One for each loop; none where the thread pool is the loop.</summary>
    public IReadOnlyList<LoopFigures> Loops => _flexSc?.Figures ?? [];

    /// <summary>The option that chooses.</summary>
    public static Option<string> Option() => OptionKinds.Choice("--io", "Whose sockets: FlexSC's, or stock Akka.IO's.", FlexScWord, AkkaIoWord);

    /// <summary>What it chose.</summary>
    public static IoMode ModeOf(ParseResult result, Option<string> io) => result.GetValue(io) == AkkaIoWord ? IoMode.AkkaIo : IoMode.FlexSc;

    /// <summary>
    /// The loops' settings; nothing for stock Akka.IO. A peer that neither reads nor ends is waited for as long as requests under way are,
    /// within limits.
    /// </summary>
    public static Config ConfigFor(ServerOptions options) => options.Io == IoMode.AkkaIo ? Config.Empty : ConfigurationFactory.ParseString(string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        flexsc.loops {
          count = {{options.Loops}}
          cpus = "{{string.Join(',', options.Cpus)}}"
          pin = {{(options.Pin ? "on" : "off")}}
          backend = {{options.Backend}}
          pages = {{FlexLoops.PagesFor(options.MostConnections, BackendOf(options))}}
          syscall-threads = {{options.SyscallThreads}}
          batch-wait-us = {{options.BatchWaitUs}}
          turn-budget-us = {{options.TurnBudgetUs}}
          socket-close-limit-ms = {{Math.Clamp(options.DrainMs, LeastCloseLimitMs, MostCloseLimitMs)}}
        }
        {{PlacementOf(options)}}
        """));

    /// <summary>Why the loops run on the backend they run on. Of a fallback the log has told already, with the remedy.</summary>
    public static string ReasonOf(BackendChoice choice) =>
        choice is { Requested: SyscallBackendKind.Auto, Chosen: SyscallBackendKind.SyscallThreads }
            ? "nothing better could be had, see the warning"
            : choice.Reason;

    /// <summary>What runs where, and why, for the operator.</summary>
    /// <param name="options">The server's.</param>
    /// <param name="messages">What its actors receive, for a server that lets one choose.</param>
    public string Describe(ServerOptions options, string? messages = null)
    {
        if (Backend is not { } choice)
        {
            return "sockets: stock Akka.IO on the default dispatcher, cores chosen by the operating system";
        }

        string cores = string.Join(", ", Loops.Select(static loop =>
            loop.Cpu is { } cpu ? $"core {cpu}" : "a core of the operating system's choice"));
        string threads = options.SyscallThreads == 0 ? "" : $" with {options.SyscallThreads} threads for each loop";
        string backend = $"{SyscallBackendKinds.Format(choice.Chosen)}{threads} on {cores}, because {ReasonOf(choice)}";
        return string.Join("; ", ((string?[])[$"sockets: FlexSC, backend {backend}", messages, options.Tls?.Description]).OfType<string>());
    }

    /// <summary>An end point that is listened on, as text.</summary>
    public static string NameOf(EndPoint endPoint) => endPoint is UnixDomainSocketEndPoint ? $"unix:{endPoint}" : $"{endPoint}";

    /// <summary>Options of a listener's socket that follow from the server's.</summary>
    /// <param name="options">The server's.</param>
    /// <param name="endPoint">Where it is to listen.</param>
    /// <param name="applicationProtocols">What is spoken, where that has a name for ALPN.</param>
    public static IEnumerable<Inet.SocketOption> ListenerOptions(ServerOptions options, EndPoint endPoint, params string[] applicationProtocols) =>
        endPoint is UnixDomainSocketEndPoint ? [UnixSocketOptions.PathMode(options.UnixSocket!.Mode)]
        : options.Tls is { } tls ? [tls.ToOption(applicationProtocols)]
        : [];

    private static string PlacementOf(ServerOptions options)
    {
        if (options.Placement == PlacementOptions.Off)
        {
            return "";
        }

        IEnumerable<int> loopCpus = options.Cpus.Count > 0 ? options.Cpus : ThreadAffinity.AllowedCpus().Take(options.Loops);
        return $$"""
            flexsc.placement {
              policy = {{options.Placement}}
              static { loop-cpus = "{{string.Join(',', loopCpus)}}", syscall-cpus = "{{string.Join(',', options.SyscallCpus)}}" }
            }
            """;
    }

    private static SyscallBackendKind BackendOf(ServerOptions options) =>
        SyscallBackendKinds.TryParse(options.Backend, out SyscallBackendKind backend) ? backend : SyscallBackendKind.Auto;

    /// <summary>Has an actor live where its sockets are.</summary>
    public Props Place(Props props) => _flexSc is null ? props : props.WithDispatcher(FlexTcpExt.DispatcherId).WithMailbox(FlexTcpExt.MailboxId);

    /// <summary>Lets nobody new in and waits for the connections that are there, which their handlers end. From any thread.</summary>
    /// <param name="timeLimit">How long.</param>
    /// <param name="lastClosed">Ends when the service has no connection any more: stock Akka.IO does not say, and lets new ones in.</param>
    public Task DrainAsync(TimeSpan timeLimit, Task lastClosed) =>
        _flexSc is null ? Task.WhenAny(lastClosed, Task.Delay(timeLimit)) : _flexSc.DrainAsync(timeLimit);

    /// <summary>Ends when the threads of the system have, which has terminated.</summary>
    public Task WhenEnded() => _flexSc is null ? Task.CompletedTask : FlexLoops.WhenEnded(_system);
}
