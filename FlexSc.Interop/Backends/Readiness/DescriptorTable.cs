using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>What a backend knows of descriptors, by number. Grows to the highest number in use, which RLIMIT_NOFILE bounds.</summary>
/// <param name="create">Makes the state of a number.</param>
internal sealed class DescriptorTable<TState>(Func<int, TState> create) where TState : class
{
    private const int InitialLength = 256;

    private TState?[] _states = new TState?[InitialLength];

    /// <summary>System calls made.</summary>
    public long Traps { get; private set; }

    /// <summary>One more than the highest number there can be a state for.</summary>
    public int Length => _states.Length;

    /// <summary>The state of a number, or null when it has none.</summary>
    public TState? Find(int fileDescriptor) => (uint)fileDescriptor < (uint)_states.Length ? _states[fileDescriptor] : null;

    /// <summary>The state of a number, made when there is none.</summary>
    /// <returns>False when the number cannot be open; <paramref name="error"/> is the negative errno then.</returns>
    public bool TryGet(int fileDescriptor, out TState state, out long error)
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

        state = _states[fileDescriptor] ??= create(fileDescriptor);
        return true;
    }
}
