using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <summary>Owns a listening socket: it ends with this actor, and by Akka.IO 1.5's rule its connections do, too.</summary>
internal sealed partial class TcpListenerActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan StatisticsInterval = TimeSpan.FromSeconds(10);

    private readonly LoopGroup _group;
    private readonly TcpLoopSettings _settings;
    private readonly IActorRef _commander;
    private readonly Tcp.Bind _bind;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly TcpOwner _owner;
    private readonly HashSet<IActorRef> _subscribers = [];
    private readonly TlsServer? _tls;
    private readonly AcceptDemand _demand;
    private Task<IListening> _opening = Task.FromException<IListening>(new InvalidOperationException("not begun"));
    private IListening? _listening;

    /// <summary>The loop that accepts, or where that is being begun; null where each of them does.</summary>
    private ActorLoop? _loop;

    /// <summary>Those that accept where each loop does, or are being begun; null where one does.</summary>
    private ListenerPerLoop? _perLoop;

    /// <summary>Which of the acceptors that were begun counts: the latest.</summary>
    private int _attempt;
    private ListenerMove? _move;
    private IActorRef? _unbinding;

    /// <summary>Those who want no more to be accepted, until that is so.</summary>
    private readonly List<IActorRef> _stopping = [];
    private bool _mayAccept = true;

    public TcpListenerActor(
        LoopGroup group, TcpLoopSettings settings, AcceptedConnections accepted, IActorRef commander, Tcp.Bind bind)
    {
        _group = group;
        _settings = settings.With(bind);
        _commander = commander;
        _bind = bind;
        _tls = TlsServer.Of(bind.Options);
        _demand = new AcceptDemand(_settings.Throttles(bind));
        _owner = new TcpOwner(Self.Path, "connection", _log) { Accepted = accepted };
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _log.Info("Binding TCP channel on endpoint [{0}]", _bind.LocalAddress);
        Context.System.EventStream.Subscribe(Self, typeof(LoopGivenUp));
        Context.System.EventStream.Subscribe(Self, typeof(LoopCameBack));
        Open(_bind);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LoopGivenUp givenUp:
                OnLoopGivenUp(givenUp);
                break;
            case LoopCameBack cameBack:
                OnLoopCameBack(cameBack);
                break;
            case Opened opened when opened.Attempt != _attempt:
                opened.Listening.CloseAsync();
                break;
            case Opened opened:
                OnOpened(opened.Listening);
                break;
            case OpenFailed failure when failure.Attempt != _attempt:
                break;
            case OpenFailed failure when _move is not null:
                OnMoveFailed(_move, failure.Cause);
                break;
            case OpenFailed failure:
                OnBindFailed(failure.Cause);
                break;
            case CallFailed failure:
                _log.Error(failure.Cause, "Failed to unbind TCP channel on endpoint [{0}]", _bind.LocalAddress);
                Context.Stop(Self);
                break;
            case Tcp.Unbind when _move is not null && _unbinding is null:
                // What is being opened would let somebody in.
                _unbinding = Sender;
                _attempt++;
                CloseOpenedAsync(_opening).PipeTo(Self, success: static () => Tcp.Unbound.Instance);
                break;
            case Tcp.Unbind when _listening is not null && _unbinding is null:
                _unbinding = Sender;
                _listening.CloseAsync().PipeTo(Self, success: _ => Tcp.Unbound.Instance, failure: cause => new CallFailed(cause));
                break;
            case Tcp.Unbound when _unbinding is not null:
                _unbinding.Tell(Tcp.Unbound.Instance);
                Context.Stop(Self);
                break;
            case TcpDrain.StopAccepting:
                StopAccepting(Sender);
                break;
            case Stopped:
                AnswerStopped();
                break;
            case Tcp.ResumeAccepting resume:
                _demand.Ask(resume.BatchSize);
                _listening?.OnDemandChanged();
                break;
            case AcceptFailed failed when failed.Attempt != _attempt:
                break;
            case AcceptFailed { Cause: LostListenerException lost } when MayMove:
                OnListenerLost(lost);
                break;
            case MoveAgain when _move is not null && _unbinding is null:
                Open(_move.Bind);
                break;
            case AcceptFailed failed:
                _log.Error(failed.Cause, "Fatal error in TcpListener on [{0}]: stopping", _bind.LocalAddress);
                Context.Stop(Self);
                break;
            case LookAtCertificate:
                ReloadIfChanged();
                break;
            case HandlerDied:
                if (_mayAccept)
                {
                    _log.Warning("The bind handler died, stopping the listener on [{0}]", _bind.LocalAddress);
                }

                Context.Stop(Self);
                break;
            default:
                if (!HandleStatistics(message))
                {
                    Unhandled(message);
                }

                break;
        }
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _listening?.CloseAsync();

        // One that is opened after the actor stopped would accept for nobody.
        _ = CloseOpenedAsync(_opening);
        if (_unbinding is null || _settings.AbortOnUnbind)
        {
            AbortConnections();
        }
    }

    private static async Task CloseOpenedAsync(Task<IListening> opening)
    {
        try
        {
            // Not by ContinueWith: what is open already is closed by this thread.
            IListening opened = await opening.ConfigureAwait(false);
            await opened.CloseAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Nothing is open then, or it closes with its loop; whoever asked has been told.
        }
    }

    private void OnOpened(IListening listening)
    {
        _listening = listening;

        // It was asked for connections while nobody was there to be told.
        listening.OnDemandChanged();
        if (_move is not null)
        {
            OnMoved(_move, listening);
            return;
        }

        if (!_mayAccept)
        {
            OnBindFailed(TcpDrain.Refusal(_bind));
            return;
        }

        Context.WatchWith(_bind.Handler, HandlerDied.Instance);
        if (_tls is { Certificate.HasFiles: true } && _settings.Tls.CertificatePollMs > 0)
        {
            Timers.StartPeriodicTimer(
                nameof(LookAtCertificate), LookAtCertificate.Instance, TimeSpan.FromMilliseconds(_settings.Tls.CertificatePollMs));
        }

        WarnOfCertificate();
        _commander.Tell(new Tcp.Bound(listening.LocalAddress));
    }

    /// <summary>The socket closes, connections stay; Unbind and the end of this actor are as ever.</summary>
    private void StopAccepting(IActorRef asker)
    {
        _mayAccept = false;
        Task<bool> closed = _listening?.CloseAsync() ?? Task.FromResult(true);
        _stopping.Add(asker);
        closed.PipeTo(Self, success: static _ => Stopped.Instance, failure: static _ => Stopped.Instance);
    }

    private void AnswerStopped()
    {
        _stopping.ForEach(static asker => asker.Tell(Done.Instance));
        _stopping.Clear();
    }

    private void OnBindFailed(Exception cause)
    {
        Exception told = cause is LinuxException failure ? new FlexSocketException(failure) : cause;
        _commander.Tell(new Tcp.CommandFailed(_bind, told));
        _log.Error(told, "Bind failed for TCP channel on endpoint [{0}]", _bind.LocalAddress);
        Context.Stop(Self);
    }

    private void ReloadIfChanged()
    {
        try
        {
            if (_tls!.Certificate.ReloadIfChanged())
            {
                _log.Info("The certificate of the listener on [{0}] was read again: {1}", _bind.LocalAddress, _tls.Certificate.Certificate.Subject);
                WarnOfCertificate();
            }
        }
        catch (FlexTlsException exception)
        {
            _log.Warning("The listener on [{0}] goes on with its old certificate: {1}", _bind.LocalAddress, exception.Message);
        }
    }

    /// <summary>One whose clients refuse it is shown all the same: they alone can tell what time it is for them.</summary>
    private void WarnOfCertificate()
    {
        if (_tls?.Certificate.Certificate is { } shown && TlsCertificate.Untimeliness(shown, DateTime.Now) is { } reason)
        {
            _log.Warning(
                "The certificate {0} of the listener on [{1}] {2}: clients will refuse it", shown.Subject, _bind.LocalAddress, reason);
        }
    }

    private void AbortConnections()
    {
        _owner.OnAborting();
        foreach (ActorLoop loop in _group.StartedLoops)
        {
            loop.TrySchedule(new AbortOwned(loop, _owner));
        }
    }

    private bool HandleStatistics(object message)
    {
        switch (message)
        {
            case PublishStatistics:
                foreach (IActorRef subscriber in _subscribers)
                {
                    subscriber.Tell(_owner.Statistics);
                }

                return true;
            case Tcp.SubscribeToTcpListenerStats subscribe:
                if (_subscribers.Add(subscribe.Subscriber))
                {
                    // Not before somebody listens: Akka's scheduler wakes up every few milliseconds once it has something to do.
                    if (_subscribers.Count == 1)
                    {
                        Timers.StartPeriodicTimer(nameof(PublishStatistics), PublishStatistics.Instance, StatisticsInterval);
                    }

                    subscribe.Subscriber.Tell(_owner.Statistics);
                    Context.WatchWith(subscribe.Subscriber, new Tcp.UnsubscribeFromTcpListenerStats(subscribe.Subscriber));
                }

                return true;
            case Tcp.UnsubscribeFromTcpListenerStats unsubscribe:
                _subscribers.Remove(unsubscribe.Subscriber);
                if (_subscribers.Count == 0)
                {
                    Timers.Cancel(nameof(PublishStatistics));
                }

                return true;
            default:
                return false;
        }
    }

    private sealed record CallFailed(Exception Cause) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class HandlerDied
    {
        public static HandlerDied Instance { get; } = new();
    }

    private sealed class LookAtCertificate
    {
        public static LookAtCertificate Instance { get; } = new();
    }

    private sealed class PublishStatistics
    {
        public static PublishStatistics Instance { get; } = new();
    }

    private sealed class AbortOwned(ActorLoop loop, TcpOwner owner) : global::Akka.Dispatch.IRunnable
    {
        public void Execute() => Run();

        public void Run()
        {
            foreach (TcpConnection connection in loop.Io.Connections.Where(connection => connection.Owner == owner).ToArray())
            {
                connection.Tell(Tcp.Abort.Instance, ActorRefs.NoSender);
            }
        }
    }
}
