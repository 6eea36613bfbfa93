using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>A part of a connection that has system calls of its own, one at a time.</summary>
internal interface ICompletionTarget
{
    /// <summary>On the loop's thread. The call is over already when the completion is terminal.</summary>
    void OnCompleted(in Completion completion);
}

/// <summary>A system call of a connection.</summary>
internal sealed class ConnectionOperation : SyscallOperation
{
    private readonly TcpConnection _connection;
    private readonly ICompletionTarget _target;

    public ConnectionOperation(TcpConnection connection, ICompletionTarget target)
    {
        _connection = connection;
        _target = target;
        UsesReservedEntry = true;
    }

    protected override void OnCompleted(SyscallLoop loop, in Completion completion)
    {
        try
        {
            _target.OnCompleted(completion);
            _connection.OnStepDone();
        }
        catch (Exception exception)
        {
            _connection.OnDefect(exception);
        }
    }
}

/// <summary>A timer of a connection.</summary>
internal sealed class ConnectionTimer(TcpConnection connection, Action due) : LoopTimer
{
    protected override void OnDue(SyscallLoop loop)
    {
        try
        {
            due();
        }
        catch (Exception exception)
        {
            connection.OnDefect(exception);
        }
    }
}
