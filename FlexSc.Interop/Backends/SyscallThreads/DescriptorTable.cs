using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.SyscallThreads.ReadinessUapi;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <summary>The states by descriptor number. Grows to the highest number in use, which RLIMIT_NOFILE bounds.</summary>
internal sealed class DescriptorTable
{
    private const int InitialLength = 256;

    private DescriptorState?[] _states = new DescriptorState?[InitialLength];

    /// <summary>System calls made.</summary>
    public long Traps { get; private set; }

    /// <summary>One more than the highest number there can be a state for.</summary>
    public int Length => _states.Length;

    /// <summary>The state of a number, or null when it has none.</summary>
    public DescriptorState? Find(int fileDescriptor) => (uint)fileDescriptor < (uint)_states.Length ? _states[fileDescriptor] : null;

    /// <summary>The state of a number, made when there is none.</summary>
    /// <returns>False when the number cannot be open; <paramref name="error"/> is the negative errno then.</returns>
    public bool TryGet(int fileDescriptor, out DescriptorState state, out long error)
    {
        error = 0;
        if ((uint)fileDescriptor >= (uint)_states.Length)
        {
            // The number may be anything: only one that is open may make the table grow.
            Traps++;
            error = RawSystemCall.Invoke(NumberFcntl, fileDescriptor, GetDescriptorFlags);
            if (error < 0)
            {
                state = null!;
                return false;
            }

            error = 0;
            Array.Resize(ref _states, Math.Max(_states.Length * 2, fileDescriptor + 1));
        }

        state = _states[fileDescriptor] ??= new DescriptorState(fileDescriptor);
        return true;
    }
}
