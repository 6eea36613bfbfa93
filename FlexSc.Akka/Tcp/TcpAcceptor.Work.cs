using System.Net;
using Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <content>Connections that are asked for, and the work that the acceptor leaves to loops and timers.</content>
internal sealed partial class TcpAcceptor
{
    /// <summary>Around what closes the socket and what other threads do to it, whose number is another's once it is closed.</summary>
    private readonly Lock _socketGate = new();
    private bool _socketIsClosed;

    /// <summary>Another acceptor has the address.</summary>
    private volatile bool _isReplaced;

    /// <summary>Listening was ended from outside, so that accepting fails when the loop goes on, before it is asked to close.</summary>
    private volatile bool _listensNoMore;

    /// <summary>
    /// Whether another socket can take the address while this one is open. Not a name of the abstract name space, which goes with its last
    /// descriptor.
    /// </summary>
    public bool MayBeReplaced => Path is not null || LocalAddress is IPEndPoint;

    /// <summary>
    /// Gives up the address, because the loop is given up: connections that wait to be accepted go to other loops, and listening ends. The
    /// socket closes when the loop goes on. From any thread.
    /// </summary>
    /// <remarks>
    /// Another loop cannot simply accept on the same socket. io_uring waits for connections exclusively, and wakes one of those who
    /// wait: that may be this loop's accept, which does nothing about it. And where other threads accept for a loop, they go on, and
    /// nobody takes what they accept.
    /// </remarks>
    /// <returns>Connections that waited and were handed on.</returns>
    public int BeReplaced()
    {
        _isReplaced = true;
        int handedOn = HandOnWaiting();
        EndListening();
        CloseAsync();
        return handedOn;
    }

    /// <summary>Nobody is let in from now on, though the loop does nothing. From any thread.</summary>
    private void EndListening()
    {
        _listensNoMore = true;
        lock (_socketGate)
        {
            if (!_socketIsClosed)
            {
                ListenerCalls.EndListening(_socket);
            }
        }

        Path?.RemoveNow();
    }

    /// <summary>No more than the backlog holds: others come all the time.</summary>
    private int HandOnWaiting()
    {
        int handedOn = 0;
        lock (_socketGate)
        {
            for (int tried = 0; !_socketIsClosed && tried <= _bind.Backlog && !_demand.IsMet; tried++)
            {
                long socket = ListenerCalls.AcceptWithoutLoop(_socket);
                if (socket < 0)
                {
                    // An error of a connection that came and went is none of those behind it.
                    if (-socket != Errno.Again && Errno.IsOfOneConnection(-socket))
                    {
                        continue;
                    }

                    break;
                }

                handedOn++;
                _owner.OnAccepted();
                _demand.Take();
                if (!new Adoption(_admission, _loop.Group.Next(), (int)socket).TryBegin())
                {
                    _admission.Drop((int)socket);
                }
            }
        }

        return handedOn;
    }

    private void EndSocket(Action<TcpAcceptor> close)
    {
        lock (_socketGate)
        {
            _socketIsClosed = true;
            close(this);
        }
    }

    private void Assign(int socket)
    {
        // What a loop accepts for itself stays there, unless placement lets nothing new come to it.
        bool stays = _settings.ListensPerLoop && _loop.Group.TakesNew(_loop);
        ActorLoop target = stays ? _loop : _loop.Group.Spread.Choose(_loop, _nextLoop++, _admission.IsSecured);
        if (target == _loop)
        {
            _ = _admission.AdmitAsync(_loop, socket);
            return;
        }

        _loop.Loop.HandOver(socket);
        if (!new Adoption(_admission, target, socket).TryBegin())
        {
            _ = _admission.AdmitAsync(_loop, socket);
        }
    }

    /// <summary>More connections are asked for, or none any more. From any thread.</summary>
    public void OnDemandChanged()
    {
        if (_demand.IsThrottled)
        {
            _loop.TrySchedule(new DemandRequest(this));
        }
    }

    /// <summary>An accepted connection came to nothing before anybody was told of it. From any thread.</summary>
    private void OnNotServed()
    {
        if (_demand.IsThrottled)
        {
            _demand.GiveBack();
            OnDemandChanged();
        }
    }

    private void ActOnDemand()
    {
        if (_closing || _pausing || _retry.IsStarted)
        {
            // What is under way looks at the demand when it goes on.
            return;
        }

        if (!IsPending)
        {
            Accept();
        }
        else if (_demand.IsMet)
        {
            EndAccept();
        }
    }

    private sealed class Cancellation : SyscallOperation
    {
        // Whatever it answers, the accept's own completion tells that it is over.
        protected override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
        }
    }

    private sealed class RetryTimer(TcpAcceptor acceptor) : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop) => acceptor.OnRetry();
    }

    private sealed class CloseRequest(TcpAcceptor acceptor) : ILoopWork
    {
        public void Execute() => Run();

        public void Run() => acceptor.Close();

        public void OnNotRun() => acceptor.OnLoopGone();
    }

    private sealed class DemandRequest(TcpAcceptor acceptor) : IRunnable
    {
        public void Execute() => Run();

        public void Run() => acceptor.ActOnDemand();
    }

    /// <summary>An accepted connection on its way to the loop that it is to live on.</summary>
    private sealed class Adoption(TcpAdmission admission, ActorLoop loop, int socket) : LoopArrival(loop)
    {
        protected override void OnArrived() => _ = admission.AdmitAsync(Loop, socket);

        protected override void OnLoopEnded() => admission.Drop(socket);

        protected override void GoTo(ActorLoop other)
        {
            if (!new Adoption(admission, other, socket).TryBegin())
            {
                admission.Drop(socket);
            }
        }
    }
}
