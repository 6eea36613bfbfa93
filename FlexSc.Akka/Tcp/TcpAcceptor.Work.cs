using Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <content>Connections that are asked for, and the work that the acceptor leaves to loops and timers.</content>
internal sealed partial class TcpAcceptor
{
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

    private sealed class Adoption(TcpAdmission admission, ActorLoop loop, int socket) : ILoopWork
    {
        public void Execute() => Run();

        public void Run() => _ = admission.AdmitAsync(loop, socket);

        public void OnNotRun() => admission.Drop(socket);
    }
}
