using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Page;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>What differs between the two makers of sockets: configuration, manager, dispatcher, and the words for the operator.</summary>
internal sealed class KvIo
{
    private readonly FlexTcpExt? _flexSc;

    private KvIo(IActorRef tcpManager, FlexTcpExt? flexSc, string description)
    {
        TcpManager = tcpManager;
        _flexSc = flexSc;
        Description = description;
    }

    /// <summary>Takes <c>Tcp.Bind</c>.</summary>
    public IActorRef TcpManager { get; }

    /// <summary>Which backend runs on which cores, and why.</summary>
    public string Description { get; }

    /// <summary>One for each loop; none where the operating system's thread pool is the loop.</summary>
    public IReadOnlyList<LoopFigures> Figures => _flexSc?.Figures ?? [];

    /// <summary>Settings of the actor system.</summary>
    public static Config ConfigFor(KvServerOptions options) => ConfigurationFactory.ParseString(
        string.Create(CultureInfo.InvariantCulture, $$"""
            akka.loglevel = {{options.LogLevel}}
            akka.stdout-loglevel = OFF
            akka.loggers = ["{{typeof(StandardErrorLogger).AssemblyQualifiedName}}"]
            akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
            flexsc.loops {
              count = {{options.Loops}}
              cpus = "{{string.Join(',', options.Cpus)}}"
              pin = {{(options.Pin ? "on" : "off")}}
              backend = {{options.Backend}}
              syscall-threads = {{options.SyscallThreads}}
              batch-wait-us = {{options.BatchWaitUs}}
              turn-budget-us = {{options.TurnBudgetUs}}
            }
            """));

    /// <summary>Starts the loops where there are any.</summary>
    /// <exception cref="FlexSc.Interop.Linux.LinuxException">A loop cannot be set up; the text names the remedy.</exception>
    /// <exception cref="BackendUnavailableException">The backend that was asked for cannot run here.</exception>
    public static KvIo Start(ActorSystem system, KvServerOptions options)
    {
        if (options.Io == IoMode.AkkaIo)
        {
            return new KvIo(system.Tcp(), null, "sockets: stock Akka.IO on the default dispatcher, cores chosen by the operating system");
        }

        FlexTcpExt flexSc = FlexTcp.For(system);
        return new KvIo(flexSc.Manager, flexSc, Describe(options, flexSc));
    }

    /// <summary>Has an actor live where the I/O is.</summary>
    public Props Place(Props props) => _flexSc is null ? props : props.WithDispatcher(FlexTcpExt.DispatcherId).WithMailbox(FlexTcpExt.MailboxId);

    private static string Describe(KvServerOptions options, FlexTcpExt flexSc)
    {
        BackendChoice choice = flexSc.Backend;
        string cores = string.Join(", ", flexSc.Figures.Select(loop => loop.Cpu is { } cpu
            ? string.Create(CultureInfo.InvariantCulture, $"core {cpu}")
            : "a core of the operating system's choice"));
        string threads = options.SyscallThreads == 0 ? ""
            : string.Create(CultureInfo.InvariantCulture, $" with {options.SyscallThreads} threads for each loop");
        string messages = options.Messages == MessageMode.Pooled ? "pooled messages" : "Akka.IO's messages";
        return $"sockets: FlexSC, backend {SyscallBackendKinds.Format(choice.Chosen)}{threads} on {cores}, because {choice.Reason}; {messages}";
    }
}
