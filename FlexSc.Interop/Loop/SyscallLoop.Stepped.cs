using System.Diagnostics;

namespace FlexSc.Interop.Loop;

/// <content>
/// A loop without a thread, for simulations: whoever steps it is its thread meanwhile. A wait ends its step and not the step's thread.
/// </content>
public sealed partial class SyscallLoop
{
    private bool _isWaiting;

    /// <summary>The last step ended in a wait, which the next one ends.</summary>
    internal bool IsWaiting => _isWaiting;

    /// <summary>Completions are there that a step would collect.</summary>
    internal bool HasCompletions => _backend.HasCompletions;

    /// <summary>It takes no calls any more, and a step does nothing.</summary>
    internal bool HasEnded => _takesNoCalls;

    /// <summary>Runs its scheduled work; null when none is scheduled.</summary>
    internal ILoopHost? Host => _host;

    /// <summary>Runs one turn, or to its wait; the next step goes on behind the wait.</summary>
    internal void Step()
    {
        Debug.Assert(_environment.Stepper is not null, "a loop with a thread is not stepped");
        AsCurrent(static loop => loop.StepOnce());
    }

    /// <summary>Ends the loop as the end of its process would, with calls in flight; nothing of it runs any more.</summary>
    internal void Abandon()
    {
        if (!_takesNoCalls)
        {
            _stopping = true;
            _takesNoCalls = true;
            _inbox.Close();
            _backend.Dispose();
            Buffers.Free();
            _pages.Dispose();
            _ended.TrySetResult();
        }
    }

    private void StartStepped()
    {
        AsCurrent(static loop =>
        {
            loop.Initialize();
            loop._host?.OnStarted(loop);
        });
        _environment.Stepper!(this);
    }

    private void StepOnce()
    {
        if (_isWaiting)
        {
            _isWaiting = false;
            _backend.Flush(wait: false, mayBatch: false, timeoutNanoseconds: 0);
            EndTurn(waited: true);
            return;
        }

        if (_takesNoCalls)
        {
            return;
        }

        if (_hadStoppingTurn && !HasWork && !HasCalls)
        {
            // Nobody else runs while a step does, so nothing comes after the look.
            _inbox.Close();
            End();
        }
        else if (TryBeginTurn(out bool idle, out long timeoutNanoseconds))
        {
            _backend.Flush(idle, _calls.MayAwaitBatch, timeoutNanoseconds);
            _isWaiting = idle;
            if (!idle)
            {
                EndTurn(waited: false);
            }
        }
    }

    private void AsCurrent(Action<SyscallLoop> work)
    {
        SyscallLoop? before = t_current;
        t_current = this;
        try
        {
            work(this);
        }
        finally
        {
            t_current = before;
        }
    }
}
