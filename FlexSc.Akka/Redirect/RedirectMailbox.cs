using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Dispatch;

namespace FlexSc.Akka.IO;

/// <summary>
/// Makes <c>system.Tcp()</c>, <c>system.Udp()</c> and <c>system.UdpConnected()</c>, and with them Akka.Streams, run on FlexSC without a
/// change of code:
/// <c>akka.actor.default-mailbox.mailbox-type = "FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka"</c>. The queues of Akka.IO's
/// managers pass Bind, Connect and SimpleSender on; everything else reaches those managers, and every other actor gets the mailbox type
/// <c>flexsc.redirect.delegate</c>. Where FlexSC does not run (<c>flexsc.enabled</c>), Akka.IO's managers serve everything.
/// </summary>
public sealed class RedirectMailbox : MailboxType, IProducesMessageQueue<UnboundedMessageQueue>
{
    private const string TcpManagerPath = "/system/IO-TCP";
    private const string UdpManagerPath = "/system/IO-UDP-FF";
    private const string UdpConnectedManagerPath = "/system/IO-UDP-CONN";

    private readonly MailboxType _delegate;
    private readonly StockInstead? _stock;

    /// <summary>Called by Akka.NET.</summary>
    /// <exception cref="ConfigurationException"><c>flexsc.redirect.delegate</c> names no mailbox type.</exception>
    [UnconditionalSuppressMessage(
        "Trimming", "IL2057",
        Justification = "Akka.NET itself finds mailbox types by names in a configuration, this one among them; a trimmed program keeps them by name.")]
    public RedirectMailbox(Settings settings, Config config)
        : base(settings, config)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _stock = StockInstead.Of(settings.System);
        string name = FlexScConfig.Section(settings.Config, "flexsc.redirect").GetString("delegate");
        Type? type = Type.GetType(name);
        if (type is null || !typeof(MailboxType).IsAssignableFrom(type) || type == typeof(RedirectMailbox))
        {
            throw new ConfigurationException($"flexsc.redirect.delegate must name a mailbox type other than this one, not '{name}'");
        }

        _delegate = (MailboxType)Activator.CreateInstance(type, settings, config)!;
    }

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(owner);
        FlexScDefaults.Ensure(system);
        IMessageQueue queue = _delegate.Create(owner, system);
        if (owner.Path.ToStringWithoutAddress() is not (TcpManagerPath or UdpManagerPath or UdpConnectedManagerPath))
        {
            return queue;
        }

        _stock?.Tell();
        return _stock is null ? new RedirectQueue(queue, system) : queue;
    }

    private sealed class RedirectQueue(IMessageQueue inner, ActorSystem system) : IMessageQueue, IUnboundedMessageQueueSemantics
    {
        public bool HasMessages => inner.HasMessages;

        public int Count => inner.Count;

        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            // Only these: what else is told the stock manager is a mistake, and its answer to that is known.
            switch (envelope.Message)
            {
                case Tcp.Command command and (Tcp.Bind or Tcp.Connect):
                    Redirect(command, envelope.Sender, FlexTcpExtensions.FlexTcp, static (command, cause) => new Tcp.CommandFailed(command, cause));
                    break;
                case Udp.Command command and (Udp.Bind or Udp.SimpleSender):
                    Redirect(command, envelope.Sender, FlexUdpExtensions.FlexUdp, static (command, _) => new Udp.CommandFailed(command));
                    break;
                case UdpConnected.Connect command:
                    Redirect(command, envelope.Sender, FlexUdpExtensions.FlexUdpConnected, static (command, _) => new UdpConnected.CommandFailed(command));
                    break;
                default:
                    inner.Enqueue(receiver, envelope);
                    break;
            }
        }

        public bool TryDequeue(out Envelope envelope) => inner.TryDequeue(out envelope);

        public void CleanUp(IActorRef owner, IMessageQueue deadletters) => inner.CleanUp(owner, deadletters);

        private void Redirect<T>(T command, IActorRef? sender, Func<ActorSystem, IActorRef> manager, Func<T, Exception, object> failure)
            where T : class
        {
            try
            {
                manager(system).Tell(command, sender);
            }
            catch (Exception exception)
            {
                // Akka.NET would swallow it, and whoever sent the command would wait for ever. The extension is begun here, so this
                // is where a value out of range shows.
                Logging.GetLogger(system, typeof(RedirectMailbox)).Error(exception, "FlexSC cannot begin: {0}", exception.Message);
                sender?.Tell(failure(command, exception), ActorRefs.NoSender);
            }
        }
    }
}
