using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>What a backend knows of descriptors, by number. Grows to the highest number in use, which RLIMIT_NOFILE bounds.</summary>
/// <param name="create">Makes the state of a number.</param>
internal sealed class DescriptorTable<TDescriptor>(Func<int, TDescriptor> create) where TDescriptor : Descriptor
{
    private const int InitialLength = 256;

    private TDescriptor?[] _descriptors = new TDescriptor?[InitialLength];

    /// <summary>System calls made.</summary>
    public long Traps { get; private set; }

    /// <summary>The state of a number, or null when it has none.</summary>
    public TDescriptor? Find(int fileDescriptor) => (uint)fileDescriptor < (uint)_descriptors.Length ? _descriptors[fileDescriptor] : null;

    /// <summary>The state of a number, made when there is none.</summary>
    /// <returns>False when the number cannot be open; <paramref name="error"/> is the negative errno then.</returns>
    public bool TryGet(int fileDescriptor, out TDescriptor descriptor, out long error)
    {
        error = 0;
        if ((uint)fileDescriptor >= (uint)_descriptors.Length)
        {
            // The number may be anything: only one that is open may make the table grow.
            Traps++;
            error = RawSystemCall.Invoke(NumberFcntl, fileDescriptor, GetDescriptorFlags);
            if (error < 0)
            {
                descriptor = null!;
                return false;
            }

            error = 0;
            Array.Resize(ref _descriptors, Math.Max(_descriptors.Length * 2, fileDescriptor + 1));
        }

        descriptor = _descriptors[fileDescriptor] ??= create(fileDescriptor);
        return true;
    }

    /// <summary>The states of the numbers in a range that have one.</summary>
    public Enumerator In(in DescriptorRange range) => new(this, range);

    public struct Enumerator(DescriptorTable<TDescriptor> table, DescriptorRange range)
    {
        private long _next = range.First;

        public TDescriptor Current { get; private set; } = null!;

        public readonly Enumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            while (_next <= range.Last && _next < table._descriptors.Length)
            {
                if (table._descriptors[_next++] is { } descriptor)
                {
                    Current = descriptor;
                    return true;
                }
            }

            return false;
        }
    }
}
